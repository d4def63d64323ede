// The profile sqlalchemy: what SQLAlchemy 1.4's QueuePool does, told with its own names (do_get,
// get_connection, checkout, checkin, _finalize_fairy), so that it can be read beside its source.
//
// One event is one operation of one caller, run until it ends or blocks: in the queue's condition,
// in the creator, or in a ping. A RECORD is a slot. A FAIRY is the handle of one checkout: when an
// error leaves one behind, the garbage collector finalizes it within the same event.
#include <algorithm>
#include <utility>

#include "model/profiles.hpp"

namespace poolproof::model {
namespace {

constexpr int kAttempts = 2;  // how many dead connections a checkout replaces before it gives up

// The hook whose error propagates out of a function; nullopt: the function has returned.
using Raised = std::optional<Hook>;

// The record that a fairy answers for: none once it has been checked in.
using Fairy = std::optional<Slot>;

std::optional<ConnectionId> id(const Slot& record) {
  if (!record.connection) return std::nullopt;
  return record.connection->id;
}

template <class List>
typename List::value_type take(List& list, typename List::iterator which) {
  typename List::value_type taken = *which;
  list.erase(which);
  return taken;
}

// One step in the making: an operator() an event, built from QueuePool's own functions below.
class QueuePool {
 public:
  QueuePool(const PoolConfig& config, const State& before, const Failures& failures)
      : config_(config), failures_(failures), state_(before) {}

  // do_get, up to where it blocks. A newcomer does not look whether others wait: it barges.
  void operator()(const Acquire& event) {
    const CallerId caller = event.caller;
    if (!state_.idle.empty()) {
      get_connection(caller, take_idle());
    } else if (has_room(config_, state_)) {
      create_connection(caller);
    } else if (config_.timeout == Duration::zero()) {
      answer(TimedOut{caller});
    } else {
      state_.waiters.push_back({caller, deadline(config_, event, state_.now), state_.now});
    }
  }

  // do_get, from where it blocked. Being notified is no claim: only what is there now counts. Who
  // has slept to the end looks for room once more before it fails.
  void operator()(const Wake& event) {
    const CallerId caller = event.caller;
    auto& waiters = state_.waiters;
    Waiter waiter = take(waiters, std::ranges::find(waiters, caller, &Waiter::caller));
    if (!state_.idle.empty()) {
      get_connection(caller, take_idle());
    } else if (waiter.deadline > state_.now) {
      waiter.notified = false;
      waiters.push_back(waiter);
    } else if (has_room(config_, state_)) {
      create_connection(caller);
    } else {
      answer(TimedOut{caller});
    }
  }

  void operator()(const Connected& event) {
    const Preparing connect = take_preparing(event.caller);
    const Slot record{Connection{next_id(), connect.began, connect.retired, /*fresh=*/true}};
    const Raised raised = introduce(record);
    if (connect.origin == SlotOrigin::fresh) {
      if (report(connect.caller, raised)) {
        --state_.overflow;  // nobody is notified, and nobody closes the connection
      } else {
        get_connection(connect.caller, record);
      }
    } else if (raised) {
      Fairy left = checkin_failed(connect.caller, record, HookError{connect.caller, *raised});
      if (connect.refused > 0) collect(left);  // before, there was no fairy yet: the record is lost
    } else {
      checkout(connect.caller, record, connect.refused);
    }
  }

  void operator()(const ConnectFailed& event) {
    const Preparing connect = take_preparing(event.caller);
    if (connect.origin == SlotOrigin::fresh) {
      --state_.overflow;  // nobody is notified: lost wake-up R2
      answer(ConnectionError{connect.caller});
    } else {
      checkin_failed(connect.caller, connect.slot, ConnectionError{connect.caller});
    }
  }

  void operator()(const PingSucceeded& event) {
    const Preparing ping = take_preparing(event.caller);
    show(ping.caller, ping.slot, ping.refused);
  }

  void operator()(const PingFailed& event) {
    const Preparing ping = take_preparing(event.caller);
    refuse(ping.caller, ping.slot, ping.refused, Disconnected::all);
  }

  // A caller whose close() raises lets go of its handle all the same.
  void operator()(const Release& event) {
    if (state_.detached.contains(event.caller)) {
      close_detached(state_.detached.extract(event.caller).mapped().id);
      return;
    }
    Fairy fairy = state_.out.extract(event.caller).mapped();
    report(event.caller, finalize(fairy));
    collect(fairy);
  }

  void operator()(const Invalidate& event) {
    const CallerId caller = event.caller;
    Slot& record = state_.out.at(caller);
    if (event.how == Invalidation::soft) {
      report(caller, soft_invalidate(record));
      return;
    }
    if (event.how == Invalidation::generation) invalidate_generation(record.connection->born);
    if (report(caller, invalidate(record))) return;  // the lease stays out, and open
    Fairy fairy = state_.out.extract(caller).mapped();
    report(caller, checkin(fairy));
  }

