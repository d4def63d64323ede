// What a pool does between leases: it rests after a failed connect, closes what is over, opens what
// is missing, and ends when the last lease is back. Inside model/ only.
#pragma once

#include <algorithm>

#include "model/strict_classes.hpp"

namespace poolproof::model {

class StrictUpkeep : protected StrictClasses {
 protected:
  using StrictClasses::StrictClasses;

  // ---- Back-off ----

  bool rests() const { return state_.pause != Duration::zero() && state_.now < state_.not_before; }

  void connect_succeeded() { state_.pause = Duration::zero(), state_.not_before = Time{}; }

  // Those who were connecting all along are one failure.
  void connect_failed(Duration less_pause) {
    const Duration pause = next_pause(config_, state_);
    if (pause == Duration::zero()) return;
    state_.pause = pause;
    state_.not_before = state_.now + pause - less_pause;
  }

  // ---- What is idle ----

  std::size_t open_and_idle() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        state_.idle, [](const Slot& slot) { return slot.connection.has_value(); }));
  }

  // In the order in which they would be taken next. min_idle counts those that stay.
  void close_what_is_over() {
    const auto keep = static_cast<std::size_t>(config_.min_idle);
    std::size_t spare = open_and_idle() - std::min(open_and_idle(), keep);
    std::deque<Slot> staying;
    const auto judge = [&](Slot& slot) {
      if (slot.connection && is_over(slot, spare)) return close(slot), false;
      return true;
    };
    if (config_.use_lifo && !has_owners()) {
      for (auto slot = state_.idle.rbegin(); slot != state_.idle.rend(); ++slot) {
        if (judge(*slot)) staying.push_front(*slot);
      }
    } else {
      for (Slot& slot : state_.idle) {
        if (judge(slot)) staying.push_back(slot);
      }
    }
    state_.idle = std::move(staying);
  }

  // Where the slot comes from in which one more is to be opened, for nobody; nullopt if `count` are
  // idle, there is no room to keep one more, or somebody waits: he will open what he needs.
  std::optional<SlotOrigin> take_to_open(int count) {
    if (state_.closed || !state_.waiters.empty()) return std::nullopt;
    if (open_and_idle() >= static_cast<std::size_t>(count)) return std::nullopt;
    const auto empty = std::ranges::find_if(
        state_.idle, [](const Slot& slot) { return !slot.connection.has_value(); });
    if (empty != state_.idle.end()) {
      state_.idle.erase(empty);
      return SlotOrigin::pooled;
    }
    const auto limit = idle_limit(config_);
    const bool may_stay = !limit || slots(state_) < static_cast<std::size_t>(*limit);
    if (!may_stay || !has_room(config_, state_)) return std::nullopt;
    return SlotOrigin::fresh;
  }

  // ---- The end ----

  void tell_who_drains() {
    if (!state_.closed || slots(state_) > 0 || !state_.detached.empty()) return;
    for (const Draining& each : state_.draining) answer(Done{each.caller});
    state_.draining.clear();
  }

 private:
  bool is_over(const Slot& slot, std::size_t& spare) const {
    if (must_be_replaced(*slot.connection)) return true;
    if (!config_.idle_timeout || state_.now - slot.idle_since <= *config_.idle_timeout) {
      return false;
    }
    return spare > 0 && spare-- > 0;
  }
};

}  // namespace poolproof::model
