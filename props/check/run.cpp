#include "props/check/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libpq-fe.h>

#include <algorithm>
#include <utility>

#include "props/check/doing.hpp"
#include "props/check/matrix.hpp"
#include "props/explore/random_walk.hpp"
#include "props/world/memory/symbols.hpp"

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;
using model::LawId;
using world::Ending;
using namespace std::chrono_literals;

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

// ---- what is seen ----

void Runner::see(Observation observation) {
  observation.at = machine_.scheduler.now();
  observation.step = trace().size();
  result_.observations.push_back(observation);
  ledger_.see(observation);
  paths_.see(observation, ledger_, machine_.scheduler);
  if (observation.kind == Kind::quiet && !healed_) note_standing();
  if (const auto doing = doing_after(observation)) {
    order_.enter(machine_.scheduler.current().id, context(*doing));
  }
  for (const auto& oracle : oracles_) oracle->see(observation, ledger_, report_);
  if (troublemaker_.lurks()) [[unlikely]]
    reached(observation);
}

void Runner::note_standing() {
  const model::PoolConfig& pool = result_.scenario.pool;
  if (pool.pool_class != model::PoolClass::queue_pool) return;
  const auto now = standing(ledger_, machine_.scheduler);
  if (!now) return;
  const auto& all = result_.scenario.callers;
  const auto callers = static_cast<int>(
      std::count_if(all.begin(), all.end(), [](const auto& each) { return !each.front().errand; }));
  const auto code = code_of({pool.pool_size, pool.max_overflow, callers}, *now);
  if (result_.standings.empty() || result_.standings.back() != code) {
    result_.standings.push_back(code);
  }
}

void Runner::reached(const Observation& observation) {
  using scenario::Moment;
  switch (observation.kind) {
    case Kind::session_opened: return reached(Moment::connecting);
    case Kind::acquire_returned:
      if (observation.outcome == Outcome::ok) reached(Moment::lease_begun);
      return;
    case Kind::release_called: return reached(Moment::lease_ending);
    case Kind::release_returned: return reached(Moment::lease_ended);
    case Kind::chore_called:
      if (scenario::retires(observation.chore)) reached(Moment::retiring);
      return;
    default: return;
  }
}

void Runner::reached(scenario::Moment moment) {
  if (troublemaker_.lurks()) [[unlikely]]
    troublemaker_.reached(moment, caller_in_call());
}

CallerId Runner::inside_pool(world::TaskId task) const {
  return observes_waits_ ? ledger_.caller_in_call(task).value_or(kNobody) : kNobody;
}

void Runner::slept(world::TaskId task, const void* where) {
  const CallerId caller = inside_pool(task);
  if (caller == kNobody) return;
  const auto slept_here = [&](const auto& each) { return each.first == where; };
  std::erase_if(sleepers_, slept_here);
  sleepers_.emplace_back(where, caller);
  see({.kind = Kind::sleeps, .caller = caller});
}

void Runner::woken(world::TaskId task) {
  if (const CallerId caller = inside_pool(task); caller != kNobody) {
    see({.kind = Kind::woken, .caller = caller, .by = caller_in_call()});
  }
  reached(scenario::Moment::waiter_woken);
}

void Runner::timed_out(world::TaskId task) {
  if (const CallerId caller = inside_pool(task); caller != kNobody) {
    see({.kind = Kind::deadline_came, .caller = caller});
  }
  reached(scenario::Moment::deadline_come);
}

void Runner::signalled_nobody(const void* where) {
  if (!observes_waits_) return;
  const auto slept_here = [&](const auto& each) { return each.first == where; };
  const auto last = std::find_if(sleepers_.begin(), sleepers_.end(), slept_here);
  if (last == sleepers_.end()) return;
  see({.kind = Kind::woke_nobody, .caller = caller_in_call(), .by = last->second});
}

void Runner::answered(SessionId, world::Phase phase) {
  reached(phase == world::Phase::starting ? scenario::Moment::let_in : scenario::Moment::answered);
}

void Runner::heal() {
  healed_ = true;
  troublemaker_.end();
  machine_.heal();
}

// Somebody waits for what has fallen silent, and will not give up by himself. In time his system
// does, for him; by then whatever had gone wrong is mended too. Nobody else waits that long.
bool Runner::standstill() {
  constexpr Duration kSystemsPatience = 15min;  // with what it sends again and again, on Linux
  if (healed_ || result_.scenario.faults.none()) return false;
  auto& scheduler = machine_.scheduler;
  scheduler.at(scheduler.now() + kSystemsPatience, [this] { heal(); });
  return true;
}

