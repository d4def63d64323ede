// A scenario that is not drawn but asked for: as choices from which it is drawn, so that a token
// can hold it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "props/scenario/scenario.hpp"

namespace poolproof::scenario {

// How an option spells it: open_transaction; nullopt if nobody does that.
std::optional<Use> use_named(std::string_view name);
std::optional<Remark> remark_named(std::string_view name);
std::string_view spelled(Use use);
// "query, nothing, failing_query", and so on.
std::string use_names();
std::string remark_names();

// Callers that all do the same, as often as the bounds say.
struct Plan {
  Duration think{};  // before each acquire
  Duration hold{};   // each lease
  Use use = Use::query;
  Remark remark = Remark::none;
  // Of one more caller, who then takes one loan like the others.
  Chore chore = Chore::none;
};

// Answers what `draw` asks so that it comes to the plan; whatever is asked after that is the
// plainest.
class Planned final : public world::Chooser {
 public:
  // `bounds` are those of `draw`, with the caller of the chore among their callers.
  Planned(const Plan& plan, const Bounds& bounds);

  std::size_t next(std::span<const world::Candidate>) override { return 0; }
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;

  // What is wrong with the plan, in one line that names what it takes; nullopt if nothing is.
  [[nodiscard]] const std::optional<std::string>& problem() const { return problem_; }

 private:
  std::uint32_t workload(std::size_t index) const;

  void find_use(const Plan& plan);

  const Bounds bounds_;
  const bool has_chore_;
  // The numbers of their choices.
  std::uint32_t think_ = 0, use_ = 0, hold_ = 0, remark_ = 0, chore_ = 0, legacy_ = 0;
  bool is_unusual_ = false;
  std::size_t programs_ = 0, workloads_ = 0;  // asked for so far
  std::optional<std::string> problem_;
};

}  // namespace poolproof::scenario
