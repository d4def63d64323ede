// The life of a run, from its scenario to how it ended.
#include "props/check/run.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <utility>

#include "props/check/doing.hpp"
#include "props/check/matrix.hpp"
#include "props/explore/random_walk.hpp"

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;
using model::LawId;
using world::Ending;

std::string_view text(Phase phase) {
  switch (phase) {
    case Phase::outside:
    case Phase::holding:
    case Phase::detached: break;
    case Phase::acquiring:
    case Phase::sharing: return "acquire";
    case Phase::querying: return "a query";
    case Phase::remarking: return "invalidate or detach";
    case Phase::releasing: return "release";
    case Phase::choring: return "dispose, close or upkeep";
  }
  return "no call of the pool";
}

// A loan takes some ten scheduling points, and more when others are in the way; a run that takes a
// hundred times as many goes in circles.
std::uint64_t most_steps(const scenario::Scenario& scenario) {
  std::uint64_t loans = 0;
  for (const auto& caller : scenario.callers) loans += caller.size();
  return 50'000 + 1'000 * loans;
}

// When it first connects in a process, libpq finds its messages, under a lock. That is not to make
// the first run differ from the others, even where nothing else is warmed up.
void let_libpq_find_its_messages() { PQfinish(PQconnectdb("host=/nowhere user=nobody")); }

}  // namespace

const Laws& judged_laws() {
  static const Laws laws{LawId::cap,   LawId::dup,  LawId::leak, LawId::wake,  LawId::early,
                         LawId::late,  LawId::spur, LawId::fair, LawId::age,   LawId::dead,
                         LawId::clean, LawId::cxl,  LawId::life, LawId::stuck, LawId::race,
                         LawId::crash, LawId::own,  LawId::tend};
  return laws;
}

Laws default_laws(const Accused& accused) {
  Laws laws = judged_laws();
  if (!accused.file().empty()) laws.erase(LawId::fair);
  if (!accused.instrumented()) laws.erase(LawId::race);
  if (accused.extension().open_with == nullptr) {
    laws.erase(LawId::own);
    laws.erase(LawId::tend);
  }
  return laws;
}

std::string to_text(SessionId session) {
  return fmt::format("connection {}", static_cast<std::int32_t>(session));
}

bool breaks(const RunResult& run, LawId law) {
  return std::any_of(run.violations.begin(), run.violations.end(),
                     [&](const Violation& each) { return each.law == law; });
}

Runner::Runner(const Accused& accused, const RunnerOptions& options)
    : accused_(accused),
      laws_(options.laws),
      machine_(options.carrier),
      report_([this](LawId law, std::string evidence) {
        if (breaks(result_, law) || !laws_.contains(law)) return;
        result_.violations.push_back({law, machine_.scheduler.now(), std::move(evidence),
                                      result_.observations.size(), trace().size()});
      }) {
  machine_.scheduler.carriers().use_fresh_threads(!accused_.thread_locals().empty());
  oracles_.push_back(capacity_oracle());
  oracles_.push_back(exclusivity_oracle());
  oracles_.push_back(accounting_oracle());
  oracles_.push_back(wakeup_oracle());
  oracles_.push_back(deadline_oracle());
  oracles_.push_back(exhaustion_oracle());
  oracles_.push_back(fairness_oracle());
  oracles_.push_back(healing_oracle());
  oracles_.push_back(session_oracle());
  oracles_.push_back(cancelling_oracle());
  oracles_.push_back(sharing_oracle());
  oracles_.push_back(upkeep_oracle());
  machine_.scheduler.set_step_observer(&order_);
  let_libpq_find_its_messages();
  if (options.warm) warm_up(options.bounds);
}

void Runner::warm_up(const scenario::Bounds& bounds) {
  constexpr std::uint64_t kRuns = 16;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    explore::RandomWalk walk(seed);
    run(bounds, walk);
    // A guard has ended it: what it finds in the next it could not tell any more.
    if (result_.ending == Ending::misuse) return;
  }
}

const RunResult& Runner::run(const scenario::Bounds& bounds, world::Chooser& chooser) {
  machine_.scheduler.set_time_mode(bounds.time, bounds.time_bound);
  drawing_ = true;
  scenario::Scenario drawn = scenario::draw(bounds, chooser);
  drawing_ = false;
  return run(std::move(drawn), chooser);
}

const RunResult& Runner::run(scenario::Scenario scenario, world::Chooser& chooser) {
  result_.scenario = std::move(scenario);
  if (accused_.extension().open_patient == nullptr) result_.scenario.pool.patience = {};
  if (accused_.extension().open_with == nullptr) scenario::make_plain(result_.scenario);
  result_.violations.clear();
  result_.observations.clear();
  healed_ = destroying_ = false;
  sleepers_.clear();
  ledger_.begin(result_.scenario.pool, result_.scenario.callers.size());
  order_.begin();
  paths_.begin();
  for (const auto& oracle : oracles_) oracle->begin();
  result_.standings.clear();
  machine_.scheduler.limit_steps(most_steps(result_.scenario));
  result_.ending = machine_.run(chooser, *this, [this] { root(); });
  result_.refusal = machine_.scheduler.refusal();
  judge_ending();
  result_.faults = machine_.faults.struck();
  result_.hash = machine_.scheduler.hash();
  result_.steps = machine_.scheduler.steps();
  result_.switches = machine_.scheduler.switches();
  result_.order = order_.fingerprint();
  result_.features.assign(order_.meetings().begin(), order_.meetings().end());
  result_.rare_paths = paths_.taken(order_.meetings());
  return result_;
}