void Runner::quiet(Time, Time to) { see({.kind = Kind::quiet, .until = to}); }

void Runner::opened(SessionId session) {
  see({.kind = Kind::session_opened, .caller = caller_in_call(), .session = session});
}

void Runner::ended(SessionId session, EndedBy by) {
  see({.kind = Kind::session_ended, .session = session, .by_server = by == EndedBy::server});
}

// Seen only if it tells something: most uses are a caller's of the session that its lease is known
// to be on.
void Runner::used(SessionId session) {
  reached(scenario::Moment::about_to_use);
  const CallerId caller = caller_in_call();
  if (!tells_something(caller, session) && !ledger_.holder(session, caller)) return;
  see({.kind = Kind::used,
       .caller = caller,
       .session = session,
       .state = machine_.server.state_of(session)});
  stop_if_shared();
}

// Where its lease is; or that it has got a slot. A connection that is not started may be there to
// cancel what another does.
bool Runner::tells_something(CallerId id, SessionId session) const {
  if (id == kNobody || !ledger_.started(session)) return false;
  const Caller& caller = ledger_.caller(id);
  return (caller.phase == Phase::querying && caller.session != session) ||
         (caller.phase == Phase::acquiring && !caller.has_slot);
}

void Runner::queried(SessionId session, std::string_view, const SessionState& before) {
  const CallerId caller = caller_in_call();
  see({.kind = Kind::statement,
       .caller = caller,
       .session = session,
       .call = call_of(caller),
       .state = before});
}

void Runner::started(SessionId session) {
  see({.kind = Kind::session_started, .session = session});
}

void Runner::cancel_requested(SessionId asking, SessionId target) {
  see({.kind = Kind::cancel_requested, .caller = principal(), .session = target, .asking = asking});
}

void Runner::cancelled(SessionId asking, SessionId target, bool hit) {
  see({.kind = hit ? Kind::cancel_hit : Kind::cancel_missed, .session = target, .asking = asking});
}

// An event is nobody's doing.
CallerId Runner::caller_in_call() const {
  if (machine_.scheduler.in_event()) return troublemaker_.in_call_of();
  return ledger_.caller_in_call(machine_.scheduler.current().id).value_or(kNobody);
}

PoolCall Runner::call_of(CallerId caller) const {
  return caller == kNobody ? PoolCall::none : pool_call(ledger_.caller(caller).phase);
}

CallerId Runner::principal() const {
  if (machine_.scheduler.in_event()) return kNobody;
  return ledger_.principal(machine_.scheduler.current().id).value_or(kNobody);
}

// Two users of one PGconn corrupt it: nothing that libpq does after that means anything.
void Runner::stop_if_shared() {
  if (breaks(result_, LawId::dup)) machine_.scheduler.stop();
}

void Runner::struck(world::FaultKind fault, world::Place place) {
  const CallerId caller = caller_in_call();
  see({.kind = Kind::fault,
       .caller = caller,
       .session = SessionId{place.connection},
       .fault = fault,
       .phase = place.phase,
       .call = call_of(caller)});
}

// Between the machine's own functions, which every stack ends and begins with.
std::vector<std::string> Runner::watched_stack() const {
  std::vector<std::string> functions;
  for (const void* const each : machine_.scheduler.watched_stack()) {
    std::string function = world::memory::function_at(static_cast<const char*>(each) - 1);
    if (function.starts_with("poolproof::world::") && functions.empty()) continue;
    if (function.starts_with("poolproof::check::")) break;
    functions.push_back(std::move(function));
  }
  return functions;
}

void Runner::raced(const world::Race& race) {
  const auto told = [&](const world::Race::Side& side) {
    return fmt::format("{} {}{} {} byte{}, in {} ({})", name(side.task),
                       side.write ? "writes" : "reads", side.atomic ? " atomically" : "", side.size,
                       side.size == 1 ? "" : "s", fmt::join(side.functions, ", called by "),
                       side.place);
  };
  report_(LawId::race,
          fmt::format("{} is accessed twice with nothing to order the two:\n    {}\n    {}",
                      race.object, told(race.earlier), told(race.later)));
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
