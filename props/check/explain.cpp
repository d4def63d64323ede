#include "props/check/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "props/check/departure.hpp"
#include "props/check/player.hpp"
#include "props/check/pool_options.hpp"

namespace poolproof::check {
namespace {

using explore::Scribe;
using explore::Tape;
using world::Stream;
using Kind = Observation::Kind;

// How a run may go on from where it was changed: as plainly as can be, as the run that is explained
// did, and at random, so often.
constexpr std::uint64_t kWalks = 6;
constexpr std::uint64_t kContinuations = 2 + kWalks;

// With another value of an option: so many schedules near the one that is explained.
constexpr std::uint64_t kNearOptions = 8;

// One decision of the run, whatever it is about.
struct Decision {
  std::size_t order = 0;
  std::size_t step = 0;
  Stream stream{};
  std::size_t position = 0;  // on its stream
  std::uint8_t value = 0, most = 0;
  std::size_t turn = 0;   // of the schedule: its index there
  std::size_t asked = 0;  // of anything else: its index there
};

class Explainer {
 public:
  Explainer(Runner& runner, Slate& slate, const scenario::Bounds& bounds, const Tape& tape,
            model::LawId law, const std::function<bool()>& goes_on)
      : runner_(runner),
        slate_(slate),
        bounds_(bounds),
        tape_(tape),
        law_(law),
        goes_on_(goes_on) {}

  Explanation run() {
    play_once();
    find_critical_step();
    find_what_matters();
    find_options_that_matter();
    return std::move(result_);
  }

 private:
  // ---- the run itself ----

  void play_once() {
    explore::Plainest plainest;
    explore::Replay replay(tape_, plainest);
    Scribe scribe(replay, runner_);
    slate_.begin(Stage::running, slate_.schedule());
    const RunResult& run = runner_.run(bounds_, scribe);
    steps_ = steps_to(run, law_);
    trace_ = runner_.trace();
    script_ = scribe.script(steps_, runner_.places());
    turns_ = scribe.turns();
    asked_ = scribe.asked();
    for (const world::Step& each : trace_) {
      const auto task = static_cast<std::size_t>(each.task);
      if (names_.size() <= task) names_.resize(task + 1);
      if (names_[task].empty()) names_[task] = name(each.task);
    }
    observations_ = run.observations;
    troubles_ = scenario::to_text(run.scenario.troubles);
    planned_ = run.scenario.troubles.ambushes.size() + run.scenario.troubles.storms.size();
    count(run);
    list_decisions();
  }

  [[nodiscard]] std::string name(world::TaskId task) const {
    return task == world::TaskId{} ? "the harness" : runner_.name(task);
  }

  void count(const RunResult& run) {
    result_.callers = run.scenario.callers.size();
    for (const auto& loans : run.scenario.callers) result_.loans += loans.size();
    const auto broken = std::find_if(run.violations.begin(), run.violations.end(),
                                     [&](const Violation& each) { return each.law == law_; });
    const std::size_t seen = broken == run.violations.end() ? observations_.size() : broken->seen;
    for (std::size_t i = 0; i < seen; ++i) {
      const Observation& each = observations_[i];
      if (static_cast<std::size_t>(each.caller) >= result_.callers) continue;
      result_.acquires += each.kind == Kind::acquire_called ? 1 : 0;
      result_.queries += each.kind == Kind::query_called ? 1 : 0;
      result_.releases += each.kind == Kind::release_called ? 1 : 0;
    }
    for (const Scribe::Turn& each : turns_) {
      if (each.step >= steps_) break;
      result_.preemptions += each.is_preemption() ? 1 : 0;
      result_.jumps += each.is_clock() ? 1 : 0;
    }
    for (std::size_t i = 1; i < std::min(steps_, trace_.size()); ++i) {
      result_.switches += trace_[i].task != trace_[i - 1].task ? 1 : 0;
    }
    result_.faults = planned_;
    for (const Scribe::Asked& each : asked_) result_.faults += strikes(each) ? 1 : 0;
  }

  [[nodiscard]] bool strikes(const Scribe::Asked& asked) const {
    return (asked.stream == Stream::faults || asked.stream == Stream::machine) &&
           asked.value != 0 && asked.step > 0 && asked.step <= steps_;
  }

