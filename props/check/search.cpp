#include "props/check/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "props/check/minimise.hpp"
#include "props/check/player.hpp"
#include "props/check/processes/guard.hpp"
#include "props/check/processes/shared.hpp"

namespace poolproof::check {
namespace {

using explore::Token;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kProgressPeriod = 64;
// About two seconds. Counted in steps, not in time, so that the same seed gives the same token.
constexpr std::uint64_t kShrinkSteps = 5'000'000;
// Runs, to find out why it broke its law.
constexpr int kMostExplaining = 2'000;

class Search {
 public:
  Search(const Accused& accused, const SearchOptions& options)
      : options_(options),
        runner_(accused,
                {.laws = options.laws, .carrier = options.carrier, .bounds = options.bounds}) {}

  SearchResult run(const Progress& progress) {
    bool going_on = true;
    while (going_on && result_.schedules < options_.schedules && !spent()) {
      if (result_.schedules % explore::kBatch == 0) begin_batch();
      if (const auto incident = examiner_.examine(result_.schedules, result_.coverage)) {
        close(*incident);
        break;
      }
      ++result_.schedules;
      if (result_.schedules % kProgressPeriod == 0) going_on = progress(result_.schedules);
    }
    if (result_.verdict == Verdict::undecided && going_on && result_.schedules > 0) {
      result_.verdict = Verdict::held;
    }
    guide_.add(examiner_.harvest());
    result_.strategies = guide_.tallies();
    result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(result_);
  }

 private:
  void begin_batch() {
    if (result_.schedules > 0) guide_.add(examiner_.harvest());
    if (result_.schedules == guided_) {
      guide_.turn();
      present_ = guide_;
      guided_ *= 2;
    }
    examiner_.begin_batch(present_);
  }

  [[nodiscard]] bool spent() const {
    return options_.patience && Clock::now() - start_ >= *options_.patience;
  }

  void close(const Incident& incident) {
    result_.verdict = incident.verdict;
    result_.detail = incident.detail;
    result_.stacks = incident.stacks;
    result_.schedules = result_.coverage.runs;
    result_.incident = incident;
    if (incident.verdict != Verdict::broken || !options_.shrinks) return;
    scenario::Bounds bounds = options_.bounds;
    Telling telling = minimised(runner_, *slate_, bounds, incident, [] { return false; });
    result_.finding = finding(std::move(telling), bounds, incident.schedule);
    result_.finding->strategy = incident.strategy;
  }

  const SearchOptions& options_;
  Runner runner_;
  Shared<Slate> slate_;
  Examiner examiner_{runner_, options_, *slate_};
  explore::Guide guide_;    // of all batches so far
  explore::Guide present_;  // the one that holds
  std::uint64_t guided_ = explore::kFirstGuided;
  SearchResult result_;
  const Clock::time_point start_ = Clock::now();
};

}  // namespace

SearchResult search(const Accused& accused, const SearchOptions& options,
                    const Progress& progress) {
  return Search(accused, options).run(progress);
}

// The result is told as it is played: where a choice does not fit, the plainest is taken.
Telling minimised(Runner& runner, Slate& slate, scenario::Bounds& bounds, const Incident& incident,
                  const std::function<bool()>& interrupted) {
  const Play play_while_patient = [&, left = kShrinkSteps](const Trial& trial) mutable {
    std::optional<Played> played;
    if (left == 0 || is_wounded() || interrupted()) return played;
    slate.begin(Stage::running, incident.schedule);
    played = play(runner, slate, bounds, incident.law, trial);
    left -= std::min<std::uint64_t>(left, runner.trace().size() + 1);
    if (is_wounded()) played.reset();
    return played;
  };
  explore::Plainest plainest;
  const Case smallest = minimised({bounds, incident.tape}, play_while_patient);
  std::optional<Explanation> explanation;
  if (!is_wounded()) {
    int left = kMostExplaining;
    explanation = explained(runner, slate, bounds, smallest.tape, incident.law,
                            [&] { return left-- > 0 && !is_wounded() && !interrupted(); });
  }
  Telling telling = tell(runner, slate, bounds, smallest.tape, plainest);
  telling.explanation = std::move(explanation);
  return telling;
}

std::string difference_from(const Token& token, const Telling& telling) {
  if (!token.run && !telling.hash) return "";
  if (!token.run) return "its process ended then, and does not now";
  if (!telling.hash) return "its process ends now, and did not then";
  const auto steps = explore::first_difference(*token.run, telling.trace.steps);
  if (!steps) return "";
  const std::string now =
      fmt::format("; step {} is now {}", steps->last, step_text(telling.trace, steps->last - 1));
  if (steps->first == steps->last) return fmt::format("step {} is another", steps->last) + now;
  return fmt::format("one of the steps {} to {} is the first that is another{}", steps->first,
                     steps->last, now);
}

ReplayResult replayed(Telling telling, const Token& token) {
  std::string difference = difference_from(token, telling);
  const bool same = difference.empty();
  return {.violations = std::move(telling.violations),
          .story = std::move(telling.story),
          .fits = telling.fits,
          .same = same,
          .unsupported = std::move(telling.unsupported),
          .difference = std::move(difference),
          .trace = std::move(telling.trace)};
}

ReplayResult replay(const Accused& accused, const Token& token, const Laws& laws) {
  Runner runner(accused, {.laws = laws, .bounds = token.bounds});
  const Shared<Slate> slate;
  explore::Plainest plainest;
  return replayed(tell(runner, *slate, token.bounds, token.tape, plainest), token);
}

}  // namespace poolproof::check
