#include "props/check/exploration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "props/check/pool_program.hpp"
#include "props/check/processes/shared.hpp"
#include "props/check/search.hpp"

namespace poolproof::check {
namespace {

using Clock = std::chrono::steady_clock;
using explore::dpor::Dpor;
using explore::dpor::Execution;

constexpr std::uint64_t kProgressPeriod = 256;

class Explorer {
 public:
  Explorer(const Accused& accused, const ExplorationOptions& options)
      : options_(options),
        runner_(accused,
                {.laws = options.laws, .carrier = options.carrier, .bounds = options.bounds}) {}

  Exploration run(const ExplorationProgress& progress) {
    runner_.observe_waits(options_.refines);
    PoolProgram program(runner_, options_.bounds, options_.plan);
    Dpor dpor(program, options_.budget, options_.order);
    std::unordered_set<std::uint64_t> classes;
    bool ended = false;
    const bool complete = dpor.explore([&](const Execution& execution) {
      const RunResult& run = program.last();
      classes.insert(execution.fingerprint());
      result_.steps += run.steps;
      result_.scenario = run.scenario;
      if (run.ending == world::Ending::unsupported) {
        result_.verdict = Verdict::unsupported;
        result_.detail = run.refusal;
      } else if (!run.violations.empty()) {
        result_.verdict = Verdict::broken;
        incident_ = {.verdict = Verdict::broken,
                     .schedule = dpor.progress().executions - 1,
                     .tape = program.tape(),
                     .law = run.violations.front().law,
                     .hash = run.hash};
      } else if (explained(run, program.tape()) &&
                 dpor.progress().executions < options_.most_executions && !spent()) {
        const std::uint64_t executions = dpor.progress().executions;
        return executions % kProgressPeriod != 0 || progress(executions, dpor.done());
      }
      ended = true;
      return false;
    });
    result_.executions = dpor.progress().executions;
    result_.redundant = dpor.progress().redundant;
    result_.classes.assign(classes.begin(), classes.end());
    std::sort(result_.classes.begin(), result_.classes.end());
    if (const auto diverged = dpor.diverged()) {
      result_.verdict = Verdict::nondeterministic;
      result_.detail = fmt::format(
          "a schedule took other steps when it was repeated up to event {}. The pool depends on "
          "something that is not simulated",
          *diverged + 1);
    } else if (complete) {
      result_.verdict = Verdict::held;
    }
    if (incident_) tell();
    if (result_.unexplained) tell_unexplained();
    result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return std::move(result_);
  }

 private:
  bool explained(const RunResult& run, const explore::Tape& tape) {
    if (!options_.refines) return true;
    auto departure = refinement_.judge(run.scenario, run.observations);
    if (!departure) return true;
    result_.verdict = Verdict::broken;
    result_.unexplained = {*std::move(departure), {}, {options_.bounds, tape}};
    return false;
  }

  [[nodiscard]] bool spent() const {
    return options_.patience && Clock::now() - start_ >= *options_.patience;
  }

  // The steps go to whom they went before: the counterexample is found like any other.
  void tell() {
    runner_.tell_steps_to(runner_.listener());
    const Shared<Slate> slate;
    scenario::Bounds bounds = options_.bounds;
    Telling telling = minimised(runner_, *slate, bounds, *incident_, [] { return false; });
    result_.finding = finding(std::move(telling), bounds, incident_->schedule);
  }

  void tell_unexplained() {
    runner_.tell_steps_to(runner_.listener());
    const Shared<Slate> slate;
    explore::Plainest plainest;
    Unexplained& found = *result_.unexplained;
    Telling telling = check::tell(runner_, *slate, options_.bounds, found.token.tape, plainest);
    found.token.run = fingerprint(telling);
    found.token.tape = std::move(telling.tape);
    found.story = std::move(telling.story);
  }

  const ExplorationOptions& options_;
  Runner runner_;
  Refinement refinement_;
  Exploration result_;
  std::optional<Incident> incident_;
  const Clock::time_point start_ = Clock::now();
};

std::string text(const scenario::Limit& limit) {
  return limit ? scenario::to_text(*limit) : "never";
}

}  // namespace

std::uint64_t Exploration::digest() const {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint64_t each : classes) hash = (hash ^ each) * 0x100000001b3;
  return hash;
}

Exploration explore(const Accused& accused, const ExplorationOptions& options,
                    const ExplorationProgress& progress) {
  return Explorer(accused, options).run(progress);
}

std::string summary(const ExplorationOptions& options, const scenario::Scenario& scenario) {
  const bool has_chore = options.plan.chore != scenario::Chore::none;
  const int callers = options.bounds.callers - (has_chore ? 1 : 0);
  std::string text =
      fmt::format("{} caller{} x {}", callers, callers == 1 ? "" : "s", options.bounds.ops);
  if (has_chore) text += fmt::format(", another who says {}", name(options.plan.chore));
  text += fmt::format(", pool {}+{}", scenario.pool.pool_size, scenario.pool.max_overflow);
  if (scenario.pool.timeout) {
    text += fmt::format(", timeout {}", check::text(scenario.pool.timeout));
  }
  if (scenario.pool.recycle) {
    text += fmt::format(", recycle {}", check::text(scenario.pool.recycle));
  }
  if (scenario.pool.pre_ping) text += ", pre-ping";
  if (options.plan.think != Duration::zero()) {
    text += fmt::format(", think {}", scenario::to_text(options.plan.think));
  }
  if (options.plan.hold != Duration::zero()) {
    text += fmt::format(", hold {}", scenario::to_text(options.plan.hold));
  }
  if (options.plan.use != scenario::Use::query) {
    text += fmt::format(", use {}", scenario::spelled(options.plan.use));
  }
  if (options.plan.remark != scenario::Remark::none) {
    text += fmt::format(", {}", name(options.plan.remark));
  }
  text += ", " + (options.budget_text.empty() ? std::string("no faults") : options.budget_text);
  return text + fmt::format(", {} time", world::name(options.bounds.time));
}

}  // namespace poolproof::check
