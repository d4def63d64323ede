#include "model/pool_model.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace poolproof::model {
namespace {

bool is_connecting(const State& state, CallerId caller) {
  return std::ranges::find(state.opening, caller, &Opening::caller) != state.opening.end();
}

bool is_waiting(const State& state, CallerId caller) {
  return std::ranges::find(state.waiters, caller, &Waiter::caller) != state.waiters.end();
}

// Why an event is illegal, if it is.
class Objection {
 public:
  using Reason = std::optional<std::string>;

  explicit Objection(const State& state) : state_(state) {}

  Reason operator()(const Acquire& event) const {
    if (state_.out.contains(event.caller)) return to_string(event.caller) + " has a lease already";
    if (is_waiting(state_, event.caller)) return to_string(event.caller) + " waits already";
    if (is_connecting(state_, event.caller)) {
      return to_string(event.caller) + " is connecting already";
    }
    if (event.timeout && *event.timeout < Duration::zero()) {
      return "the timeout " + to_string(*event.timeout) + " is negative";
    }
    return std::nullopt;
  }

  Reason operator()(const Connected& event) const { return unless_connecting(event.caller); }
  Reason operator()(const ConnectFailed& event) const { return unless_connecting(event.caller); }
  Reason operator()(const Release& event) const { return unless_leasing(event.caller); }
  Reason operator()(const Invalidate& event) const { return unless_leasing(event.caller); }

  Reason operator()(const Advance& event) const {
    if (event.to < state_.now) {
      return "time would go back from " + to_string(state_.now) + " to " + to_string(event.to);
    }
    if (event.to == kNever) return "time would reach its end";
    return std::nullopt;
  }

 private:
  Reason unless_connecting(CallerId caller) const {
    if (is_connecting(state_, caller)) return std::nullopt;
    return to_string(caller) + " is not connecting";
  }

  Reason unless_leasing(CallerId caller) const {
    if (state_.out.contains(caller)) return std::nullopt;
    return to_string(caller) + " has no lease";
  }

  const State& state_;
};

// One step in the making: an operator() an event, built from the three moves of a slot below.
class Stepper {
 public:
  Stepper(const PoolConfig& config, const State& before) : config_(config), state_(before) {}

  void operator()(const Acquire& event) {
    const Waiter newcomer{event.caller, deadline(event, state_.now)};
    if (state_.waiters.empty() && !state_.idle.empty()) {
      const Slot longest_idle = state_.idle.front();
      state_.idle.pop_front();
      give(longest_idle, SlotOrigin::pooled, newcomer);
    } else if (state_.waiters.empty() && has_room()) {
      give(Slot{}, SlotOrigin::fresh, newcomer);
    } else if (event.timeout == Duration::zero()) {
      answer(TimedOut{event.caller});
    } else {
      state_.waiters.push_back(newcomer);
    }
  }

  void operator()(const Connected& event) {
    const Opening opened = take_opening(event.caller);
    const Connection connection{take_next_id(), opened.began};
    state_.out.emplace(event.caller, Slot{connection});
    answer(Granted{event.caller, connection.id});
  }

  void operator()(const ConnectFailed& event) {
    const Opening failed = take_opening(event.caller);
    answer(ConnectionError{event.caller});
    give_up(failed);
  }

  void operator()(const Release& event) {
    const Slot slot = state_.out.extract(event.caller).mapped();
    put_back(slot);
  }

  void operator()(const Invalidate& event) { close(state_.out.at(event.caller)); }

  void operator()(const Advance& event) {
    while (expire_first_due(event.to)) {
    }
    state_.now = event.to;
  }

  Step finish() && { return {std::move(state_), std::move(answers_)}; }

 private:
  // A slot to a caller who has asked for one: a lease at once, or after a connect in this slot.
  void give(Slot slot, SlotOrigin origin, const Waiter& taker) {
    if (slot.connection && is_too_old(*slot.connection)) close(slot);
    if (slot.connection) {
      state_.out.emplace(taker.caller, slot);
      answer(Granted{taker.caller, slot.connection->id});
    } else {
      state_.opening.push_back({taker.caller, taker.deadline, state_.now, origin});
      answer(OpenConnection{taker.caller});
    }
  }

  // A pooled slot comes back: to the first waiter, else to the idle, else it vanishes.
  void put_back(Slot slot) {
    if (!state_.waiters.empty()) {
      give(slot, SlotOrigin::pooled, take_first_waiter());
    } else if (const auto limit = idle_limit(config_);
               !limit || state_.idle.size() < static_cast<std::size_t>(*limit)) {
      state_.idle.push_back(slot);
    } else {
      close(slot);
    }
  }

