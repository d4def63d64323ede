#include "props/check/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace poolproof::check {
namespace {

using world::OperationKind;

bool inside_pool(Phase phase) {
  return phase == Phase::acquiring || phase == Phase::remarking || phase == Phase::releasing ||
         phase == Phase::choring || phase == Phase::sharing;
}

bool ends_by_itself(const world::Task& task) {
  return task.pending.kind == OperationKind::poll || task.pending.kind == OperationKind::sleep;
}

}  // namespace

void Ledger::begin(const model::PoolConfig& config, std::size_t callers) {
  config_ = config;
  capacity_ = model::capacity(config);
  callers_.assign(callers, Caller{});
  scenario_callers_ = callers;
  sessions_.assign(1, Session{});
  open_sessions_ = 0;
  seen_ = 0;
  retirements_.clear();
  closed_.reset();
  told_closed_.reset();
}

std::string Ledger::name(CallerId id) const {
  const auto number = static_cast<std::size_t>(id);
  if (id == kNobody) return "a thread of the pool";
  return number < scenario_callers_
             ? fmt::format("caller {}", number + 1)
             : fmt::format("the probe's lease {}", number - scenario_callers_ + 1);
}

CallerId Ledger::add_caller(world::TaskId task) {
  callers_.push_back({.task = task});
  return static_cast<CallerId>(callers_.size() - 1);
}

void Ledger::see(const Observation& observation) {
  using Kind = Observation::Kind;
  ++seen_;
  Caller nobody;
  Caller& caller = observation.caller == kNobody ? nobody : of(observation.caller);
  switch (observation.kind) {
    case Kind::acquire_called:
      caller.phase = Phase::acquiring;
      caller.since = observation.at;
      caller.limit = observation.limit;
      caller.waited = {};
      caller.cancelled.reset();
      caller.has_slot = false;
      caller.asked = seen_;
      caller.lost = false;
      ++caller.acquires;
      break;
    case Kind::cancelled:
      if (caller.phase == Phase::acquiring) caller.cancelled = caller.waited;
      break;
    case Kind::acquire_returned:
      caller.phase = observation.outcome == Outcome::ok ? Phase::holding : Phase::outside;
      caller.session = kNoSession;
      caller.statements = 0;
      if (observation.outcome == Outcome::closed && !told_closed_) told_closed_ = seen_;
      break;
    case Kind::query_called: caller.phase = Phase::querying; break;
    case Kind::query_returned: caller.phase = Phase::holding; break;
    case Kind::remark_called:
    case Kind::remark_returned: see_remark(observation, caller); break;
    case Kind::chore_called:
    case Kind::chore_returned: see_chore(observation, caller); break;
    case Kind::again_called:
    case Kind::again_returned:
    case Kind::back_called:
    case Kind::back_returned: see_sharing(observation, caller); break;
    case Kind::release_called:
      caller.phase = Phase::releasing;
      caller.session = kNoSession;
      break;
    case Kind::release_returned: caller.phase = Phase::outside; break;
    case Kind::session_opened:
    case Kind::session_started:
    case Kind::session_ended: see_session(observation, caller); break;
    case Kind::cancel_called:
    case Kind::cancel_returned:
    case Kind::cancel_requested: see_cancel(observation, caller); break;
    case Kind::used:
      if (caller.phase == Phase::querying) caller.session = observation.session;
      if (caller.phase == Phase::acquiring) caller.has_slot = true;
      break;
    case Kind::statement:
      if (caller.phase == Phase::querying) ++caller.statements;
      of(observation.session).speaker = loan(observation.caller);
      break;
    case Kind::quiet:
      for (Caller& each : callers_) {
        if (each.phase == Phase::acquiring) each.waited += observation.until - observation.at;
      }
      break;
    case Kind::cancel_hit:
    case Kind::cancel_missed: break;
    case Kind::fault:  // who cannot get through to the server has a slot to connect with
      if (observation.phase == world::Phase::connecting && caller.phase == Phase::acquiring) {
        caller.has_slot = true;
      }
      break;
    case Kind::returned:
    case Kind::probe_failed:
    case Kind::destroyed:
    case Kind::sleeps:
    case Kind::woken:
    case Kind::deadline_came:
    case Kind::woke_nobody: break;
  }
}

