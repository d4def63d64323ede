// The profile strict: what our pool promises. An operator() an event.
#include <utility>

#include "model/profiles.hpp"
#include "model/strict_moves.hpp"

namespace poolproof::model {
namespace {

class StrictStep : private StrictMoves {
 public:
  StrictStep(const PoolConfig& config, const State& before, const Failures& failures)
      : StrictMoves(config, before, failures) {}

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
};

}  // namespace

Step strict_step(const PoolConfig& config, const State& before, const Event& event,
                 const Failures& failures) {
  StrictStep step(config, before, failures);
  std::visit(step, event);
  return std::move(step).finish();
}

}  // namespace poolproof::model
