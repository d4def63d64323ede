#include "props/check/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "props/check/story.hpp"
#include "props/explore/random_walk.hpp"
#include "props/explore/shrink.hpp"

namespace poolproof::check {
namespace {

using explore::Tape;
using explore::Token;
using Clock = std::chrono::steady_clock;

// One run in twenty is run again: a pool that is not a function of its schedule is soon told.
constexpr std::uint64_t kRepeatPeriod = 20;
constexpr std::uint64_t kProgressPeriod = 64;
// About two seconds. Counted in steps, not in time, so that the same seed gives the same token.
constexpr std::uint64_t kShrinkSteps = 5'000'000;

std::uint32_t short_hash(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

class Search {
 public:
  Search(const Accused& accused, const SearchOptions& options)
      : options_(options), runner_(accused, options.laws) {}

  SearchResult run(const Progress& progress) {
    bool going_on = true;
    while (going_on && result_.schedules < options_.schedules && !spent()) {
      if (!one_schedule()) break;
      if (result_.schedules % kProgressPeriod == 0) going_on = progress(result_.schedules);
    }
    if (result_.verdict == Verdict::undecided && going_on && result_.schedules > 0) {
      result_.verdict = Verdict::held;
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool spent() const {
    return options_.patience && Clock::now() - start_ >= *options_.patience;
  }

  // False when the search is over.
  bool one_schedule() {
    const std::uint64_t seed = explore::run_seed(options_.seed, result_.schedules);
    explore::RandomWalk walk(seed);
    tape_.clear();
    explore::Recorder recorder(walk, tape_);
    const RunResult& run = runner_.run(options_.bounds, recorder);
    const std::uint64_t hash = run.hash;
    const bool broken = !run.violations.empty();
    const model::LawId law = broken ? run.violations.front().law : model::LawId{};
    if (run.ending == world::Ending::unsupported) {
      result_.verdict = Verdict::unsupported;
      result_.detail = run.refusal;
      return false;
    }
    count(run);
    ++result_.schedules;
    if (broken || result_.schedules % kRepeatPeriod == 0) {
      if (again(options_.bounds, tape_, seed).hash != hash) {
        result_.verdict = Verdict::nondeterministic;
        result_.detail = fmt::format(
            "schedule {} of seed {} took other steps when it was run again: the pool depends on "
            "something that is not simulated",
            result_.schedules, options_.seed);
        return false;
      }
    }
    if (!broken) return true;
    result_.verdict = Verdict::broken;
    result_.finding = minimised(tape_, seed, law);
    return false;
  }

  const RunResult& again(const scenario::Bounds& bounds, const Tape& tape, std::uint64_t seed) {
    explore::RandomWalk fallback(seed);
    explore::Replay choices(tape, fallback);
    return runner_.run(bounds, choices);
  }

  void count(const RunResult& run) {
    Coverage& seen = result_.coverage;
    seen.steps += run.steps;
    seen.switches += run.switches;
    for (const Observation& each : run.observations) {
      if (each.kind == Observation::Kind::session_opened) ++seen.connections;
      if (each.kind == Observation::Kind::acquire_returned) {
        ++seen.acquires[static_cast<std::size_t>(each.outcome)];
      }
    }
    for (std::size_t i = 0; i < world::kFaultKinds; ++i) seen.faults[i] += run.faults[i];
    seen.schedules.insert(run.hash);
  }

  // The same law, by fewer callers and loans, then by plainer choices.
  Finding minimised(Tape tape, std::uint64_t seed, model::LawId law) {
    std::uint64_t steps = 0;
    scenario::Bounds bounds = options_.bounds;
    const auto still_fails = [&](const Tape& candidate) {
      if (steps >= kShrinkSteps) return false;
      explore::Plainest plainest;
      explore::Replay choices(candidate, plainest);
      const RunResult& run = runner_.run(bounds, choices);
      steps += run.steps;
      return breaks(run, law);
    };
    tape = explore::shrink(std::move(tape), still_fails);
    const auto lower = [&](int& number, int least) {
      while (number > least) {
        --number;
        if (still_fails(tape)) continue;
        ++number;
        return;
      }
    };
    lower(bounds.callers, 1);
    lower(bounds.ops, 1);
    bounds.loans.assign(static_cast<std::size_t>(bounds.callers), bounds.ops);
    for (auto loans = bounds.loans.rbegin(); loans != bounds.loans.rend(); ++loans) {
      lower(*loans, 0);
    }
    tape = explore::shrink(std::move(tape), still_fails);

    // The tape as it is played: where a choice did not fit, the plainest was taken.
    Tape played;
    explore::Plainest plainest;
    explore::Replay choices(tape, plainest);
    explore::Recorder recorder(choices, played);
    const RunResult& smallest = runner_.run(bounds, recorder);
    played.trim();
    return {.violations = smallest.violations,
            .story = story(smallest),
            .token = {.bounds = bounds,
                      .tape = std::move(played),
                      .seed = seed,
                      .hash = short_hash(smallest.hash)},
            .schedule = result_.schedules};
  }

  const SearchOptions& options_;
  Runner runner_;
  Tape tape_;
  SearchResult result_;
  const Clock::time_point start_ = Clock::now();
};

}  // namespace

SearchResult search(const Accused& accused, const SearchOptions& options,
                    const Progress& progress) {
  return Search(accused, options).run(progress);
}

ReplayResult replay(const Accused& accused, const Token& token, const Laws& laws) {
  Runner runner(accused, laws);
  explore::RandomWalk fallback(token.seed);
  explore::Replay choices(token.tape, fallback);
  const RunResult& run = runner.run(token.bounds, choices);
  return {.violations = run.violations,
          .story = story(run),
          .fits = choices.fits(),
          .same = short_hash(run.hash) == token.hash,
          .unsupported = run.ending == world::Ending::unsupported ? run.refusal : ""};
}

}  // namespace poolproof::check