std::optional<CallerId> Ledger::caller_in_call(world::TaskId task) const {
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    const Caller& caller = callers_[i];
    if (caller.task == task && (inside_pool(caller.phase) || caller.phase == Phase::querying)) {
      return static_cast<CallerId>(i);
    }
  }
  return std::nullopt;
}

std::optional<CallerId> Ledger::principal(world::TaskId task) const {
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    if (callers_[i].canceller == task) return static_cast<CallerId>(i);
  }
  return caller_in_call(task);
}

void Ledger::see_session(const Observation& observation, Caller& caller) {
  using Kind = Observation::Kind;
  if (observation.kind == Kind::session_opened) {
    sessions_.resize(std::max(sessions_.size(), static_cast<std::size_t>(observation.session) + 1));
    const bool acquires = caller.phase == Phase::acquiring;
    of(observation.session) = {.open = true,
                               .opened = observation.at,
                               .begun = acquires ? caller.asked : 0,
                               .opening = seen_};
    if (caller.phase == Phase::acquiring) caller.has_slot = true;
    return;
  }
  Session& session = of(observation.session);
  if (observation.kind == Kind::session_started) {
    session.started = true;
    ++open_sessions_;
  } else {
    session.open = false;
    session.end = seen_;
    if (session.started && !session.detached) --open_sessions_;
  }
}

void Ledger::see_cancel(const Observation& observation, Caller& caller) {
  using Kind = Observation::Kind;
  if (observation.kind == Kind::cancel_called) {
    caller.canceller = scheduler_.current().id;
  } else if (observation.kind == Kind::cancel_returned) {
    caller.canceller.reset();
  } else {
    of(observation.asking).asker = loan(observation.caller);
  }
}

void Ledger::see_remark(const Observation& observation, Caller& caller) {
  using scenario::Remark;
  const bool called = observation.kind == Observation::Kind::remark_called;
  const Remark remark = observation.remark;
  caller.phase =
      called ? Phase::remarking : (remark == Remark::detach ? Phase::detached : Phase::holding);
  const bool breaks = remark == Remark::invalidate || remark == Remark::invalidate_generation;
  if (!called && breaks) caller.lost = true;
  if (remark == Remark::invalidate_generation) {
    if (called) begin_retirement(caller);
    if (!called) retirements_[caller.retirement].returned = seen_;
  }
  if (!called || caller.session == kNoSession) return;
  Session& session = of(caller.session);
  if (remark == Remark::detach) {
    if (session.open && session.started && !session.detached) --open_sessions_;
    session.detached = true;
  } else {
    session.invalidated = true;
  }
}

// A lease whose connection was lost begins anew with one more.
void Ledger::see_sharing(const Observation& observation, Caller& caller) {
  using Kind = Observation::Kind;
  if (observation.kind == Kind::again_called || observation.kind == Kind::back_called) {
    caller.before_sharing = std::exchange(caller.phase, Phase::sharing);
    if (observation.kind == Kind::back_called || !caller.lost) return;
    caller.session = kNoSession;
    caller.since = observation.at;
    caller.asked = seen_;
    return;
  }
  caller.phase = caller.before_sharing;
  if (observation.kind == Kind::back_returned || observation.outcome != Outcome::ok) return;
  if (std::exchange(caller.lost, false)) caller.statements = 0;
}

void Ledger::see_chore(const Observation& observation, Caller& caller) {
  const bool retires = scenario::retires(observation.chore);
  if (observation.kind == Observation::Kind::chore_called) {
    caller.phase = Phase::choring;
    if (retires) begin_retirement(caller);
    return;
  }
  caller.phase = Phase::outside;
  if (!retires) return;
  if (scenario::closes(observation.chore)) {
    if (!closed_) closed_ = seen_;
    if (!told_closed_) told_closed_ = seen_;
  }
  retirements_[caller.retirement].returned = seen_;
}

