// What is seen of a run while it lasts: by its tasks, the scheduler and the server. Every oracle
// hears of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "props/check/doing.hpp"
#include "props/check/matrix.hpp"
#include "props/check/run.hpp"
#include "props/world/memory/symbols.hpp"

namespace poolproof::check {

using Kind = Observation::Kind;
using model::LawId;
using namespace std::chrono_literals;

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

}  // namespace poolproof::check
