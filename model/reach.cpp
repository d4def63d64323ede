#include "model/reach.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace poolproof::model {
namespace {

// Zero if nothing in the scope takes time.
Duration tick_of(const PoolConfig& config) {
  const auto longest_common = std::gcd(config.timeout.value_or(Duration::zero()).count(),
                                       config.recycle.value_or(Duration::zero()).count());
  return Duration(longest_common > 1 ? longest_common / 2 : longest_common);
}

// The representative of all states that have the same future.
class Canonical {
 public:
  Canonical(const PoolConfig& config, Duration tick) : config_(config), tick_(tick) {}

  State operator()(State state) const {
    std::uint32_t next = 1;
    for (Slot& slot : state.idle) rename(slot, next, state.now);
    for (auto& [caller, slot] : state.out) rename(slot, next, state.now);
    for (Opening& opening : state.opening) {
      opening.deadline = from_now(opening.deadline, state.now);
      opening.began = born_from_now(opening.began, state.now);
    }
    for (Waiter& waiter : state.waiters) waiter.deadline = from_now(waiter.deadline, state.now);
    state.next_connection = ConnectionId{next};
    state.now = Time{};
    return state;
  }

 private:
  void rename(Slot& slot, std::uint32_t& next, Time now) const {
    if (!slot.connection) return;
    slot.connection = Connection{ConnectionId{next++}, born_from_now(slot.connection->born, now)};
  }

  static Time from_now(Time when, Time now) { return when == kNever ? kNever : Time(when - now); }

  // Without recycle no age matters; with it, none beyond the first tick that is too old.
  [[nodiscard]] Time born_from_now(Time born, Time now) const {
    if (!config_.recycle) return Time{};
    return Time(-std::min(now - born, *config_.recycle + tick_));
  }

  const PoolConfig& config_;
  const Duration tick_;
};

class Walk {
 public:
  Walk(const Scope& scope, StepFunction step)
      : scope_(scope), step_(step), tick_(tick_of(scope.config)), canonical_(scope.config, tick_) {}

  Reached run() {
    visit(initial(scope_.config), kNone, {}, 0);
    for (std::size_t at = 0; at < states_.size(); ++at) {
      for (const Event& event : events()) {
        if (illegal(scope_.config, states_[at]->first, event)) continue;
        if (!follow(at, event)) return finish(false);
      }
    }
    return finish(true);
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // How a state was reached first, which is by a shortest path.
  struct Origin {
    std::size_t parent;
    Event event;
    std::size_t depth;
  };

  // All that may happen, legal or not: few enough to try each.
  [[nodiscard]] std::vector<Event> events() const {
    std::vector<Event> events;
    for (int i = 0; i < scope_.callers; ++i) {
      const CallerId caller{static_cast<std::uint32_t>(i)};
      events.push_back(Acquire{caller, scope_.config.timeout});
      if (scope_.config.timeout != Duration::zero()) {
        events.push_back(Acquire{caller, Duration::zero()});
      }
      events.push_back(Connected{caller});
      events.push_back(ConnectFailed{caller});
      events.push_back(Release{caller});
      events.push_back(Invalidate{caller});
    }
    if (tick_ > Duration::zero()) events.push_back(Advance{Time(tick_)});
    return events;
  }

  // False when the walk is over before its end.
  bool follow(std::size_t at, const Event& event) {
    const State& before = states_[at]->first;
    Step step = step_(scope_.config, before, event);
    ++reached_.transitions;
    if (const auto law = broken_law({scope_.config, before, event, step})) {
      reached_.violation = {*law, path_to(at)};
      reached_.violation->path.push_back(event);
      return false;
    }
    visit(std::move(step.after), at, event, origins_[at].depth + 1);
    return states_.size() <= scope_.most_states;
  }

  void visit(State state, std::size_t parent, const Event& event, std::size_t depth) {
    const auto [entry, fresh] = index_.emplace(canonical_(std::move(state)), states_.size());
    if (!fresh) return;
    states_.push_back(entry);
    origins_.push_back({parent, event, depth});
    reached_.depth = std::max(reached_.depth, depth);
  }

  [[nodiscard]] std::vector<Event> path_to(std::size_t at) const {
    std::vector<Event> path;
    for (; origins_[at].parent != kNone; at = origins_[at].parent) {
      path.push_back(origins_[at].event);
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

  Reached finish(bool complete) {
    reached_.states = states_.size();
    reached_.complete = complete;
    return std::move(reached_);
  }

  using Index = std::map<State, std::size_t>;

  const Scope& scope_;
  const StepFunction step_;
  const Duration tick_;
  const Canonical canonical_;
  Index index_;
  std::vector<Index::const_iterator> states_;  // in the order in which they were found
  std::vector<Origin> origins_;
  Reached reached_;
};

}  // namespace

Reached reach(const Scope& scope, StepFunction step) { return Walk(scope, step).run(); }

}  // namespace poolproof::model
