// Every schedule with a few preemptions, up to the order of independent steps: for what is too
// large to be explored whole. A preemption is a step of another task where the one that stepped
// last could have gone on; that time passes is none.
//
// Round after round, each with one preemption more (Musuvathi and Qadeer, "Iterative context
// bounding for systematic testing of multithreaded programs", PLDI 2007). A state is known by the
// happens-before class of all that led to it, and by the task that could go on there: whatever
// follows one of two such states follows the other, with as many preemptions. So a run that comes
// to a state that was seen, in this round or in one with fewer, is cut short (Musuvathi and Qadeer,
// "Partial-order reduction for context-bounded state exploration", MSR-TR-2007-12). There are no
// sleep sets here: what they leave out may be what needs the fewest preemptions.
//
// With no bound that comes to all schedules, by other means than Dpor does: each is measured by the
// other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <unordered_set>
#include <vector>

#include "props/explore/dpor/walk.hpp"

namespace poolproof::explore::dpor {

// The choices that a run begins with; after them each is the plainest.
using Stem = std::vector<std::uint8_t>;

// How far a bounded exploration is: enough to go on from there.
struct Rounds {
  using States = std::unordered_set<std::uint64_t>;

  unsigned preemptions = 0;        // of the runs of this round
  std::vector<Stem> left{Stem{}};  // of this round, to be run
  std::vector<Stem> later{};       // of the next one
  States seen{};

  // REQUIRES: there is nothing left in this round.
  void begin_next();
  // So many stems of this round, at most, for somebody else to run.
  [[nodiscard]] Rounds share(std::size_t most);
  // What became of them.
  void add(Rounds piece);
  // Whether there are no schedules with more preemptions.
  [[nodiscard]] bool is_done() const { return left.empty() && later.empty(); }

  friend void to_json(nlohmann::json& json, const Rounds& rounds);
  friend void from_json(const nlohmann::json& json, Rounds& rounds);
};

class Bounded final : private Walk {
 public:
  // `known`: what has been seen besides what the rounds say; null: nothing.
  Bounded(Program& program, const Budget& budget, const Rounds::States* known = nullptr)
      : Walk(program, budget), known_(known) {}

  // Of each run to its end; false ends the exploration.
  using Visit = Dpor::Visit;

  // Runs what is left of this round; false if it ended before.
  bool explore(Rounds& rounds, const Visit& visit);
  // Whether the program did other things when it was run again in the same way.
  [[nodiscard]] bool diverged() const { return diverged_; }
  // Runs that were cut short.
  [[nodiscard]] std::uint64_t cut_short() const { return cut_short_; }
  using Walk::is_approximate;

 private:
  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::size_t choice(std::size_t count) override;
  void branch(std::size_t alternative, bool preempts);
  void come_to_state_where(ProcessId could_go_on);

  const Rounds::States* const known_;
  Rounds* rounds_ = nullptr;
  Stem stem_;
  std::size_t at_ = 0;
  bool cut_ = false;
  bool diverged_ = false;
  std::uint64_t cut_short_ = 0;
};

}  // namespace poolproof::explore::dpor
