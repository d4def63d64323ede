#include "props/check/telling.hpp"

#include <algorithm>
#include <utility>

#include "props/check/story.hpp"

namespace poolproof::check {

bool breaks(const Telling& telling, model::LawId law) {
  return std::any_of(telling.violations.begin(), telling.violations.end(),
                     [&](const Violation& each) { return each.law == law; });
}

Telling tell(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
             world::Chooser& chooser) {
  SlateRecorder recorder(chooser, slate);
  slate.begin(Stage::running, slate.schedule());
  const RunResult& run = runner.run(bounds, recorder);
  Telling telling{.violations = run.violations,
                  .last = run.observations.empty() ? Time{} : run.observations.back().at,
                  .story = story(run),
                  .tape = slate.tape(),
                  .hash = run.hash};
  telling.tape.trim();
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

std::uint32_t short_hash(const std::optional<std::uint64_t>& hash) {
  return hash ? static_cast<std::uint32_t>(*hash ^ *hash >> 32) : 0;
}

Finding finding(Telling telling, scenario::Bounds bounds, std::uint64_t seed,
                std::uint64_t number) {
  return {.violations = std::move(telling.violations),
          .story = std::move(telling.story),
          .token = {.bounds = std::move(bounds),
                    .tape = std::move(telling.tape),
                    .seed = seed,
                    .hash = short_hash(telling.hash)},
          .schedule = number + 1,
          .explanation = std::move(telling.explanation)};
}

}  // namespace poolproof::check