void Ledger::begin_retirement(Caller& caller) {
  caller.retirement = retirements_.size();
  retirements_.push_back({.called = seen_, .returned = ~std::uint64_t{0}});
}

int Ledger::leases() const {
  return static_cast<int>(std::count_if(callers_.begin(), callers_.end(), [](const Caller& each) {
    return each.phase == Phase::holding || each.phase == Phase::querying ||
           each.phase == Phase::remarking ||
           (each.phase == Phase::sharing && each.before_sharing != Phase::detached);
  }));
}

int Ledger::busy() const {
  return static_cast<int>(std::count_if(callers_.begin(), callers_.end(), [](const Caller& each) {
    return each.phase != Phase::outside && each.phase != Phase::detached;
  }));
}

bool Ledger::in_upheaval() const {
  return std::any_of(callers_.begin(), callers_.end(),
                     [](const Caller& each) { return each.phase == Phase::choring; });
}

bool Ledger::had_ended_before(SessionId session, const Caller& caller) const {
  return !of(session).open && of(session).end < caller.asked;
}

std::string Ledger::why_unfit(SessionId session, const Caller& caller) const {
  if (of(session).invalidated) return "had been invalidated by the holder of an earlier lease";
  const bool retired =
      std::any_of(retirements_.begin(), retirements_.end(), [&](const Retirement& each) {
        return each.returned < caller.asked && of(session).opening < each.called;
      });
  return retired ? "was opened before all connections of the pool were retired" : "";
}

bool Ledger::any_retired_is_open() const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const Session& session) {
    if (!session.open || !session.started || session.detached) return false;
    return session.invalidated ||
           std::any_of(retirements_.begin(), retirements_.end(),
                       [&](const Retirement& each) { return session.begun < each.returned; });
  });
}

std::optional<CallerId> Ledger::holder(SessionId session, CallerId except) const {
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    const auto id = static_cast<CallerId>(i);
    if (callers_[i].session == session && id != except) return id;
  }
  return std::nullopt;
}

SessionId Ledger::idle_session() const {
  const bool all_known = std::all_of(callers_.begin(), callers_.end(), [](const Caller& each) {
    return each.phase != Phase::holding || each.session != kNoSession;
  });
  if (!all_known) return kNoSession;
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    const auto session = static_cast<SessionId>(i);
    if (sessions_[i].open && sessions_[i].started && !holder(session)) return session;
  }
  return kNoSession;
}

SessionId Ledger::left_open() const {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [](const Session& each) { return each.open; });
  return found == sessions_.end() ? kNoSession : static_cast<SessionId>(found - sessions_.begin());
}

bool Ledger::waits(const Caller& caller) const {
  if (caller.phase != Phase::acquiring || caller.cancelled) return false;
  const world::Task& task = scheduler_.task(caller.task);
  return task.pending.kind == OperationKind::wait || task.pending.kind == OperationKind::lock ||
         task.pending.kind == OperationKind::lock_shared;
}

bool Ledger::asleep(const Caller& caller) const {
  if (caller.phase != Phase::acquiring || caller.cancelled) return false;
  const world::Task& task = scheduler_.task(caller.task);
  return task.state == world::Task::State::blocked && task.pending.kind == OperationKind::wait;
}

bool Ledger::under_way() const {
  for (const auto& task : scheduler_.tasks()) {
    if (task->state == world::Task::State::finished || !ends_by_itself(*task)) continue;
    bool of_a_caller = false;
    bool in_a_call = false;
    for (const Caller& caller : callers_) {
      if (caller.task != task->id) continue;
      of_a_caller = true;
      in_a_call |= inside_pool(caller.phase);
    }
    if (in_a_call || !of_a_caller) return true;
  }
  return false;
}

}  // namespace poolproof::check
