// What both profiles share: what a state is at first, which events can happen in it, how it counts
// and how it reads. The transition functions are strict.cpp and queue_pool.cpp.
#include "model/pool_model.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "model/profiles.hpp"

namespace poolproof::model {
namespace {

// Null if that caller is not in the list.
template <class List>
const typename List::value_type* find(const List& list, CallerId caller) {
  const auto found = std::ranges::find(list, caller, &List::value_type::caller);
  return found == list.end() ? nullptr : &*found;
}

std::string text(const Connection& connection) {
  return to_string(connection.id) + " born " + to_string(connection.born) +
         (connection.retired ? " (retired)" : "");
}

std::string text(const Slot& slot) { return slot.connection ? text(*slot.connection) : "empty"; }

// Why an event is illegal, if it is.
class Objection {
 public:
  using Reason = std::optional<std::string>;

  Objection(const PoolConfig& config, const State& state) : config_(config), state_(state) {}

  Reason operator()(const Acquire& event) const {
    const bool again = shares(config_) && state_.out.contains(event.caller);
    auto busy = what_keeps_busy(event.caller);
    if (busy && !again) return busy;
    if (event.timeout && *event.timeout < Duration::zero()) {
      return "the timeout " + to_string(*event.timeout) + " is negative";
    }
    if (is_queue_pool() && event.timeout != config_.timeout) {
      return std::string("QueuePool has one timeout for all");
    }
    return std::nullopt;
  }

  Reason operator()(const Cancel& event) const {
    if (is_queue_pool()) return std::string("QueuePool knows no cancelling");
    const Preparing* preparing = find(state_.preparing, event.caller);
    if (find(state_.waiters, event.caller) || (preparing && preparing->opens == 0)) {
      return std::nullopt;
    }
    return to_string(event.caller) + " is not acquiring";
  }

  Reason operator()(const Wake& event) const {
    const Waiter* waiter = find(state_.waiters, event.caller);
    if (!waiter) return to_string(event.caller) + " does not wait";
    const bool is_late = is_queue_pool() && waiter->deadline <= state_.now;
    if (waiter->notified || is_late) return std::nullopt;
    return to_string(event.caller) + " has no reason to wake";
  }

  Reason operator()(const Release& event) const {
    if (state_.detached.contains(event.caller)) return std::nullopt;
    return unless_leasing(event.caller);
  }
  Reason operator()(const Invalidate& event) const { return unless_leasing(event.caller); }
  Reason operator()(const Detach& event) const {
    if (auto reason = unless_leasing(event.caller)) return reason;
    if (state_.out.at(event.caller).connection) return std::nullopt;
    return to_string(event.caller) + " has no connection to detach";
  }

  Reason operator()(const Dispose&) const { return std::nullopt; }
  Reason operator()(const Close&) const {
    if (is_queue_pool()) return std::string("QueuePool is never closed");
    return std::nullopt;
  }

  Reason operator()(const Maintain& event) const { return unless_at_leisure(event.caller); }
  Reason operator()(const WarmUp& event) const { return unless_at_leisure(event.caller); }
  Reason operator()(const Drain& event) const { return unless_at_leisure(event.caller); }

  Reason operator()(const Connected& event) const {
    if (event.less_life < Duration::zero() || event.less_life > config_.recycle_jitter) {
      return std::string("less_life is not within recycle_jitter");
    }
    return unless_connecting(event.caller);
  }
  Reason operator()(const ConnectFailed& event) const {
    if (event.less_pause < Duration::zero() || event.less_pause > next_pause(config_, state_) / 4) {
      return std::string("less_pause is more than a quarter of the pause");
    }
    return unless_connecting(event.caller);
  }
  Reason operator()(const PingSucceeded& event) const { return unless_pinging(event.caller); }
  Reason operator()(const PingFailed& event) const { return unless_pinging(event.caller); }

  Reason operator()(const Advance& event) const {
    if (event.to < state_.now) {
      return "time would go back from " + to_string(state_.now) + " to " + to_string(event.to);
    }
    if (event.to == kNever) return std::string("time would reach its end");
    return std::nullopt;
  }

 private:
  bool is_queue_pool() const { return config_.profile == Profile::sqlalchemy; }

  Reason what_keeps_busy(CallerId caller) const {
    if (state_.out.contains(caller)) return to_string(caller) + " has a lease already";
    if (state_.detached.contains(caller)) return to_string(caller) + " has a detached connection";
    if (find(state_.waiters, caller)) return to_string(caller) + " waits already";
    if (find(state_.draining, caller)) return to_string(caller) + " drains the pool";
    if (const Preparing* preparing = find(state_.preparing, caller)) {
      return to_string(caller) +
             (preparing->slot.connection ? " is pinging already" : " is connecting already");
    }
    return std::nullopt;
  }

