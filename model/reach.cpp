#include "model/reach.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "model/canonical.hpp"

namespace poolproof::model {
namespace {

std::set<LawId> all_laws() {
  std::set<LawId> laws;
  for (const Law& law : model_laws()) laws.insert(law.id);
  return laws;
}

// What of all that the step did could have failed: one thing at a time.
std::vector<Failures> failures_in(const Step& step) {
  std::set<Hook> called;
  bool resets = false;
  for (const Answer& answer : step.answers) {
    if (const auto* hook = std::get_if<HookCalled>(&answer)) called.insert(hook->hook);
    resets |= std::holds_alternative<ResetConnection>(answer);
  }
  std::vector<Failures> failures;
  failures.reserve(called.size() + 3);
  for (const Hook hook : called) failures.push_back({.hooks = {hook}});
  if (called.contains(Hook::checkout)) {
    for (const Disconnected says : {Disconnected::this_one, Disconnected::all}) {
      failures.push_back({.hooks = {Hook::checkout}, .checkout_says = says});
    }
  }
  if (resets) failures.push_back({.reset = true});
  return failures;
}

// An event of a representative as it is in a state that this one represents.
struct AsIn {
  const State& state;
  std::vector<CallerId> callers;  // by their number in the representative

  template <class E>
  Event operator()(E event) const {
    if constexpr (requires { event.caller; }) {
      event.caller = callers[static_cast<std::size_t>(event.caller)];
    }
    if constexpr (requires { event.to; }) event.to += state.now - Time{};
    return event;
  }
};

class Walk {
 public:
  Walk(const Scope& scope, StepFunction step)
      : scope_(scope),
        step_(step),
        laws_(scope.laws.empty() ? all_laws() : scope.laws),
        tick_(tick_of(scope.config)),
        canonical_(scope.config) {}

  Reached run() {
    visit(initial(scope_.config), kNone, {}, 0);
    for (std::size_t at = 0; at < states_.size(); ++at) {
      if (!follow_all(at)) return finish(false);
    }
    return finish(true);
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // How a state was reached first, which is by a shortest path.
  struct Origin {
    std::size_t parent;
    Move move;
    std::size_t depth;
  };

  // All that may happen, legal or not: few enough to try each.
  [[nodiscard]] std::vector<Event> events() const {
    const bool strict = scope_.config.profile == Profile::strict;
    std::vector<Event> events;
    for (int i = 0; i < scope_.callers; ++i) {
      const CallerId caller{static_cast<std::uint32_t>(i)};
      events.push_back(Acquire{caller, scope_.config.timeout});
      if (strict && scope_.config.timeout != Duration::zero()) {
        events.push_back(Acquire{caller, Duration::zero()});
      }
      events.insert(events.end(), {Connected{caller}, ConnectFailed{caller}, PingSucceeded{caller},
                                   PingFailed{caller}, Release{caller}});
      for (const auto how : {Invalidation::hard, Invalidation::soft, Invalidation::generation}) {
        events.push_back(Invalidate{caller, how});
      }
      events.insert(events.end(), {Detach{caller}, Cancel{caller}, Wake{caller}});
    }
    if (scope_.upkeep) add_upkeep(events);
    events.insert(events.end(), {Dispose{}, Close{}});
    if (tick_ > Duration::zero()) events.push_back(Advance{Time(tick_)});
    return events;
  }

  void add_upkeep(std::vector<Event>& events) const {
    const PoolConfig& config = scope_.config;
    for (int i = 0; i < scope_.callers; ++i) {
      const CallerId caller{static_cast<std::uint32_t>(i)};
      events.insert(events.end(), {Maintain{caller}, WarmUp{caller, 1}, Drain{caller, std::nullopt},
                                   Drain{caller, config.timeout}});
      if (config.recycle_jitter > Duration::zero()) {
        events.push_back(Connected{caller, config.recycle_jitter});
      }
    }
  }

  // False when the walk is over before its end. What breaks without a failure is told rather than
  // what breaks with one.
  bool follow_all(std::size_t at) {
    std::vector<Move> failing;
    for (const Event& event : events()) {
      if (illegal(scope_.config, states_[at]->first, event)) continue;
      const auto* acquire = std::get_if<Acquire>(&event);
      if (acquire && states_[at]->first.shared.contains(acquire->caller)) continue;
      const Step smooth = step_(scope_.config, states_[at]->first, event, {});
      for (const Failures& failures : failures_in(smooth)) failing.push_back({event, failures});
      if (!follow(at, {event, {}})) return false;
    }
    return std::ranges::all_of(failing, [&](const Move& move) { return follow(at, move); });
  }

  bool follow(std::size_t at, const Move& move) {
    if (scope_.may_happen && !scope_.may_happen(move)) return true;
    const State& before = states_[at]->first;
    Step step = step_(scope_.config, before, move.event, move.failures);
    ++reached_.transitions;
    const Transition transition{scope_.config, before, move.event, std::move(step), move.failures};
    if (const auto law = broken_law(transition, laws_)) {
      reached_.violation = {*law, path_to(at, move)};
      return false;
    }
    const std::size_t to = visit(transition.step.after, at, move, origins_[at].depth + 1);
    if (scope_.followed) scope_.followed({at, move, transition.step, to});
    return states_.size() <= scope_.most_states;
  }

  std::size_t visit(const State& state, std::size_t parent, const Move& move, std::size_t depth) {
    const auto [entry, fresh] = index_.emplace(canonical_(state), states_.size());
    if (!fresh) return entry->second;
    if (scope_.visited) scope_.visited(entry->first);
    states_.push_back(entry);
    origins_.push_back({parent, move, depth});
    reached_.depth = std::max(reached_.depth, depth);
    return entry->second;
  }

  [[nodiscard]] std::vector<Move> path_to(std::size_t at, const Move& last) const {
    std::vector<Move> path{last};
    for (; origins_[at].parent != kNone; at = origins_[at].parent) {
      path.push_back(origins_[at].move);
    }
    std::reverse(path.begin(), path.end());
    return retold(scope_, std::move(path), step_);
  }

  Reached finish(bool complete) {
    reached_.states = states_.size();
    reached_.complete = complete;
    return std::move(reached_);
  }

  using Index = std::map<State, std::size_t>;

  const Scope& scope_;
  const StepFunction step_;
  const std::set<LawId> laws_;
  const Duration tick_;
  const Canonical canonical_;
  Index index_;
  std::vector<Index::const_iterator> states_;  // in the order in which they were found
  std::vector<Origin> origins_;
  Reached reached_;
};

}  // namespace

Reached reach(const Scope& scope, StepFunction step) { return Walk(scope, step).run(); }

std::vector<Move> retold(const Scope& scope, std::vector<Move> moves, StepFunction step) {
  State state = initial(scope.config);
  for (Move& move : moves) {
    move.event = std::visit(AsIn{state, Canonical::order(state, scope.callers)}, move.event);
    state = step(scope.config, state, move.event, move.failures).after;
  }
  return moves;
}

std::string to_string(const Move& move) {
  const std::string failures = to_string(move.failures);
  return to_string(move.event) + (failures.empty() ? "" : ", " + failures);
}

}  // namespace poolproof::model