  // Those of the run, until the law was broken; in order.
  void list_decisions() {
    std::array<std::size_t, world::kStreams> positions{};
    auto turn = turns_.begin();
    auto asked = asked_.begin();
    while (turn != turns_.end() || asked != asked_.end()) {
      const bool is_turn =
          asked == asked_.end() || (turn != turns_.end() && turn->order < asked->order);
      Decision each;
      if (is_turn) {
        each = {.order = turn->order,
                .step = turn->step,
                .stream = Stream::schedule,
                .value = turn->choice,
                .most = static_cast<std::uint8_t>(turn->tasks - 1),
                .turn = static_cast<std::size_t>(turn - turns_.begin())};
        ++turn;
      } else {
        each = {.order = asked->order,
                .step = asked->step,
                .stream = asked->stream,
                .value = asked->value,
                .most = asked->most,
                .turn = turns_.size(),
                .asked = static_cast<std::size_t>(asked - asked_.begin())};
        ++asked;
      }
      each.position = positions[static_cast<std::size_t>(each.stream)]++;
      if (each.step > 0 && each.step < steps_) decisions_.push_back(each);
    }
  }

  // ---- runs that depart from it ----

  // Nothing once it does not go on.
  std::optional<bool> keeps_law(const Decision& where, std::uint8_t instead, std::uint64_t way) {
    if (!goes_on_()) return std::nullopt;
    explore::Plainest plainest;
    explore::Actors actors(script_, tape_, runner_, 0);
    Wanderer wanderer(way);
    world::Chooser& then = way == 0   ? static_cast<world::Chooser&>(plainest)
                           : way == 1 ? static_cast<world::Chooser&>(actors)
                                      : wanderer;
    Departure departure(tape_, where.order, instead, then);
    slate_.begin(Stage::running, slate_.schedule());
    return !breaks(runner_.run(bounds_, departure), law_);
  }

  // What else could have been chosen there. A fault need not strike; that one might have struck
  // would explain nothing.
  [[nodiscard]] static std::vector<std::uint8_t> others(const Decision& each) {
    std::vector<std::uint8_t> values;
    const bool outside = each.stream == Stream::faults || each.stream == Stream::machine;
    for (int value = 0; value <= each.most; ++value) {
      if (value != each.value && (!outside || value == 0)) {
        values.push_back(static_cast<std::uint8_t>(value));
      }
    }
    return values;
  }

  void find_critical_step() {
    for (auto each = decisions_.rbegin(); each != decisions_.rend(); ++each) {
      std::size_t kept = 0;
      std::size_t tried = 0;
      std::optional<std::uint8_t> better;
      for (const std::uint8_t instead : others(*each)) {
        for (std::uint64_t way = 0; way < kContinuations; ++way) {
          const auto keeps = keeps_law(*each, instead, way);
          if (!keeps) return;
          ++tried;
          if (!*keeps) continue;
          ++kept;
          if (!better) better = instead;
        }
      }
      if (better) {
        result_.kept = kept;
        result_.critical = critical_step(*each, *better);
        return;
      }
      result_.tried += tried;
    }
  }

  CriticalStep critical_step(const Decision& where, std::uint8_t instead) {
    const std::size_t step = std::min(where.step, trace_.size() - 1);
    if (where.turn < turns_.size() && turns_[where.turn].is_clock()) {
      const world::Candidate& waits = turns_[where.turn].plainest;
      return {.step = step + 1,
              .at = trace_[step].at,
              .who = "the clock",
              .operation = "tick",
              .instead = fmt::format("{} goes on with its {} before time passes",
                                     name_of(waits.task), world::name(waits.pending.kind))};
    }
    CriticalStep critical{.step = step + 1,
                          .at = trace_[step].at,
                          .who = names_[static_cast<std::size_t>(trace_[step].task)],
                          .operation = std::string(world::name(trace_[step].kind)),
                          .instead = {}};
    if (where.turn >= turns_.size()) {
      critical.instead = "it is not so that " + in_words(where);
    } else {
      critical.instead = first_step_after(where, instead);
    }
    return critical;
  }

  // Who goes on with what, if that is chosen there.
  std::string first_step_after(const Decision& where, std::uint8_t instead) {
    explore::Plainest plainest;
    Departure departure(tape_, where.order, instead, plainest);
    runner_.run(bounds_, departure);
    const auto& trace = runner_.trace();
    if (where.step >= trace.size()) return "another choice there";
    const world::Step& step = trace[where.step];
    return fmt::format("{} goes on with its {} there", name(step.task), world::name(step.kind));
  }

  // ---- what matters ----

