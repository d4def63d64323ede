#include "props/check/examine.hpp"

#include <fmt/format.h>

#include <utility>

#include "props/check/guard.hpp"
#include "props/explore/random_walk.hpp"

namespace poolproof::check {
namespace {

// One run in twenty is run again: a pool that is not a function of its schedule is soon told.
constexpr std::uint64_t kRepeatPeriod = 20;

}  // namespace

std::optional<Incident> Examiner::examine(std::uint64_t number, Coverage& coverage) {
  Incident incident{.schedule = number, .seed = explore::run_seed(options_.seed, number)};
  explore::RandomWalk walk(incident.seed);
  SlateRecorder recorder(walk, slate_);
  slate_.begin(Stage::running, number);
  const RunResult& run = runner_.run(options_.bounds, recorder);
  const std::uint64_t hash = run.hash;
  const bool broken = !run.violations.empty();
  if (run.ending == world::Ending::unsupported) {
    incident.verdict = Verdict::unsupported;
    incident.detail = run.refusal;
    return incident;
  }
  coverage.count(run);
  if (!broken && (number + 1) % kRepeatPeriod != 0) {
    cold_ = false;
    return std::nullopt;
  }
  if (broken) incident.law = run.violations.front().law;
  incident.tape = slate_.tape();
  incident.hash = hash;
  incident.wounded = is_wounded();
  incident.slow = was_slow();
  if (!incident.wounded) {
    if (auto differs = difference(incident, hash)) {
      incident.verdict = Verdict::nondeterministic;
      incident.detail = *std::move(differs);
      return incident;
    }
  }
  if (!broken) return std::nullopt;
  return incident;
}

// In what the run differs when it is run again.
std::optional<std::string> Examiner::difference(const Incident& incident, std::uint64_t hash) {
  if (std::exchange(cold_, false)) hash = again(incident).hash;
  if (is_wounded() || again(incident).hash == hash) return std::nullopt;
  return fmt::format(
      "schedule {} of seed {} took other steps when it was run again: the pool depends on "
      "something that is not simulated",
      incident.schedule + 1, options_.seed);
}

const RunResult& Examiner::again(const Incident& incident) {
  explore::RandomWalk fallback(incident.seed);
  explore::Replay choices(incident.tape, fallback);
  SlateRecorder recorder(choices, slate_);
  slate_.begin(Stage::running, incident.schedule);
  return runner_.run(options_.bounds, recorder);
}

}  // namespace poolproof::check
