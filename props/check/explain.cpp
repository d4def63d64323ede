#include "props/check/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "props/check/player.hpp"
#include "props/world/random.hpp"

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

// Goes anywhere, with nothing going wrong on the way.
class Wanderer final : public world::Chooser {
 public:
  explicit Wanderer(std::uint64_t seed) : random_(seed) {}

  std::size_t next(std::span<const world::Candidate> candidates) override {
    constexpr std::uint32_t kSwitchPeriod = 3;
    constexpr std::uint32_t kClockPeriod = 16;
    auto tasks = static_cast<std::uint32_t>(candidates.size());
    if (candidates.back().pending.kind == world::OperationKind::clock) {
      --tasks;
      if (random_.once_in(kClockPeriod)) return tasks;
    }
    return random_.once_in(kSwitchPeriod) ? random_.below(tasks) : 0;
  }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    return stream == Stream::waiter ? random_.below(count) : 0;
  }

 private:
  world::Random random_;
};

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

// A run as it was up to some decision, then another choice, and then whatever is decided elsewhere.
// That one is asked all along, so that it knows how far the run is.
class Departure final : public world::Chooser {
 public:
  Departure(const Tape& tape, const Decision& where, std::uint8_t instead, world::Chooser& then)
      : tape_(tape), left_(where.order), instead_(instead), then_(then) {}

  std::size_t next(std::span<const world::Candidate> candidates) override {
    return decided(Stream::schedule, static_cast<std::uint32_t>(then_.next(candidates)),
                   static_cast<std::uint32_t>(candidates.size()));
  }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    return decided(stream, then_.choose(stream, count), count);
  }
  bool happens(Stream stream, world::Rarity kind) override {
    return decided(stream, then_.happens(stream, kind) ? 1 : 0, 2) != 0;
  }

 private:
  std::uint32_t decided(Stream stream, std::uint32_t then, std::uint32_t count) {
    if (left_ > 0) {
      --left_;
      const auto& numbers = tape_.of(stream);
      const std::size_t at = at_[static_cast<std::size_t>(stream)]++;
      return at < numbers.size() ? numbers[at] : 0;
    }
    if (!departed_ && instead_ < count) return departed_ = true, instead_;
    departed_ = true;
    return then;
  }

  const Tape& tape_;
  std::array<std::size_t, world::kStreams> at_{};
  std::size_t left_;  // decisions until then
  const std::uint8_t instead_;
  bool departed_ = false;
  world::Chooser& then_;
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
    Departure departure(tape_, where, instead, then);
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
    Departure departure(tape_, where, instead, plainest);
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

std::string counted(std::size_t number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : one.ends_with("ch") ? "es" : "s");
}

}  // namespace

Explanation explained(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
                      const Tape& tape, model::LawId law, const std::function<bool()>& goes_on) {
  return Explainer(runner, slate, bounds, tape, law, goes_on).run();
}

void to_json(nlohmann::json& json, const Explanation& from) {
  json = {{"callers", from.callers},
          {"loans", from.loans},
          {"operations", from.operations()},
          {"acquires", from.acquires},
          {"queries", from.queries},
          {"releases", from.releases},
          {"preemptions", from.preemptions},
          {"switches", from.switches},
          {"jumps", from.jumps},
          {"faults", from.faults},
          {"tried", from.tried},
          {"kept", from.kept},
          {"matters", from.matters},
          {"indifferent", from.indifferent},
          {"critical", nullptr}};
  if (!from.critical) return;
  json["critical"] = {{"step", from.critical->step},
                      {"at", from.critical->at.time_since_epoch().count()},
                      {"who", from.critical->who},
                      {"operation", from.critical->operation},
                      {"instead", from.critical->instead}};
}

void from_json(const nlohmann::json& json, Explanation& to) {
  json.at("callers").get_to(to.callers);
  json.at("loans").get_to(to.loans);
  json.at("acquires").get_to(to.acquires);
  json.at("queries").get_to(to.queries);
  json.at("releases").get_to(to.releases);
  json.at("preemptions").get_to(to.preemptions);
  json.at("switches").get_to(to.switches);
  json.at("jumps").get_to(to.jumps);
  json.at("faults").get_to(to.faults);
  json.at("tried").get_to(to.tried);
  json.at("kept").get_to(to.kept);
  json.at("matters").get_to(to.matters);
  json.at("indifferent").get_to(to.indifferent);
  const nlohmann::json& critical = json.at("critical");
  if (critical.is_null()) return;
  to.critical = {.step = critical.at("step"),
                 .at = Time(Duration(critical.at("at").get<std::int64_t>())),
                 .who = critical.at("who"),
                 .operation = critical.at("operation"),
                 .instead = critical.at("instead")};
}

std::string to_text(const Explanation& explanation) {
  std::string text = fmt::format(
      "made small: {}, {}, {}, {}, {}\n", counted(explanation.callers, "caller"),
      counted(explanation.operations(), "operation"), counted(explanation.faults, "fault"),
      counted(explanation.preemptions, "preemption"), counted(explanation.switches, "switch"));
  if (const auto& critical = explanation.critical) {
    text += fmt::format("critical: step {}, {}'s {} at {}: {} it breaks the law; kept if {}\n",
                        critical->step, critical->who, critical->operation,
                        model::to_string(critical->at.time_since_epoch()),
                        explanation.tried == 0
                            ? std::string("from there on")
                            : fmt::format("in each of {} other continuations tried from there on",
                                          explanation.tried),
                        critical->instead);
  } else if (explanation.tried > 0) {
    text += fmt::format("critical: none; the law is broken in each of {} other schedules tried\n",
                        explanation.tried);
  }
  if (!explanation.matters.empty()) {
    text += fmt::format("what matters: {}\n", fmt::join(explanation.matters, "; "));
  }
  if (!explanation.indifferent.empty()) {
    text += fmt::format("what does not: {}\n", fmt::join(explanation.indifferent, "; "));
  }
  return text;
}

}  // namespace poolproof::check
