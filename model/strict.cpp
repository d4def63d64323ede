// The profile strict: what our pool promises. An operator() an event, above the few moves that all
// of them are made of.
#include <algorithm>
#include <utility>

#include "model/profiles.hpp"
#include "model/strict_upkeep.hpp"

namespace poolproof::model {
namespace {

class StrictStep : private StrictUpkeep {
 public:
  StrictStep(const PoolConfig& config, const State& before, const Failures& failures)
      : StrictUpkeep(config, before, failures) {}

  // ---- Callers ----

  void operator()(const Acquire& event) {
    const Waiter newcomer{event.caller, deadline(config_, event, state_.now), state_.now};
    if (has_lease_to_share(event.caller)) {
      share(newcomer);
    } else if (state_.closed) {
      answer(Closed{event.caller});
    } else if (available() > impatient_among(state_.waiters.size())) {
      serve(newcomer);
    } else if (refuses_to_wait()) {
      answer(InUse{event.caller});
    } else if (event.timeout == Duration::zero()) {
      answer(TimedOut{event.caller});
    } else {
      state_.waiters.push_back(newcomer);
    }
  }

  void operator()(const Cancel& event) {
    if (const auto waiter = waiting(event.caller); waiter != state_.waiters.end()) {
      state_.waiters.erase(waiter);
      answer(Cancelled{event.caller});
    } else {
      Preparing called_off = take_preparing(event.caller);
      stop(called_off);
      answer(Cancelled{event.caller});
      give_up(called_off);
    }
  }

  void operator()(const Wake& event) {
    const auto waiter = waiting(event.caller);
    waiter->notified = false;
    serve_if_its_turn(waiter);
  }

  void operator()(const Release& event) {
    if (ends_a_share(event.caller)) return;
    if (const auto detached = state_.detached.find(event.caller);
        detached != state_.detached.end()) {
      const ConnectionId id = state_.detached.extract(detached).mapped().id;
      reset(id);
      call(Hook::close_detached, id);
      answer(CloseConnection{id});
      return;
    }
    Slot slot = state_.out.extract(event.caller).mapped();
    if (slot.connection && !reset(slot.connection->id)) close_broken(slot);
    check_in(slot);
  }

  void operator()(const Invalidate& event) {
    Slot& slot = state_.out.at(event.caller);
    if (event.how == Invalidation::generation) retire_generation();
    if (!slot.connection) return;
    if (event.how == Invalidation::soft) {
      call(Hook::soft_invalidate, slot.connection->id);
      slot.connection->retired = true;
    } else {
      close_broken(slot);
    }
  }

  void operator()(const Detach& event) {
    const Slot slot = state_.out.extract(event.caller).mapped();
    state_.detached.emplace(event.caller, *slot.connection);
    call(Hook::detach, slot.connection->id);
    put_back(empty_of(slot));
  }

  void operator()(const Dispose&) {
    retire_generation();
    close_idle();
  }

  void operator()(const Close&) { close_for_good(); }

  void operator()(const Maintain& event) {
    close_what_is_over();
    (*this)(WarmUp{event.caller, config_.min_idle});
  }

  void operator()(const WarmUp& event) {
    open_next({event.caller,
               deadline_of(config_, event, state_.now),
               {},
               state_.now,
               SlotOrigin::fresh,
               false,
               0,
               0,
               event.count});
  }

  void operator()(const Drain& event) {
    close_for_good();
    state_.draining.push_back({event.caller, deadline_of(config_, event, state_.now)});
    tell_who_drains();
    while (expire_first_due(state_.now)) {
    }
  }

  // ---- Environment ----

  void operator()(const Connected& event) {
    Preparing ready = take_preparing(event.caller);
    const ConnectionId id = take_next_id();
    connect_succeeded();
    if (state_.closed) {
      answer(CloseConnection{id});
      answer(Closed{event.caller});
      give_up(ready);
      return;
    }
    if (ready.retired) {  // its generation was retired while it was made
      answer(CloseConnection{id});
      connect(ready);
      return;
    }
    if (const auto thrown = hook_that_refuses_new(id)) {
      call(Hook::close, id);
      answer(CloseConnection{id});
      answer(HookError{event.caller, *thrown});
      give_up(ready);
      return;
    }
    ready.slot.connection = Connection{id, ready.began};
    ready.slot.connection->less_life = event.less_life;
    ready.origin = SlotOrigin::pooled;
    if (ready.opens > 0) {
      put_back(ready.slot);
      open_next(ready);
    } else {
      check_out(ready);
    }
  }

  void operator()(const ConnectFailed& event) {
    const Preparing failed = take_preparing(event.caller);
    connect_failed(event.less_pause);
    answer(ConnectionError{event.caller});
    give_up(failed);
  }

  void operator()(const PingSucceeded& event) {
    Preparing pinged = take_preparing(event.caller);
    if (state_.closed) {
      close(pinged.slot);
      answer(Closed{event.caller});
      give_up(pinged);
    } else if (must_be_replaced(*pinged.slot.connection)) {
      close(pinged.slot);
      connect(pinged);
    } else {
      check_out(pinged);
    }
  }