  // Neither reset nor checkin hook. That the detach hook raises changes nothing any more.
  void operator()(const Detach& event) {
    const Connection connection = *state_.out.extract(event.caller).mapped().connection;
    do_return(Slot{});
    state_.detached.emplace(event.caller, connection);
    report(event.caller, call(Hook::detach, connection.id));
  }

  // Forgets the leases that are out, and notifies nobody: lost wake-up R3. A close hook that raises
  // ends it there: that record is lost, the others stay, and the counter too.
  void operator()(const Dispose& /*event*/) {
    while (!state_.idle.empty()) {
      Slot record = take_idle();
      if (report(std::nullopt, close(record))) return;
    }
    state_.overflow = -config_.pool_size;
  }

  // Nobody times out by this alone: a thread must run, which is Wake.
  void operator()(const Advance& event) { state_.now = event.to; }

  void operator()(const Cancel&) {}  // never legal here
  void operator()(const Close&) {}
  void operator()(const Maintain&) {}
  void operator()(const WarmUp&) {}
  void operator()(const Drain&) {}

  Step finish() && { return {std::move(state_), std::move(answers_)}; }

 private:
  // ---- The queue ----

  Slot take_idle() {
    return take(state_.idle, config_.use_lifo ? state_.idle.end() - 1 : state_.idle.begin());
  }

  // Wakes the waiter that has slept longest. It does not get the record: it may look for one.
  void notify() {
    const auto first = std::ranges::find(state_.waiters, false, &Waiter::notified);
    if (first != state_.waiters.end()) first->notified = true;
  }

  // A full queue discards the record. That is room for one more, and yet nobody is notified: lost
  // wake-up R1.
  Raised do_return(Slot record) {
    const auto limit = idle_limit(config_);
    if (!limit || state_.idle.size() < static_cast<std::size_t>(*limit)) {
      state_.idle.push_back(record);
      notify();
      return std::nullopt;
    }
    const Raised raised = close(record);
    --state_.overflow;
    return raised;
  }

  // ---- The record ----

  void create_connection(CallerId caller) {
    ++state_.overflow;
    connect(caller, SlotOrigin::fresh, 0);
  }

  void connect(CallerId caller, SlotOrigin origin, int refused) {
    state_.preparing.push_back({caller, kNever, Slot{}, state_.now, origin, false, refused});
    answer(OpenConnection{caller});
  }

  // What a new connection goes through.
  Raised introduce(const Slot& record) {
    if (!state_.initialised) {
      if (const Raised raised = call(Hook::first_connect, id(record))) return raised;
      state_.initialised = true;
    }
    return call(Hook::connect, id(record));
  }

  bool is_stale(const Connection& connection) const {
    return connection.retired ||
           (config_.recycle && state_.now - connection.born > *config_.recycle);
  }

  // Goes on to the checkout, now or once it has connected. Looks at a new record too, but not at
  // what it has itself reconnected.
  void get_connection(CallerId caller, Slot record) {
    if (record.connection && is_stale(*record.connection)) {
      if (const Raised raised = close(record)) {
        checkin_failed(caller, record, HookError{caller, *raised});
        return;
      }
    }
    if (record.connection) {
      checkout(caller, record, 0);
    } else {
      connect(caller, SlotOrigin::pooled, 0);
    }
  }

  // Leaves the record EMPTY, unless the hook raises. What the driver says of it is ignored.
  Raised close(Slot& record) {
    if (!record.connection) return std::nullopt;
    if (const Raised raised = call(Hook::close, id(record))) return raised;
    answer(CloseConnection{record.connection->id});
    record.connection.reset();
    return std::nullopt;
  }

  Raised invalidate(Slot& record) {
    if (!record.connection) return std::nullopt;
    if (const Raised raised = call(Hook::invalidate, id(record))) return raised;
    return close(record);
  }

  Raised soft_invalidate(Slot& record) {
    if (const Raised raised = call(Hook::soft_invalidate, id(record))) return raised;
    if (record.connection->born < state_.now) record.connection->retired = true;
    return std::nullopt;
  }

  // A hook that raises loses the record for ever: it is neither in the queue nor uncounted.
  Raised checkin(Fairy& fairy) {
    const Slot record = *std::exchange(fairy, std::nullopt);
    if (const Raised raised = call(Hook::checkin, id(record))) return raised;
    return do_return(record);
  }