  Reason unless_at_leisure(CallerId caller) const {
    if (is_queue_pool()) return std::string("QueuePool has no upkeep");
    return what_keeps_busy(caller);
  }

  Reason unless_connecting(CallerId caller) const {
    const Preparing* preparing = find(state_.preparing, caller);
    if (preparing && !preparing->slot.connection) return std::nullopt;
    return to_string(caller) + " is not connecting";
  }

  Reason unless_pinging(CallerId caller) const {
    const Preparing* preparing = find(state_.preparing, caller);
    if (preparing && preparing->slot.connection) return std::nullopt;
    return to_string(caller) + " is not pinging";
  }

  Reason unless_leasing(CallerId caller) const {
    if (state_.out.contains(caller)) return std::nullopt;
    return to_string(caller) + " has no lease";
  }

  const PoolConfig& config_;
  const State& state_;
};

// Misuse is a mistake of whoever drives the model, never an outcome to be judged.
void require_none(const std::optional<std::string>& complaint) {
  if (!complaint) return;
  std::fprintf(stderr, "poolproof model misused: %s\n", complaint->c_str());
  std::abort();
}

}  // namespace

State initial(const PoolConfig& config) {
  require_none(problem(config));
  State state;
  if (config.profile == Profile::sqlalchemy) {
    state.overflow = -config.pool_size;
    state.invalidated = Time{} - Duration{1};  // before all that is ever born
  }
  return state;
}

std::size_t slots(const State& state) {
  return state.idle.size() + state.out.size() + state.preparing.size();
}

bool has_room(const PoolConfig& config, const State& state) {
  if (state.closed) return false;
  if (config.profile == Profile::sqlalchemy) {
    return config.max_overflow == -1 || state.overflow < config.max_overflow;
  }
  const auto limit = capacity(config);
  return !limit || slots(state) < static_cast<std::size_t>(*limit);
}

Duration next_pause(const PoolConfig& config, const State& state) {
  const bool rests = state.pause != Duration::zero() && state.now < state.not_before;
  if (rests || state.pause == Duration::zero()) {
    return rests ? Duration::zero() : config.connect_backoff;
  }
  return std::min(std::max(kMostBackoff, config.connect_backoff), 2 * state.pause);
}

std::optional<std::string> illegal(const PoolConfig& config, const State& state,
                                   const Event& event) {
  return std::visit(Objection(config, state), event);
}

Step step(const PoolConfig& config, const State& state, const Event& event,
          const Failures& failures) {
  require_none(illegal(config, state, event));
  return config.profile == Profile::strict ? strict_step(config, state, event, failures)
                                           : queue_pool_step(config, state, event, failures);
}

Status status(const PoolConfig& config, const State& state) {
  const auto idle = static_cast<int>(state.idle.size());
  Status status{.size = static_cast<int>(slots(state)),
                .idle = idle,
                .checked_out = static_cast<int>(slots(state)) - idle,
                .waiting = static_cast<int>(state.waiters.size()),
                .detached = static_cast<int>(state.detached.size())};
  if (config.profile == Profile::sqlalchemy) {
    status.size = config.pool_size;
    status.overflow = state.overflow;
    status.checked_out = config.pool_size - idle + state.overflow;
  } else if (const auto limit = idle_limit(config)) {
    status.overflow = std::max(0, status.size - *limit);
  }
  return status;
}

std::string to_string(const State& state) {
  std::string line = "at " + to_string(state.now);
  for (const Slot& slot : state.idle) line += "; idle: " + text(slot);
  for (const auto& [caller, slot] : state.out) {
    line += "; out: " + to_string(caller) + " with " + text(slot);
  }
  for (const auto& [caller, connection] : state.detached) {
    line += "; detached: " + to_string(caller) + " with " + text(connection);
  }
  for (const Preparing& each : state.preparing) {
    line += (each.slot.connection ? "; pinging: " : "; connecting: ") + to_string(each.caller) +
            " until " + to_string(each.deadline);
  }
  for (const Waiter& waiter : state.waiters) {
    line += "; waiting: " + to_string(waiter.caller) + " until " + to_string(waiter.deadline) +
            (waiter.notified ? " (notified)" : "");
  }
  for (const auto& [caller, leases] : state.shared) {
    line += "; " + to_string(caller) + " shares " + std::to_string(leases + 1) + " leases";
  }
  for (const Draining& each : state.draining) line += "; draining: " + to_string(each.caller);
  if (state.pause != Duration::zero()) {
    line += "; no connect before " + to_string(state.not_before);
  }
  if (state.closed) line += "; closed";
  return line;
}

}  // namespace poolproof::model
