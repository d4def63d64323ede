#include "props/check/telling.hpp"

#include <algorithm>
#include <utility>

#include "props/check/coverage.hpp"
#include "props/check/processes/guard.hpp"
#include "props/check/story.hpp"

namespace poolproof::check {

namespace {

Trace trace_of(const Runner& runner) {
  Trace trace{.steps = runner.trace(), .tasks = {}};
  for (const world::Step& step : trace.steps) {
    while (static_cast<std::size_t>(step.task) >= trace.tasks.size()) {
      trace.tasks.push_back(runner.name(static_cast<world::TaskId>(trace.tasks.size())));
    }
  }
  return trace;
}

}  // namespace

bool breaks(const Telling& telling, model::LawId law) {
  return std::any_of(telling.violations.begin(), telling.violations.end(),
                     [&](const Violation& each) { return each.law == law; });
}

Telling tell(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
             world::Chooser& chooser) {
  SlateRecorder recorder(chooser, slate);
  slate.begin(Stage::running, slate.schedule());
  runner.observe_waits(true);
  const RunResult& run = runner.run(bounds, recorder);
  runner.observe_waits(false);
  Telling telling{.violations = run.violations,
                  .last = run.observations.empty() ? Time{} : run.observations.back().at,
                  .story = story(run),
                  .tape = slate.tape(),
                  .hash = run.hash,
                  .order = class_of(run)};
  // What was written over differs from process to process, and so does what comes of it.
  if (is_wounded()) telling.hash.reset();
  telling.tape.trim();
  telling.trace = trace_of(runner);
  if (run.ending == world::Ending::unsupported) telling.unsupported = run.refusal;
  return telling;
}

Telling tell(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
             const explore::Tape& tape, world::Chooser& fallback) {
  explore::Replay choices(tape, fallback);
  Telling telling = tell(runner, slate, bounds, choices);
  telling.fits = choices.fits();
  return telling;
}

std::optional<explore::Fingerprint> fingerprint(const Telling& telling) {
  if (!telling.hash) return std::nullopt;
  return explore::fingerprint(telling.trace.steps);
}

Finding finding(Telling telling, scenario::Bounds bounds, std::uint64_t number) {
  const auto run = fingerprint(telling);
  return {.violations = std::move(telling.violations),
          .story = std::move(telling.story),
          .token = {.bounds = bounds, .tape = std::move(telling.tape), .run = run},
          .schedule = number + 1,
          .explanation = std::move(telling.explanation),
          .trace = std::move(telling.trace),
          .order = telling.order};
}

}  // namespace poolproof::check