  // The slot of a connect that came to nothing. A fresh one vanishes, and that is capacity again:
  // unless the first waiter gets it here, it sleeps beside it (QueuePool's lost wake-up R2).
  void give_up(const Opening& opening) {
    if (opening.origin == SlotOrigin::pooled) {
      put_back(Slot{});
    } else if (!state_.waiters.empty()) {
      give(Slot{}, SlotOrigin::fresh, take_first_waiter());
    }
  }

  // Ends the acquire whose deadline comes first, at the instant of that deadline. Of equal ones
  // it is the earliest arrival's: min_element finds the first, and whoever connects has arrived
  // before whoever waits. False if none is due by `to`.
  bool expire_first_due(Time to) {
    const auto opening = std::ranges::min_element(state_.opening, {}, &Opening::deadline);
    const auto waiter = std::ranges::min_element(state_.waiters, {}, &Waiter::deadline);
    const Time opening_due = opening == state_.opening.end() ? kNever : opening->deadline;
    const Time waiter_due = waiter == state_.waiters.end() ? kNever : waiter->deadline;
    if (std::min(opening_due, waiter_due) > to) return false;

    if (opening_due <= waiter_due) {
      state_.now = opening_due;
      const Opening expired = take_opening(opening->caller);
      answer(AbandonConnect{expired.caller});
      answer(TimedOut{expired.caller});
      give_up(expired);
    } else {
      state_.now = waiter_due;
      answer(TimedOut{waiter->caller});
      state_.waiters.erase(waiter);
    }
    return true;
  }

  // Leaves the slot EMPTY.
  void close(Slot& slot) {
    if (!slot.connection) return;
    answer(CloseConnection{slot.connection->id});
    slot.connection.reset();
  }

  Opening take_opening(CallerId caller) {
    const auto found = std::ranges::find(state_.opening, caller, &Opening::caller);
    const Opening taken = *found;
    state_.opening.erase(found);
    return taken;
  }

  Waiter take_first_waiter() {
    const Waiter first = state_.waiters.front();
    state_.waiters.pop_front();
    return first;
  }

  ConnectionId take_next_id() {
    const auto next = static_cast<std::uint32_t>(state_.next_connection);
    return std::exchange(state_.next_connection, ConnectionId{next + 1});
  }

  bool has_room() const {
    const auto limit = capacity(config_);
    return !limit || slots(state_) < static_cast<std::size_t>(*limit);
  }

  bool is_too_old(const Connection& connection) const {
    return config_.recycle && state_.now - connection.born > *config_.recycle;
  }

  void answer(const Answer& answer) { answers_.push_back(answer); }

  const PoolConfig& config_;
  State state_;
  std::vector<Answer> answers_;
};

// Misuse is a mistake of whoever drives the model, never an outcome to be judged.
void require_none(const std::optional<std::string>& complaint) {
  if (!complaint) return;
  std::fprintf(stderr, "poolproof model misused: %s\n", complaint->c_str());
  std::abort();
}

std::string text(const Slot& slot) {
  if (!slot.connection) return "empty";
  return to_string(slot.connection->id) + " born " + to_string(slot.connection->born);
}

}  // namespace

State initial(const PoolConfig& config) {
  require_none(problem(config));
  return {};
}

std::size_t slots(const State& state) {
  return state.idle.size() + state.out.size() + state.opening.size();
}

std::optional<std::string> illegal(const PoolConfig& /*no option forbids an event*/,
                                   const State& state, const Event& event) {
  return std::visit(Objection(state), event);
}

Step step(const PoolConfig& config, const State& state, const Event& event) {
  require_none(illegal(config, state, event));
  Stepper stepper(config, state);
  std::visit(stepper, event);
  return std::move(stepper).finish();
}

std::string to_string(const State& state) {
  std::string line = "at " + to_string(state.now);
  for (const Slot& slot : state.idle) line += "; idle: " + text(slot);
  for (const auto& [caller, slot] : state.out) {
    line += "; out: " + to_string(caller) + " with " + text(slot);
  }
  for (const Opening& opening : state.opening) {
    line += "; connecting: " + to_string(opening.caller) + " until " + to_string(opening.deadline);
  }
  for (const Waiter& waiter : state.waiters) {
    line += "; waiting: " + to_string(waiter.caller) + " until " + to_string(waiter.deadline);
  }
  return line;
}

}  // namespace poolproof::model
