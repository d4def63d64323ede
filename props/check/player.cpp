#include "props/check/player.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "props/explore/random_walk.hpp"

namespace poolproof::check {
namespace {

using explore::Scribe;
using world::Stream;

// A random walk, of which the program is given, and perhaps some of the workload.
class WalkWith final : public world::Chooser {
 public:
  explicit WalkWith(const Trial& trial)
      : given_(trial.tape), calm_(trial.calm), walk_(*trial.walk) {}

  std::size_t next(std::span<const world::Candidate> candidates) override {
    return walk_.next(candidates);
  }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    const auto& given = given_.of(stream);
    std::size_t& at = at_[static_cast<std::size_t>(stream)];
    if (at < given.size()) return given[at++];
    if (stream == Stream::program || is_calmed(stream)) return 0;
    return walk_.choose(stream, count);
  }
  bool happens(Stream stream, world::Rarity kind) override {
    return !is_calmed(stream) && walk_.happens(stream, kind);
  }

 private:
  [[nodiscard]] bool is_calmed(Stream stream) const {
    return calm_ && (stream == Stream::faults || stream == Stream::machine);
  }

  const explore::Tape& given_;
  const bool calm_;
  std::array<std::size_t, world::kStreams> at_{};
  explore::RandomWalk walk_;
};

// Of the first `steps` of the runner's last run.
Size size_of(const Runner& runner, const RunResult& run, const Scribe& scribe, std::size_t steps) {
  Size size;
  for (const auto& loans : run.scenario.callers) {
    size.loans += loans.size();
    for (const scenario::Loan& each : loans) size.uses += each.use != scenario::Use::nothing;
  }
  size.callers = run.scenario.callers.size();
  size.faults = run.scenario.troubles.ambushes.size() + run.scenario.troubles.storms.size();
  for (const Scribe::Asked& each : scribe.asked()) {
    const bool outside = each.stream == Stream::faults || each.stream == Stream::machine;
    if (outside && each.value != 0 && each.step > 0 && each.step <= steps) ++size.faults;
  }
  for (const Scribe::Turn& each : scribe.turns()) {
    if (each.step >= steps) break;
    if (each.is_preemption()) ++size.preemptions;
    if (each.is_clock()) ++size.jumps;
  }
  const auto& trace = runner.trace();
  for (std::size_t i = 1; i < std::min(steps, trace.size()); ++i) {
    if (trace[i].task != trace[i - 1].task) ++size.switches;
  }
  explore::Tape tape = scribe.tape();
  tape.trim();
  size.deviations = tape.deviations();
  for (const auto& stream : tape.streams) {
    size.numbers = std::accumulate(stream.begin(), stream.end(), size.numbers);
    size.length += stream.size();
  }
  return size;
}

}  // namespace

std::size_t steps_to(const RunResult& run, model::LawId law) {
  const auto broken = std::find_if(run.violations.begin(), run.violations.end(),
                                   [&](const Violation& each) { return each.law == law; });
  return broken == run.violations.end() ? run.steps : broken->step;
}

std::optional<Played> play(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
                           model::LawId law, const Trial& trial) {
  explore::Plainest plainest;
  explore::Replay replay(trial.tape, plainest);
  std::optional<explore::Actors> actors;
  if (trial.script) actors.emplace(*trial.script, trial.tape, runner, trial.astray);
  std::optional<WalkWith> walk;
  if (trial.walk) walk.emplace(trial);
  world::Chooser& chooser = walk     ? static_cast<world::Chooser&>(*walk)
                            : actors ? static_cast<world::Chooser&>(*actors)
                                     : replay;
  Scribe scribe(chooser, runner);
  SlateRecorder recorder(scribe, slate);
  slate.begin(Stage::running, slate.schedule());
  const RunResult& run = runner.run(bounds, recorder);
  if (!breaks(run, law)) return std::nullopt;
  const std::size_t steps = steps_to(run, law);
  Played played{.tape = scribe.tape(),
                .script = scribe.script(steps, runner.places()),
                .size = size_of(runner, run, scribe, steps)};
  played.tape.trim();
  return played;
}

}  // namespace poolproof::check
