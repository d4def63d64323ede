// AGE, DEAD, CLEAN and LIFE: what a lease begins on, and what is replaced or closed.
#include "model/laws_of_steps.hpp"

namespace poolproof::model {
namespace {

// Whether this step is the end of the connect for that caller.
bool is_just_made(const Transition& t, CallerId caller) {
  const auto* connected = as<Connected>(t.event);
  return connected && connected->caller == caller;
}

// When in this step: while time passes a waiter may be served at its own deadline.
Time granted_at(const Transition& t, CallerId caller) {
  const auto waiter = std::ranges::find(t.before.waiters, caller, &Waiter::caller);
  const bool is_at_deadline = as<Advance>(t.event) && waiter != t.before.waiters.end();
  return is_at_deadline ? std::min(waiter->deadline, t.step.after.now) : t.step.after.now;
}

// One more lease of what the caller has: nothing begins with it.
bool is_shared(const Transition& t, const Granted& granted) {
  const auto has = leased_to(t.before, granted.caller);
  return as<Acquire>(t.event) && has && has->id == granted.connection;
}

// It was made for nobody, and a waiter has it.
bool is_just_opened(const Transition& t, ConnectionId id) {
  const auto* connected = as<Connected>(t.event);
  return connected && id == t.before.next_connection &&
         std::ranges::find(t.before.preparing, connected->caller, &Preparing::caller)->opens > 0;
}

// Why an idle connection may be closed: it is idle for too long; it belongs to another caller, who
// has not used it, than the one who is to have its slot; or everything is closed.
bool idle_may_be_closed(const Transition& t, ConnectionId id) {
  const auto slot = std::ranges::find_if(t.before.idle, [&](const Slot& each) {
    return each.connection && each.connection->id == id;
  });
  if (as<Maintain>(t.event)) {
    return t.config.idle_timeout && t.before.now - slot->idle_since > *t.config.idle_timeout;
  }
  const bool changes_hands = slot->owner && !has_room(t.config, t.before);
  return changes_hands || as<Dispose>(t.event) || as<Close>(t.event) || as<Drain>(t.event);
}

// One just made is granted whatever its age: the next connect would be no faster.
bool may_be_granted(const Transition& t, const Granted& granted) {
  if (is_shared(t, granted)) return true;
  if (is_just_opened(t, granted.connection)) return true;
  if (is_just_made(t, granted.caller)) return granted.connection == t.before.next_connection;
  const auto was = connection(t.before, granted.connection);
  return was && !was->retired &&
         !is_older_than_recycle(t.config, *was, granted_at(t, granted.caller)) &&
         !is_among(t.step.answers, CloseConnection{granted.connection});
}

// Why the connection of a lease may be closed: its holder says that it is broken; it comes back and
// cannot be reset, or finds the pool full with nobody waiting, or closed.
bool lease_may_be_closed(const Transition& t, CallerId holder) {
  const auto is_of_holder = [&](const auto* event) { return event && event->caller == holder; };
  if (const auto* invalidate = as<Invalidate>(t.event); is_of_holder(invalidate)) {
    return invalidate->how != Invalidation::soft;
  }
  if (!is_of_holder(as<Release>(t.event))) return false;
  const bool cannot_be_reset = t.failures.reset || t.failures.hooks.contains(Hook::reset);
  const bool is_surplus =
      t.before.waiters.empty() && !is_within(t.before.idle.size() + 1, idle_limit(t.config));
  // The waiter who is served may not have what was another's.
  const bool changes_hands =
      t.config.pool_class == PoolClass::singleton_thread_pool && !t.before.waiters.empty();
  return cannot_be_reset || is_surplus || changes_hands || t.before.closed;
}

// Why one that is on its way to a lease may be closed: its ping or a hook says so; its caller has
// no more time, or is called off, or finds the pool closed.
bool preparation_may_be_closed(const Transition& t, const Preparing& each) {
  const auto is_of_caller = [&](const auto* event) {
    return event && event->caller == each.caller;
  };
  if (as<Advance>(t.event)) return each.deadline <= t.step.after.now;
  return is_of_caller(as<PingFailed>(t.event)) || is_of_caller(as<Cancel>(t.event)) ||
         (is_of_caller(as<PingSucceeded>(t.event)) && t.before.closed);
}

bool may_be_closed(const Transition& t, ConnectionId id) {
  // Just made: its generation was retired meanwhile, a hook refuses it, or the pool is closed.
  if (id == t.before.next_connection) return as<Connected>(t.event) != nullptr;
  if (is_detached(t.before, id)) return as<Release>(t.event) != nullptr;
  const auto closed = connection(t.before, id);
  if (!closed) return false;
  if (closed->retired || is_older_than_recycle(t.config, *closed, t.step.after.now)) return true;
  if (t.failures.hooks.contains(Hook::checkout) &&
      is_among(t.step.answers, HookCalled{Hook::checkout, id})) {
    return true;
  }
  if (is_idle(t.before, id)) return idle_may_be_closed(t, id);
  for (const auto& [caller, slot] : t.before.out) {
    if (slot.connection == closed) return lease_may_be_closed(t, caller);
  }
  return std::ranges::any_of(t.before.preparing, [&](const Preparing& each) {
    return each.slot.connection == closed && preparation_may_be_closed(t, each);
  });
}

}  // namespace

bool age_holds(const Transition& t) {
  return std::ranges::all_of(t.step.answers, [&](const Answer& answer) {
    if (const auto* granted = as<Granted>(answer)) return may_be_granted(t, *granted);
    if (const auto* close = as<CloseConnection>(answer)) return may_be_closed(t, close->connection);
    return true;
  });
}

// With pre_ping, a connection is leased only when it was just made or has just answered.
bool dead_holds(const Transition& t) {
  return std::ranges::all_of(t.step.answers, [&](const Answer& answer) {
    const auto* granted = as<Granted>(answer);
    if (!granted || !t.config.pre_ping || is_just_made(t, granted->caller)) return true;
    if (is_shared(t, *granted)) return true;
    const auto* pinged = as<PingSucceeded>(t.event);
    return pinged && pinged->caller == granted->caller;
  });
}

// What comes back is not kept or handed on unless it was reset in between, and that worked.
bool clean_holds(const Transition& t) {
  const auto* release = as<Release>(t.event);
  if (!release || t.config.reset_on_return == ResetOnReturn::none) return true;
  if (t.before.shared.contains(release->caller)) return true;  // it is not back yet
  const auto returned = leased_to(t.before, release->caller);
  if (!returned || !connection(t.step.after, returned->id)) return true;
  return is_among(t.step.answers, ResetConnection{returned->id}) && !t.failures.reset &&
         !t.failures.hooks.contains(Hook::reset);
}

// A closed pool keeps nothing, opens nothing and lets nobody wait.
bool life_holds(const Transition& t) {
  const State& after = t.step.after;
  if (t.before.closed && !after.closed) return false;
  if (!after.closed) return true;
  const auto* acquire = as<Acquire>(t.event);
  const bool has_a_lease = acquire && t.before.out.contains(acquire->caller);
  const bool is_refused =
      !acquire || has_a_lease || is_among(t.step.answers, Closed{acquire->caller});
  const bool serves_nobody = std::ranges::none_of(t.step.answers, [&](const Answer& answer) {
    return (as<Granted>(answer) && !has_a_lease) || as<OpenConnection>(answer) ||
           as<PingConnection>(answer);
  });
  return is_refused && serves_nobody && after.idle.empty() && after.waiters.empty();
}

}  // namespace poolproof::model
