#include "props/check/examine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "props/check/processes/addresses.hpp"
#include "props/check/processes/guard.hpp"
#include "props/explore/near.hpp"

namespace poolproof::check {
namespace {

// One run in twenty is run again: a pool that is not a function of its schedule is soon told.
constexpr std::uint64_t kRepeatPeriod = 20;

std::string text(const Runner& runner, const world::Step* step) {
  if (step == nullptr) return "the end";
  return fmt::format("{} of {} at {}", world::name(step->kind), runner.name(step->task),
                     model::to_string(step->at.time_since_epoch()));
}

// Between the runner's last run and the one before.
std::string first_difference(const Runner& runner, const std::vector<world::Step>& before) {
  const auto& now = runner.trace();
  const auto [first, second] = std::mismatch(before.begin(), before.end(), now.begin(), now.end());
  return fmt::format("step {} was {}, and then {}", first - before.begin() + 1,
                     text(runner, first == before.end() ? nullptr : &*first),
                     text(runner, second == now.end() ? nullptr : &*second));
}

explore::Totals totals(const std::vector<world::Step>& trace) {
  explore::Totals totals{};
  for (const world::Step& step : trace) ++totals[explore::index_of(step.task)];
  return totals;
}

}  // namespace

std::optional<Incident> Examiner::examine(std::uint64_t number, Coverage& coverage) {
  Incident incident{.schedule = number, .seed = explore::run_seed(options_.seed, number)};
  world::Chooser& strategy = portfolio_.begin(incident.seed);
  incident.strategy = portfolio_.strategy();
  std::optional<explore::Near> near;
  if (options_.near) near.emplace(*options_.near, strategy, incident.seed);
  SlateRecorder recorder(near ? static_cast<world::Chooser&>(*near) : strategy, slate_);
  slate_.begin(Stage::running, number);
  const RunResult& run = runner_.run(options_.bounds, recorder);
  if (portfolio_.end(run.features, totals(runner_.trace()))) portfolio_.keep(slate_.tape());
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
  incident.hash = run.hash;
  if (!is_wounded()) {
    if (auto differs = difference(incident)) {
      incident.verdict = Verdict::nondeterministic;
      incident.detail = *std::move(differs);
      incident.stacks = stacks_at(differing_step_, incident);
      return incident;
    }
  }
  incident.wounded = is_wounded();
  incident.slow = was_slow();
  if (incident.wounded) incident.detail = run.refusal;
  if (broken || incident.wounded) return incident;
  return std::nullopt;
}

// In what the run, which was the last, differs when it is run again. Nothing if that wounds the
// process: other processes then find out why.
std::optional<std::string> Examiner::difference(const Incident& incident) {
  if (std::exchange(cold_, false)) again(incident);
  const std::vector<world::Step> before = runner_.trace();
  if (is_wounded()) return std::nullopt;
  again(incident);
  if (is_wounded() || runner_.trace() == before) return std::nullopt;
  differing_step_ = static_cast<std::size_t>(
      std::mismatch(before.begin(), before.end(), runner_.trace().begin(), runner_.trace().end())
          .first -
      before.begin());
  return fmt::format(
      "schedule {} of seed {} took other steps when it was run again: {}. The pool depends on "
      "something that is not simulated{}",
      incident.schedule + 1, options_.seed, first_difference(runner_, before),
      addresses_are_fixed() ? "" : ", or on addresses: the system does not let them be fixed");
}

// Run a few times more, until two of them go on differently from there.
std::string Examiner::stacks_at(std::size_t step, const Incident& incident) {
  constexpr int kTries = 20;
  runner_.watch(step);
  std::vector<std::string> stacks;
  for (int i = 0; i < kTries && stacks.size() < 2 && !is_wounded(); ++i) {
    again(incident);
    if (runner_.trace().size() <= step) continue;
    std::string text =
        fmt::format("step {}, {}:\n", step + 1, check::text(runner_, &runner_.trace()[step]));
    for (const std::string& each : runner_.watched_stack()) text += fmt::format("    {}\n", each);
    if (std::find(stacks.begin(), stacks.end(), text) == stacks.end()) stacks.push_back(text);
  }
  runner_.watch(std::nullopt);
  return fmt::format("{}", fmt::join(stacks, ""));
}

const RunResult& Examiner::again(const Incident& incident) {
  explore::Plainest plainest;
  explore::Replay choices(incident.tape, plainest);
  SlateRecorder recorder(choices, slate_);
  slate_.begin(Stage::running, incident.schedule);
  return runner_.run(options_.bounds, recorder);
}

}  // namespace poolproof::check