  void find_what_matters() {
    for (const std::string& each : lines_of(troubles_)) result_.matters.push_back(each);
    for (const Decision& each : decisions_) {
      if (each.value == 0) continue;
      bool matters = false;
      for (const std::uint8_t instead : others(each)) {
        for (std::uint64_t way = 0; way < 2 && !matters; ++way) {
          const auto keeps = keeps_law(each, instead, way);
          if (!keeps) return;
          matters = *keeps;
        }
      }
      auto& list = matters ? result_.matters : result_.indifferent;
      std::string words = in_words(each);
      if (std::find(list.begin(), list.end(), words) == list.end())
        list.push_back(std::move(words));
    }
  }

  // An option matters if with each other value that it may have the law is kept, in schedules as
  // near to this one as can be.
  void find_options_that_matter() {
    for (const PoolOption& option : pool_options(bounds_, tape_)) {
      bool matters = true;
      for (const Tape& other : option.others) {
        for (std::uint64_t astray = 0; astray <= kNearOptions && matters; ++astray) {
          if (!goes_on_()) return;
          explore::Actors actors(script_, other, runner_, astray);
          slate_.begin(Stage::running, slate_.schedule());
          matters = !breaks(runner_.run(bounds_, actors), law_);
        }
      }
      if (matters) result_.matters.push_back(option.text);
    }
  }

  static std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      lines.emplace_back(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
  }

  [[nodiscard]] std::string in_words(const Decision& each) const {
    return each.turn < turns_.size() ? turn_in_words(turns_[each.turn])
                                     : asked_in_words(asked_[each.asked]);
  }

  [[nodiscard]] std::string name_of(world::TaskId task) const {
    const auto index = static_cast<std::size_t>(task);
    if (index < names_.size() && !names_[index].empty()) return names_[index];
    return fmt::format("thread {}", index);
  }

  [[nodiscard]] std::string turn_in_words(const Scribe::Turn& turn) const {
    const std::string plainest = name_of(turn.plainest.task);
    const std::string operation(world::name(turn.plainest.pending.kind));
    if (turn.is_clock()) return fmt::format("time passes before {}'s {}", plainest, operation);
    const std::string chosen = name_of(turn.chosen.task);
    if (turn.is_preemption()) {
      return fmt::format("{} is stopped before its {}, and {} goes on", plainest, operation,
                         chosen);
    }
    return fmt::format("{} goes before {}", chosen, plainest);
  }

  [[nodiscard]] std::string asked_in_words(const Scribe::Asked& asked) const {
    const std::string who = asked.step > 0 && asked.step <= trace_.size()
                                ? name_of(trace_[asked.step - 1].task)
                                : "the harness";
    if (asked.stream == Stream::waiter) {
      return fmt::format("{} wakes another than has waited longest", who);
    }
    if (asked.rarity < world::kFaultKinds) {
      const auto fault = static_cast<world::FaultKind>(asked.rarity);
      const auto seen =
          std::find_if(observations_.begin(), observations_.end(), [&](const Observation& each) {
            return each.kind == Kind::fault && each.fault == fault && each.step == asked.step;
          });
      const bool of_session = seen != observations_.end() && seen->session != kNoSession;
      return fmt::format("{} strikes {}", world::name(fault),
                         of_session ? check::to_text(seen->session) : who);
    }
    if (asked.stream == Stream::faults) return fmt::format("how far it strikes {}", who);
    if (asked.stream == Stream::schedule)
      return fmt::format("{} is not the first whose time is up", who);
    return fmt::format("the machine is not plain to {}", who);
  }

  Runner& runner_;
  Slate& slate_;
  const scenario::Bounds& bounds_;
  const Tape& tape_;
  const model::LawId law_;
  const std::function<bool()>& goes_on_;

  std::size_t steps_ = 0;
  std::vector<world::Step> trace_;
  explore::Script script_;
  std::vector<Scribe::Turn> turns_;
  std::vector<Scribe::Asked> asked_;
  std::vector<std::string> names_;  // of tasks
  std::vector<Observation> observations_;
  std::string troubles_;
  std::size_t planned_ = 0;
  std::vector<Decision> decisions_;
  Explanation result_;
};

}  // namespace

Explanation explained(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
                      const Tape& tape, model::LawId law, const std::function<bool()>& goes_on) {
  return Explainer(runner, slate, bounds, tape, law, goes_on).run();
}

}  // namespace poolproof::check