  // One dead connection speaks for all that are as old: the server was most likely restarted.
  void operator()(const PingFailed& event) {
    Preparing dead = take_preparing(event.caller);
    refuse(dead, Disconnected::all);
  }

  void operator()(const Advance& event) {
    while (expire_first_due(event.to)) {
    }
    state_.now = event.to;
  }

  Step finish() && {
    tell_who_drains();
    notify();
    return {std::move(state_), std::move(answers_)};
  }

 private:
  // ---- A slot for a caller ----

  void serve(const Waiter& taker) {
    Preparing taken{taker.caller, taker.deadline, {}, state_.now, SlotOrigin::fresh};
    if (const auto idle = take_idle(taker.caller)) {
      taken.slot = *idle;
      taken.origin = SlotOrigin::pooled;
    }
    prepare(taken);
  }

  // One more lease of what the caller has. It is what it is, however old; only if it is EMPTY is
  // it connected anew.
  void share(const Waiter& taker) {
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

  void open_next(Preparing opening) {
    const auto origin = take_to_open(opening.opens);
    if (!origin) {
      answer(Done{opening.caller});
      return;
    }
    opening.slot = {};
    opening.origin = *origin;
    connect(opening);
  }

  // Nobody overtakes one who has waited for as long as patience, unless there is enough for both.
  bool serve_if_its_turn(const Waiters::iterator& waiter) {
    const auto ahead = static_cast<std::size_t>(waiter - state_.waiters.begin());
    if (available() <= impatient_among(ahead)) return false;
    const Waiter served = *waiter;
    state_.waiters.erase(waiter);
    serve(served);
    return true;
  }

  void prepare(Preparing& taken) {
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

  void connect(Preparing& taken) {
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

  // The hook that has thrown at a connection just made; nullopt if it may be used.
  std::optional<Hook> hook_that_refuses_new(ConnectionId id) {
    if (!state_.initialised) {
      if (!call(Hook::first_connect, id)) return Hook::first_connect;
      state_.initialised = true;
    }
    if (!call(Hook::connect, id)) return Hook::connect;
    return std::nullopt;
  }

  void check_out(Preparing& ready) {
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

  // The connection that was to be leased is dead. It is replaced once.
  void refuse(Preparing& dead, Disconnected which) {
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

  // ---- A slot that comes back ----

  // The slot of an acquire that came to nothing. A fresh one vanishes, and that is capacity again:
  // unless a waiter gets it or is told, it sleeps beside it (QueuePool's lost wake-up R2).
  void give_up(const Preparing& failed) {
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

  void check_in(const Slot& slot) {
    call(Hook::checkin,
         slot.connection ? std::optional(slot.connection->id) : std::optional<ConnectionId>());
    put_back(slot);
  }

  // To the first waiter if it is impatient or the slot could not stay; else to the idle; else it
  // vanishes.
  void put_back(Slot slot) {
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

  // ---- Deadlines ----

  void close_for_good() {
    state_.closed = true;
    for (const Waiter& waiter : state_.waiters) answer(Closed{waiter.caller});
    state_.waiters.clear();
    close_idle();
  }

  // Ends the acquire whose deadline comes first, at the instant of that deadline. Of equal ones
  // it is the earliest arrival's: min_element finds the first, and whoever is served has arrived
  // before whoever waits. False if none is due by `to`.
  bool expire_first_due(Time to) {
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

  // Whether the idle slot next in turn may be leased as it is: even at its deadline a waiter had
  // better have that than a TIMEOUT. (A ping begun now would only break the connection.)
  bool next_takes_no_time(CallerId caller) const {
    if (state_.idle.empty() || config_.pre_ping) return false;
    const Slot& next = config_.use_lifo && !has_owners() ? state_.idle.back() : state_.idle.front();
    if (next.owner && next.owner != caller) return false;
    return next.connection && !must_be_replaced(*next.connection);
  }

  // Ends what is under way for it. A connection whose ping has no answer counts as broken.
  void stop(Preparing& unfinished) {
    if (unfinished.slot.connection) {
      close_broken(unfinished.slot);
    } else {
      answer(AbandonConnect{unfinished.caller});
    }
  }

  // ---- Connections ----

  // False: nobody knows what the connection is in the middle of.
  bool reset(ConnectionId id) {
    if (!call(Hook::reset, id)) return false;
    if (config_.reset_on_return == ResetOnReturn::none) return true;
    answer(ResetConnection{id});
    return !failures_.reset;
  }

  void close_broken(Slot& slot) {
    call(Hook::invalidate, slot.connection->id);
    close(slot);
  }
};

}  // namespace

Step strict_step(const PoolConfig& config, const State& before, const Event& event,
                 const Failures& failures) {
  StrictStep step(config, before, failures);
  std::visit(step, event);
  return std::move(step).finish();
}

}  // namespace poolproof::model