std::string Runner::name(world::TaskId task) const {
  const auto& callers = ledger_.callers();
  const auto found = std::find_if(callers.begin(), callers.end(),
                                  [&](const Caller& each) { return each.task == task; });
  return found == callers.end() ? fmt::format("thread {}", static_cast<std::uint32_t>(task))
                                : ledger_.name(static_cast<CallerId>(found - callers.begin()));
}

explore::Place Runner::place_of(world::TaskId task) const {
  if (task == world::TaskId{}) return {};
  std::uint16_t before = 0;  // callers that were started before it
  for (std::size_t i = 0; i < result_.scenario.callers.size(); ++i) {
    const Caller& caller = ledger_.callers()[i];
    if (result_.scenario.callers[i].front().errand) continue;  // no part of any caller's program
    if (caller.task == task) {
      return {static_cast<std::uint16_t>(explore::kFirstCaller + i),
              static_cast<std::uint16_t>(caller.acquires)};
    }
    if (caller.task != world::TaskId{} && caller.task < task) ++before;
  }
  const auto other = static_cast<std::uint32_t>(task) - 1 - before;
  return {static_cast<std::uint16_t>(explore::kFirstOther + other), 0};
}

std::vector<explore::Place> Runner::places() const {
  std::vector<explore::Place> places;
  places.reserve(trace().size());
  std::vector<std::uint16_t> parts(result_.scenario.callers.size());
  auto seen = result_.observations.begin();
  for (std::size_t i = 0; i < trace().size(); ++i) {
    for (; seen != result_.observations.end() && seen->step <= i; ++seen) {
      const auto caller = static_cast<std::size_t>(seen->caller);
      if (seen->kind == Kind::acquire_called && caller < parts.size()) ++parts[caller];
    }
    explore::Place place = place_of(trace()[i].task);
    const auto caller = static_cast<std::size_t>(place.actor - explore::kFirstCaller);
    if (place.actor != explore::kRoot && caller < parts.size()) place.part = parts[caller];
    places.push_back(place);
  }
  return places;
}

// ---- how it ended ----

bool Runner::destroyed() const {
  return std::any_of(result_.observations.rbegin(), result_.observations.rend(),
                     [](const Observation& each) { return each.kind == Kind::destroyed; });
}

// Whoever took the last step of so many is one of them.
std::string Runner::who_goes_in_circles() const {
  const world::Step& last = trace().back();
  return fmt::format("{} goes in circles ({})", name(last.task), world::name(last.kind));
}

// Of LIFE; but a run without end must not pass for one that keeps the laws, whichever are judged.
void Runner::judge_outliving(std::string_view how) {
  int threads = 0;
  std::string where;
  for (const auto& task : machine_.scheduler.tasks()) {
    if (task->state == world::Task::State::finished) continue;
    ++threads;
    where += fmt::format("{}{}", where.empty() ? "" : ", ", world::name(task->pending.kind));
  }
  report_(laws_.contains(LawId::life) ? LawId::life : LawId::stuck,
          fmt::format("the pool is destroyed, and {} that it started outlive{} it, {} ({})",
                      threads == 1 ? "a thread" : fmt::format("{} threads", threads),
                      threads == 1 ? "s" : "", how, where));
}

// For ever, in one of the pool's calls.
std::string Runner::who_waits() const {
  const auto waits_at = [&](world::TaskId task) {
    const world::Operation& pending =
        machine_.scheduler.tasks()[static_cast<std::size_t>(task)]->pending;
    const auto owner = machine_.scheduler.locks().owner_of(pending.object);
    return fmt::format("{}{}", world::name(pending.kind),
                       owner ? ", held by " + name(*owner) : std::string());
  };
  if (destroying_) {
    return fmt::format("the pool's destroy does not return ({})", waits_at(world::TaskId{}));
  }
  std::string who;
  for (std::size_t i = 0; i < ledger_.callers().size(); ++i) {
    const Caller& caller = ledger_.callers()[i];
    if (caller.phase == Phase::outside || caller.phase == Phase::holding) continue;
    who += fmt::format("{}{} for ever in {} ({})", who.empty() ? "" : ", ",
                       ledger_.name(static_cast<CallerId>(i)), text(caller.phase),
                       waits_at(caller.task));
  }
  return who.empty() ? "threads that the pool started have not ended" : who;
}

void Runner::judge_ending() {
  if (result_.ending == Ending::misuse) {
    report_(LawId::crash, result_.refusal);
  } else if (result_.ending == Ending::runaway) {
    if (destroyed()) return judge_outliving("going on without end");
    report_(LawId::stuck, "the run goes on without end: " + who_goes_in_circles());
  } else if (result_.ending == Ending::deadlock) {
    if (destroyed()) return judge_outliving("waiting for ever");
    report_(LawId::stuck, "no thread can run and no timer is armed: " + who_waits());
  }
}

}  // namespace poolproof::check
