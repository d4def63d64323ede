#include "props/check/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace poolproof::check {
namespace {

using world::OperationKind;

bool inside_pool(Phase phase) {
  return phase == Phase::acquiring || phase == Phase::invalidating || phase == Phase::releasing;
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
  sessions_.clear();
  open_sessions_ = 0;
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
  Caller nobody;
  Caller& caller = observation.caller == kNobody ? nobody : of(observation.caller);
  switch (observation.kind) {
    case Kind::acquire_called:
      caller.phase = Phase::acquiring;
      caller.since = observation.at;
      caller.limit = observation.limit;
      caller.waited = {};
      caller.connecting = false;
      ++caller.acquires;
      break;
    case Kind::acquire_returned:
      caller.phase = observation.outcome == Outcome::ok ? Phase::holding : Phase::outside;
      caller.session = kNoSession;
      caller.statements = 0;
      break;
    case Kind::query_called: caller.phase = Phase::querying; break;
    case Kind::invalidate_called: caller.phase = Phase::invalidating; break;
    case Kind::query_returned:
    case Kind::invalidate_returned: caller.phase = Phase::holding; break;
    case Kind::release_called:
      caller.phase = Phase::releasing;
      caller.session = kNoSession;
      break;
    case Kind::release_returned: caller.phase = Phase::outside; break;
    case Kind::session_opened:
      sessions_.resize(
          std::max(sessions_.size(), static_cast<std::size_t>(observation.session) + 1));
      sessions_[static_cast<std::size_t>(observation.session)] = {true, observation.at};
      if (caller.phase == Phase::acquiring) caller.connecting = true;
      ++open_sessions_;
      break;
    case Kind::session_ended:
      sessions_[static_cast<std::size_t>(observation.session)].open = false;
      --open_sessions_;
      break;
    case Kind::used:
      if (caller.phase == Phase::querying) caller.session = observation.session;
      break;
    case Kind::statement:
      if (caller.phase == Phase::querying) ++caller.statements;
      break;
    case Kind::quiet:
      for (Caller& each : callers_) {
        if (each.phase == Phase::acquiring) each.waited += observation.until - observation.at;
      }
      break;
    case Kind::fault:
    case Kind::returned:
    case Kind::probe_failed:
    case Kind::destroyed: break;
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

int Ledger::leases() const {
  return static_cast<int>(std::count_if(callers_.begin(), callers_.end(), [](const Caller& each) {
    return each.phase == Phase::holding || each.phase == Phase::querying ||
           each.phase == Phase::invalidating;
  }));
}

int Ledger::busy() const {
  return static_cast<int>(std::count_if(callers_.begin(), callers_.end(), [](const Caller& each) {
    return each.phase != Phase::outside;
  }));
}

std::optional<CallerId> Ledger::holder(SessionId session, CallerId except) const {
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    const auto id = static_cast<CallerId>(i);
    if (callers_[i].session == session && id != except) return id;
  }
  return std::nullopt;
}

SessionId Ledger::idle_session() const {
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    const auto session = static_cast<SessionId>(i);
    if (sessions_[i].open && !holder(session)) return session;
  }
  return kNoSession;
}

bool Ledger::waits(const Caller& caller) const {
  if (caller.phase != Phase::acquiring) return false;
  const world::Task& task = scheduler_.task(caller.task);
  return task.pending.kind == OperationKind::wait || task.pending.kind == OperationKind::lock;
}

bool Ledger::asleep(const Caller& caller) const {
  if (caller.phase != Phase::acquiring) return false;
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
