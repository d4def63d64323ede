// What every move of the profile strict is written in: the state in the making, its connections and
// waiters, and the answers so far. Inside model/ only.
#pragma once

#include <algorithm>
#include <limits>
#include <utility>

#include "model/pool_model.hpp"

namespace poolproof::model {

class StrictBooks {
 protected:
  using Waiters = std::deque<Waiter>;

  StrictBooks(const PoolConfig& config, const State& before, const Failures& failures)
      : config_(config), failures_(failures), state_(before) {}

  // ---- Connections ----

  // Leaves the slot EMPTY.
  void close(Slot& slot) {
    if (!slot.connection) return;
    call(Hook::close, slot.connection->id);
    answer(CloseConnection{slot.connection->id});
    slot.connection.reset();
  }

  void close_idle() {
    for (Slot& slot : state_.idle) close(slot);
    state_.idle.clear();
  }

  void retire_generation() {
    const auto retire = [](Slot& slot) {
      if (slot.connection) slot.connection->retired = true;
    };
    for (Slot& slot : state_.idle) retire(slot);
    for (auto& [caller, slot] : state_.out) retire(slot);
    for (Preparing& each : state_.preparing) {
      retire(each.slot);
      each.retired = true;
    }
  }

  bool must_be_replaced(const Connection& connection) const {
    return connection.retired || (config_.recycle && state_.now - connection.born >
                                                         *config_.recycle - connection.less_life);
  }

  ConnectionId take_next_id() {
    const auto next = static_cast<std::uint32_t>(state_.next_connection);
    return std::exchange(state_.next_connection, ConnectionId{next + 1});
  }

  // ---- Waiters ----

  Waiters::iterator waiting(CallerId caller) {
    return std::ranges::find(state_.waiters, caller, &Waiter::caller);
  }

  bool is_impatient(const Waiter& waiter) const {
    return state_.now - waiter.since >= config_.patience;
  }

  bool first_is_impatient() const {
    return !state_.waiters.empty() && is_impatient(state_.waiters.front());
  }

  std::size_t impatient_among(std::size_t first_waiters) const {
    const auto end = state_.waiters.begin() + static_cast<std::ptrdiff_t>(first_waiters);
    return static_cast<std::size_t>(
        std::count_if(state_.waiters.begin(), end,
                      [this](const Waiter& waiter) { return is_impatient(waiter); }));
  }

  // Slots that are there to be taken: idle, or not made yet.
  std::size_t available() const {
    const auto limit = capacity(config_);
    if (!limit) return std::numeric_limits<std::size_t>::max();
    return state_.idle.size() + static_cast<std::size_t>(*limit) - slots(state_);
  }

  // Tells as many waiters as there is something for to look again. With patience 0 there never is:
  // what comes back is handed on.
  void notify() {
    std::size_t left = available();
    for (Waiter& waiter : state_.waiters) left -= std::min<std::size_t>(left, waiter.notified);
    for (Waiter& waiter : state_.waiters) {
      if (waiter.notified) continue;
      if (left == 0) return;
      waiter.notified = true;
      --left;
    }
  }

  Preparing take_first_waiter() {
    const Waiter first = state_.waiters.front();
    state_.waiters.pop_front();
    return {first.caller, first.deadline, {}, state_.now, SlotOrigin::fresh};
  }

  Preparing take_preparing(CallerId caller) {
    const auto found = std::ranges::find(state_.preparing, caller, &Preparing::caller);
    Preparing taken = *found;
    state_.preparing.erase(found);
    return taken;
  }

  // ---- Answers ----

  // False if it throws. Where that is not asked, what it announces happens all the same.
  bool call(Hook hook, std::optional<ConnectionId> connection) {
    answer(HookCalled{hook, connection});
    return !failures_.hooks.contains(hook);
  }

  void answer(const Answer& answer) { answers_.push_back(answer); }

  const PoolConfig& config_;
  const Failures& failures_;
  State state_;
  std::vector<Answer> answers_;
};

}  // namespace poolproof::model