  // Ends the caller's acquire with `outcome`, or with the error of a hook that gets in between. The
  // result still has its record if that was before the checkin.
  Fairy checkin_failed(CallerId caller, const Slot& record, const Answer& outcome) {
    Fairy fairy = record;
    Raised raised = invalidate(*fairy);
    if (!raised) raised = checkin(fairy);
    if (!report(caller, raised)) answer(outcome);
    return fairy;
  }

  // Retires what is older than now: once a generation, whose first broken connection moves the
  // stamp past the others.
  void invalidate_generation(Time born) {
    if (state_.invalidated >= born) return;
    state_.invalidated = state_.now;
    for (Slot& record : state_.idle) retire(record);
    for (auto& [caller, record] : state_.out) retire(record);
    for (Preparing& preparing : state_.preparing) {
      retire(preparing.slot);
      if (!preparing.slot.connection && preparing.began < state_.now) preparing.retired = true;
    }
  }

  void retire(Slot& record) {
    if (record.connection && record.connection->born < state_.now) {
      record.connection->retired = true;
    }
  }

  // ---- The checkout ----

  // One attempt. A connection is not pinged the first time.
  void checkout(CallerId caller, Slot record, int refused) {
    if (refused == kAttempts) {
      collect(checkin_failed(caller, record, GivenUp{caller}));
      return;
    }
    const bool was_fresh = std::exchange(record.connection->fresh, false);
    if (config_.pre_ping && !was_fresh) {
      state_.preparing.push_back(
          {caller, kNever, record, state_.now, SlotOrigin::pooled, false, refused});
      answer(PingConnection{caller, record.connection->id});
    } else {
      show(caller, record, refused);
    }
  }

  void show(CallerId caller, const Slot& record, int refused) {
    if (const Raised raised = call(Hook::checkout, id(record))) {
      if (failures_.checkout_says == Disconnected::no) {
        collect(checkin_failed(caller, record, HookError{caller, *raised}));
      } else {
        refuse(caller, record, refused, failures_.checkout_says);
      }
      return;
    }
    state_.out.emplace(caller, record);
    answer(Granted{caller, record.connection->id});
  }

  // The connection is dead: another one, in the same record.
  void refuse(CallerId caller, Slot record, int refused, Disconnected which) {
    const Time born = record.connection->born;
    if (report(caller, invalidate(record))) return collect(record);
    if (which == Disconnected::all) invalidate_generation(born);
    connect(caller, SlotOrigin::pooled, refused + 1);
  }

  // ---- The fairy ----

  // Whether reset hook and driver have made the connection fit for the next.
  bool reset(ConnectionId connection) {
    if (call(Hook::reset, connection)) return false;
    if (config_.reset_on_return == ResetOnReturn::none) return true;
    answer(ResetConnection{connection});
    return !failures_.reset;
  }

  // _finalize_fairy. What goes wrong with the reset costs the connection, and nobody is told.
  Raised finalize(Fairy& fairy) {
    if (!reset(fairy->connection->id)) {
      if (const Raised raised = invalidate(*fairy)) return raised;
    }
    return checkin(fairy);
  }

  // The garbage collector finds a fairy. If it still has its record, even one whose connection was
  // to be closed as broken, that goes back to the pool; an error now is lost, and the record with
  // it.
  void collect(Fairy fairy) {
    if (fairy) finalize(fairy);
  }

  // An error ends it, so that the connection stays open. Nobody is told.
  void close_detached(ConnectionId connection) {
    if (!reset(connection) || call(Hook::close_detached, connection)) return;
    answer(CloseConnection{connection});
  }

  // ---- Small things ----

  Raised call(Hook hook, std::optional<ConnectionId> connection) {
    answer(HookCalled{hook, connection});
    if (failures_.hooks.contains(hook)) return hook;
    return std::nullopt;
  }

  // Tells whoever called what was raised, if anything was.
  bool report(std::optional<CallerId> caller, const Raised& raised) {
    if (raised) answer(HookError{caller, *raised});
    return raised.has_value();
  }

  Preparing take_preparing(CallerId caller) {
    return take(state_.preparing, std::ranges::find(state_.preparing, caller, &Preparing::caller));
  }

  ConnectionId next_id() {
    const auto next = static_cast<std::uint32_t>(state_.next_connection);
    return std::exchange(state_.next_connection, ConnectionId{next + 1});
  }

  void answer(const Answer& answer) { answers_.push_back(answer); }

  const PoolConfig& config_;
  const Failures& failures_;
  State state_;
  std::vector<Answer> answers_;
};

}  // namespace

Step queue_pool_step(const PoolConfig& config, const State& before, const Event& event,
                     const Failures& failures) {
  QueuePool pool(config, before, failures);
  std::visit(pool, event);
  return std::move(pool).finish();
}

}  // namespace poolproof::model
