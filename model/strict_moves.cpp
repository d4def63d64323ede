#include "model/strict_moves.hpp"

#include <algorithm>

namespace poolproof::model {

void StrictMoves::serve(const Waiter& taker) {
  Preparing taken{taker.caller, taker.deadline, {}, state_.now, SlotOrigin::fresh};
  if (const auto idle = take_idle(taker.caller)) {
    taken.slot = *idle;
    taken.origin = SlotOrigin::pooled;
  }
  prepare(taken);
}

void StrictMoves::share(const Waiter& taker) {
  const Slot& slot = state_.out.at(taker.caller);
  if (slot.connection) {
    ++state_.shared[taker.caller];
    answer(Granted{taker.caller, slot.connection->id});
  } else if (state_.closed) {
    call(Hook::checkin, std::nullopt);
    answer(Closed{taker.caller});
  } else {
    Preparing taken = take_to_share(taker.caller, taker.deadline);
    connect(taken);
  }
}

void StrictMoves::open_next(Preparing opening) {
  const auto origin = take_to_open(opening.opens);
  if (!origin) {
    answer(Done{opening.caller});
    return;
  }
  opening.slot = {};
  opening.origin = *origin;
  connect(opening);
}

bool StrictMoves::serve_if_its_turn(const Waiters::iterator& waiter) {
  const auto ahead = static_cast<std::size_t>(waiter - state_.waiters.begin());
  if (available() <= impatient_among(ahead)) return false;
  const Waiter served = *waiter;
  state_.waiters.erase(waiter);
  serve(served);
  return true;
}

void StrictMoves::prepare(Preparing& taken) {
  claim(taken);
  if (taken.slot.connection && must_be_replaced(*taken.slot.connection)) close(taken.slot);
  if (!taken.slot.connection) {
    connect(taken);
  } else if (config_.pre_ping) {
    state_.preparing.push_back(taken);
    answer(PingConnection{taken.caller, taken.slot.connection->id});
  } else {
    check_out(taken);
  }
}

void StrictMoves::connect(Preparing& taken) {
  if (rests()) {
    answer(ConnectionError{taken.caller});
    give_up(taken);
    return;
  }
  taken.began = state_.now;
  taken.retired = false;
  state_.preparing.push_back(taken);
  answer(OpenConnection{taken.caller});
}

std::optional<Hook> StrictMoves::hook_that_refuses_new(ConnectionId id) {
  if (!state_.initialised) {
    if (!call(Hook::first_connect, id)) return Hook::first_connect;
    state_.initialised = true;
  }
  if (!call(Hook::connect, id)) return Hook::connect;
  return std::nullopt;
}

void StrictMoves::check_out(Preparing& ready) {
  const ConnectionId id = ready.slot.connection->id;
  if (call(Hook::checkout, id)) {
    ready.shared > 0 ? share_again(ready) : (void)state_.out.emplace(ready.caller, ready.slot);
    answer(Granted{ready.caller, id});
  } else if (failures_.checkout_says != Disconnected::no) {
    refuse(ready, failures_.checkout_says);
  } else {
    close_broken(ready.slot);
    answer(HookError{ready.caller, Hook::checkout});
    give_up(ready);
  }
}

void StrictMoves::refuse(Preparing& dead, Disconnected which) {
  close_broken(dead.slot);
  if (which == Disconnected::all) retire_generation();
  ++dead.refused;
  if (state_.closed) {
    answer(Closed{dead.caller});
    give_up(dead);
  } else if (dead.refused < 2) {
    connect(dead);
  } else {
    answer(GivenUp{dead.caller});
    give_up(dead);
  }
}

void StrictMoves::give_up(const Preparing& failed) {
  if (failed.shared > 0) {
    call(Hook::checkin, std::nullopt);
    share_as_before(failed);
  } else if (failed.origin == SlotOrigin::pooled) {
    check_in(empty_of(failed.slot));
  } else if (first_is_impatient()) {
    Preparing next = take_first_waiter();
    prepare(next);
  }
}

void StrictMoves::check_in(const Slot& slot) {
  call(Hook::checkin,
       slot.connection ? std::optional(slot.connection->id) : std::optional<ConnectionId>());
  put_back(slot);
}

void StrictMoves::put_back(Slot slot) {
  if (config_.idle_timeout) slot.idle_since = state_.now;
  const auto limit = idle_limit(config_);
  const bool may_stay =
      !state_.closed && (!limit || state_.idle.size() < static_cast<std::size_t>(*limit));
  if (first_is_impatient() || (!may_stay && !state_.waiters.empty())) {
    Preparing next = take_first_waiter();
    next.slot = slot;
    next.origin = SlotOrigin::pooled;
    prepare(next);
  } else if (may_stay) {
    state_.idle.push_back(slot);
  } else {
    close(slot);
  }
}

void StrictMoves::close_for_good() {
  state_.closed = true;
  for (const Waiter& waiter : state_.waiters) answer(Closed{waiter.caller});
  state_.waiters.clear();
  close_idle();
}

bool StrictMoves::expire_first_due(Time to) {
  const auto preparing = std::ranges::min_element(state_.preparing, {}, &Preparing::deadline);
  const auto waiter = std::ranges::min_element(state_.waiters, {}, &Waiter::deadline);
  const Time preparing_due = preparing == state_.preparing.end() ? kNever : preparing->deadline;
  const Time waiter_due = waiter == state_.waiters.end() ? kNever : waiter->deadline;
  const auto drain = std::ranges::min_element(state_.draining, {}, &Draining::deadline);
  const Time drain_due = drain == state_.draining.end() ? kNever : drain->deadline;
  const Time due = std::min({preparing_due, waiter_due, drain_due});
  if (due > to || due == kNever) return false;

  state_.now = due;
  if (drain_due < std::min(preparing_due, waiter_due)) {
    answer(TimedOut{drain->caller});
    state_.draining.erase(drain);
    return true;
  }
  if (preparing_due <= waiter_due) {
    Preparing expired = take_preparing(preparing->caller);
    stop(expired);
    answer(TimedOut{expired.caller});
    give_up(expired);
    tell_who_drains();
  } else if (!next_takes_no_time(waiter->caller) || !serve_if_its_turn(waiter)) {
    answer(TimedOut{waiter->caller});
    state_.waiters.erase(waiter);
  }
  return true;
}

bool StrictMoves::next_takes_no_time(CallerId caller) const {
  if (state_.idle.empty() || config_.pre_ping) return false;
  const Slot& next = config_.use_lifo && !has_owners() ? state_.idle.back() : state_.idle.front();
  if (next.owner && next.owner != caller) return false;
  return next.connection && !must_be_replaced(*next.connection);
}

void StrictMoves::stop(Preparing& unfinished) {
  if (unfinished.slot.connection) {
    close_broken(unfinished.slot);
  } else {
    answer(AbandonConnect{unfinished.caller});
  }
}

bool StrictMoves::reset(ConnectionId id) {
  if (!call(Hook::reset, id)) return false;
  if (config_.reset_on_return == ResetOnReturn::none) return true;
  answer(ResetConnection{id});
  return !failures_.reset;
}

void StrictMoves::close_broken(Slot& slot) {
  call(Hook::invalidate, slot.connection->id);
  close(slot);
}

}  // namespace poolproof::model
