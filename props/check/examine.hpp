// One schedule of a search, by its number: run, counted, now and then run again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "props/check/coverage.hpp"
#include "props/check/processes/slate.hpp"
#include "props/explore/portfolio.hpp"
#include "props/explore/tape.hpp"

namespace poolproof::check {

struct SearchOptions {
  scenario::Bounds bounds;
  Laws laws = judged_laws();
  world::CarrierKind carrier = world::CarrierKind::fiber;
  std::uint64_t seed = 0;
  std::uint64_t schedules = 0;                  // at most
  std::optional<Duration> patience{};           // of real time, at most
  std::optional<explore::Strategy> strategy{};  // nothing: all of them, by turns
  bool shrinks = true;  // false: once a law is broken nothing more is wanted than the incident
  std::optional<explore::Tape> near{};  // only schedules that begin as it does: see explore::Near
};

enum class Verdict : std::uint8_t {
  held,              // every schedule kept every law
  broken,            // one did not
  undecided,         // it was interrupted, or its time was up before a single schedule was done
  nondeterministic,  // a schedule that was run again took other steps
  unsupported,       // the accused did what the machine does not model
};

// A schedule that ends a search.
struct Incident {
  Verdict verdict = Verdict::broken;  // or nondeterministic, or unsupported
  std::uint64_t schedule = 0;         // its number, from 0
  std::uint64_t seed = 0;             // its own
  explore::Strategy strategy{};       // that chose it
  explore::Tape tape{};
  // Of broken: the first law, and the run's hash; none if the run took its process with it.
  model::LawId law = model::LawId::crash;
  std::optional<std::uint64_t> hash{};
  bool wounded = false;  // the process that ran it must run no other
  bool slow = false;     // it took long to see that it breaks the law
  std::string detail{};  // in one line: what was wrong, where no law says it
  std::string stacks{};  // of nondeterministic, in lines: of both runs, at the step that differs
};

// Kept for the schedules of one process.
class Examiner {
 public:
  // With a `cold` runner its first run is never compared: see Runner.
  Examiner(Runner& runner, const SearchOptions& options, Slate& slate, bool cold = false)
      : runner_(runner),
        options_(options),
        slate_(slate),
        portfolio_(options.strategy),
        cold_(cold) {}

  // Before the first schedule of each batch. The guide must outlive it.
  void begin_batch(const explore::Guide& guide) { portfolio_.begin_batch(guide); }
  // Schedule `number`, from 0; counts it, unless it is unsupported.
  std::optional<Incident> examine(std::uint64_t number, Coverage& coverage);
  // Of the batch so far.
  [[nodiscard]] const explore::Harvest& harvest() const { return portfolio_.harvest(); }

 private:
  std::string stacks_at(std::size_t step, const Incident& incident);
  std::optional<std::string> difference(const Incident& incident);
  const RunResult& again(const Incident& incident);

  Runner& runner_;
  const SearchOptions& options_;
  Slate& slate_;
  explore::Portfolio portfolio_;
  bool cold_;
  std::size_t differing_step_ = 0;
};

}  // namespace poolproof::check
