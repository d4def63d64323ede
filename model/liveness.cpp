#include "model/liveness.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "model/canonical.hpp"

namespace poolproof::model {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};
// Two numbers each.
constexpr std::size_t kMostNodes = 100'000'000;

// All orders of so many callers, by number.
class Orders {
 public:
  using Order = std::vector<std::uint16_t>;

  explicit Orders(int callers) {
    Order order(static_cast<std::size_t>(callers));
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    do {
      numbers_.emplace(order, static_cast<std::uint32_t>(orders_.size()));
      orders_.push_back(order);
    } while (std::ranges::next_permutation(order).found);
    const std::size_t count = orders_.size();
    products_.resize(count * count);
    for (std::uint32_t a = 0; a < count; ++a) {
      for (std::uint32_t b = 0; b < count; ++b) products_[a * count + b] = composed(a, b);
    }
  }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(orders_.size()); }
  [[nodiscard]] const Order& operator[](std::uint32_t number) const { return orders_[number]; }
  [[nodiscard]] std::uint32_t number_of(const Order& order) const { return numbers_.at(order); }
  // First `then`, and `order` of what that gives.
  [[nodiscard]] std::uint32_t product(std::uint32_t order, std::uint32_t then) const {
    return products_[order * count() + then];
  }

 private:
  [[nodiscard]] std::uint32_t composed(std::uint32_t order, std::uint32_t then) const {
    Order result(orders_[order].size());
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = orders_[order][orders_[then][i]];
    }
    return numbers_.at(result);
  }

  std::vector<Order> orders_;
  std::map<Order, std::uint32_t> numbers_;
  std::vector<std::uint32_t> products_;
};

// What fairness is about: a kind of step, and whose it is.
enum class Kind : std::uint8_t { answer, give_back, look, time, other };

struct Action {
  Kind kind = Kind::other;
  std::uint8_t caller = 0;
};

struct KindOf {
  Action operator()(const Connected& e) const { return of(Kind::answer, e.caller); }
  Action operator()(const ConnectFailed& e) const { return of(Kind::answer, e.caller); }
  Action operator()(const PingSucceeded& e) const { return of(Kind::answer, e.caller); }
  Action operator()(const PingFailed& e) const { return of(Kind::answer, e.caller); }
  Action operator()(const Release& e) const { return of(Kind::give_back, e.caller); }
  Action operator()(const Wake& e) const { return of(Kind::look, e.caller); }
  Action operator()(const Advance&) const { return {Kind::time, 0}; }
  template <class Other>
  Action operator()(const Other&) const {
    return {};
  }

 private:
  static Action of(Kind kind, CallerId caller) { return {kind, static_cast<std::uint8_t>(caller)}; }
};

bool is_fault(const Move& move) {
  const auto* const invalidates = std::get_if<Invalidate>(&move.event);
  return move.failures != Failures{} || std::holds_alternative<Dispose>(move.event) ||
         std::holds_alternative<PingFailed>(move.event) ||
         (invalidates != nullptr && invalidates->how == Invalidation::generation);
}

class Liveness {
 public:
  Liveness(Scope scope, const Fairness& fairness, StepFunction step)
      : scope_(std::move(scope)), fairness_(fairness), step_(step), orders_(scope_.callers) {}

  Lively run() {
    if (!walk()) return std::move(result_);
    const std::size_t nodes = states_.size() * orders_.count();
    if (nodes > kMostNodes) return std::move(result_);
    index_.assign(nodes, kNone);
    low_.assign(nodes, kNone);
    for (std::uint32_t node = 0; node < nodes; ++node) {
      if (index_[node] != kNone || !tracked(node)) continue;
      if (search(node)) return std::move(result_);
    }
    result_.complete = true;
    return std::move(result_);
  }

 private:
  struct Arc {
    std::uint32_t to;
    std::uint32_t order;  // of its callers, as callers of where it comes from
    std::uint32_t move;
    Action action;
    bool is_fault;
  };
  struct Place {
    std::vector<Arc> arcs;
    std::uint32_t acquiring = 0;  // a bit for each caller
    std::uint32_t parent = kNone;
    std::uint32_t move = kNone;
  };
  // A state of the search: whose arcs are being tried, and which is next.
  struct Frame {
    std::uint32_t node;
    std::size_t next = 0;
  };

  // ---- the states, and how they lead to each other ----

  bool walk() {
    scope_.laws = {LawId::stuck};  // no step can break it
    scope_.visited = [this](const State& state) {
      Place place;
      for (const Waiter& each : state.waiters) place.acquiring |= bit(each.caller);
      for (const Preparing& each : state.preparing) place.acquiring |= bit(each.caller);
      states_.push_back(std::move(place));
    };
    scope_.followed = [this](const Edge& edge) {
      const std::uint32_t move = number_of(edge.move);
      Place& to = states_[edge.to];
      if (to.parent == kNone && edge.to != 0) {
        to.parent = static_cast<std::uint32_t>(edge.from);
        to.move = move;
      }
      Orders::Order order;
      for (const CallerId caller : Canonical::order(edge.step.after, scope_.callers)) {
        order.push_back(static_cast<std::uint16_t>(caller));
      }
      states_[edge.from].arcs.push_back(
          {static_cast<std::uint32_t>(edge.to), orders_.number_of(order), move,
           std::visit(KindOf{}, edge.move.event), is_fault(edge.move)});
    };
    return reach(scope_, step_).complete;
  }

  static std::uint32_t bit(CallerId caller) { return 1U << static_cast<std::uint32_t>(caller); }

  std::uint32_t number_of(const Move& move) {
    const auto [found, fresh] =
        move_numbers_.emplace(to_string(move), static_cast<std::uint32_t>(moves_.size()));
    if (fresh) moves_.push_back(move);
    return found->second;
  }

  // ---- a state and who is who in it ----

  [[nodiscard]] const Place& place(std::uint32_t node) const {
    return states_[node / orders_.count()];
  }
  // By number in the state, who it is.
  [[nodiscard]] const Orders::Order& names(std::uint32_t node) const {
    return orders_[node % orders_.count()];
  }
  // Whether caller 0 acquires.
  [[nodiscard]] bool tracked(std::uint32_t node) const {
    const Orders::Order& who = names(node);
    const auto number = std::ranges::find(who, 0) - who.begin();
    return (place(node).acquiring >> number & 1U) != 0;
  }
  [[nodiscard]] std::uint32_t after(std::uint32_t node, const Arc& arc) const {
    return arc.to * orders_.count() + orders_.product(node % orders_.count(), arc.order);
  }
  // While the acquire goes on, and what is assumed to stop has stopped.
  [[nodiscard]] bool goes_on(std::uint32_t node, const Arc& arc) const {
    return (!arc.is_fault || fairness_.faults_go_on) && tracked(after(node, arc));
  }

  // ---- fairness ----

  [[nodiscard]] bool is_assumed(Kind kind) const {
    switch (kind) {
      case Kind::answer: return fairness_.servers_answer;
      case Kind::give_back: return fairness_.leases_return;
      case Kind::look: return fairness_.threads_run;
      case Kind::time: return fairness_.time_passes;
      case Kind::other: break;
    }
    return false;
  }
  // A bit for each fair action.
  [[nodiscard]] std::uint32_t fair_bit(std::uint32_t node, const Arc& arc) const {
    if (!is_assumed(arc.action.kind)) return 0;
    const unsigned who = arc.action.kind == Kind::time ? 0 : names(node)[arc.action.caller];
    return 1U << (static_cast<unsigned>(arc.action.kind) * 8 + who);
  }
  [[nodiscard]] std::uint32_t possible(std::uint32_t node) const {
    std::uint32_t bits = 0;
    for (const Arc& arc : place(node).arcs) bits |= fair_bit(node, arc);
    return bits;
  }

  // ---- strongly connected components ----

  // True if somebody starves in one of those that can be reached from there.
  bool search(std::uint32_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const std::uint32_t node = frame.node;
      const auto& arcs = place(node).arcs;
      if (frame.next < arcs.size()) {
        const Arc& arc = arcs[frame.next++];
        if (!goes_on(node, arc)) continue;
        ++result_.transitions;
        const std::uint32_t to = after(node, arc);
        if (index_[to] == kNone) {
          enter(to);
        } else if (is_open(to)) {
          low_[node] = std::min(low_[node], index_[to]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) {
        low_[frames_.back().node] = std::min(low_[frames_.back().node], low_[node]);
      }
      if (low_[node] == index_[node] && starves_in(take_component(node))) return true;
    }
    return false;
  }

  void enter(std::uint32_t node) {
    index_[node] = low_[node] = static_cast<std::uint32_t>(result_.states++);
    open_.push_back(node);
    frames_.push_back({node});
  }

  // Closed ones have no low number any more.
  [[nodiscard]] bool is_open(std::uint32_t node) const { return low_[node] != kNone; }

  std::vector<std::uint32_t> take_component(std::uint32_t root) {
    const auto begin = std::ranges::find(open_.rbegin(), open_.rend(), root).base() - 1;
    std::vector<std::uint32_t> component(begin, open_.end());
    open_.erase(begin, open_.end());
    for (const std::uint32_t node : component) low_[node] = kNone;
    std::ranges::sort(component);
    return component;
  }

  bool starves_in(const std::vector<std::uint32_t>& component) {
    std::uint32_t always = ~std::uint32_t{0};
    std::uint32_t taken = 0;
    bool moves = false;
    for (const std::uint32_t node : component) {
      const std::uint32_t here = possible(node);
      if (here == 0) return tell(node, {});  // nothing needs to happen
      always &= here;
      for (const Arc& arc : place(node).arcs) {
        if (!stays_in(component, node, arc)) continue;
        moves = true;
        taken |= fair_bit(node, arc);
      }
    }
    if (!moves || (always & ~taken) != 0) return false;
    return tell(component.front(), round_trip(component));
  }

  [[nodiscard]] bool stays_in(const std::vector<std::uint32_t>& component, std::uint32_t node,
                              const Arc& arc) const {
    return goes_on(node, arc) && std::ranges::binary_search(component, after(node, arc));
  }

  // ---- the lasso ----

  // From the component's first state through all that makes it fair, and back: for each fair action
  // either it is taken on the way, or a state is passed in which it is impossible.
  std::vector<std::uint32_t> round_trip(const std::vector<std::uint32_t>& component) const {
    std::vector<std::uint32_t> moves;
    const std::uint32_t start = component.front();
    std::uint32_t at = start;
    std::uint32_t missing = possible(start);
    const auto go = [&](const auto& is_goal) {
      for (const auto& [node, arc] : way(component, at, is_goal)) {
        moves.push_back(arc->move);
        at = after(node, *arc);
        missing &= ~fair_bit(node, *arc) & possible(at);
      }
    };
    while (missing != 0) {
      const std::uint32_t wanted = missing & (~missing + 1);
      go([&](std::uint32_t node, const Arc& arc) {
        return fair_bit(node, arc) == wanted || (possible(after(node, arc)) & wanted) == 0;
      });
    }
    if (at != start || moves.empty()) {
      go([&](std::uint32_t node, const Arc& arc) { return after(node, arc) == start; });
    }
    return moves;
  }

  using Steps = std::vector<std::pair<std::uint32_t, const Arc*>>;

  // A shortest way whose last step is a goal. REQUIRES: there is one.
  template <class IsGoal>
  Steps way(const std::vector<std::uint32_t>& component, std::uint32_t from,
            const IsGoal& is_goal) const {
    std::map<std::uint32_t, std::pair<std::uint32_t, const Arc*>> origins;
    std::deque<std::uint32_t> open{from};
    while (true) {
      const std::uint32_t node = open.front();
      open.pop_front();
      for (const Arc& arc : place(node).arcs) {
        if (!stays_in(component, node, arc)) continue;
        if (is_goal(node, arc)) {
          Steps steps{{node, &arc}};
          for (std::uint32_t back = node; back != from; back = origins.at(back).first) {
            steps.push_back(origins.at(back));
          }
          std::ranges::reverse(steps);
          return steps;
        }
        const std::uint32_t to = after(node, arc);
        if (to != from && origins.emplace(to, std::pair(node, &arc)).second) open.push_back(to);
      }
    }
  }

  bool tell(std::uint32_t node, const std::vector<std::uint32_t>& cycle) {
    std::vector<Move> moves;
    for (std::uint32_t at = node / orders_.count(); states_[at].parent != kNone;
         at = states_[at].parent) {
      moves.push_back(moves_[states_[at].move]);
    }
    std::ranges::reverse(moves);
    const auto length = static_cast<std::ptrdiff_t>(moves.size());
    for (const std::uint32_t move : cycle) moves.push_back(moves_[move]);
    moves = retold(scope_, std::move(moves), step_);

    State state = initial(scope_.config);
    for (auto move = moves.begin(); move != moves.begin() + length; ++move) {
      state = step_(scope_.config, state, move->event, move->failures).after;
    }
    const auto number = std::ranges::find(names(node), 0) - names(node).begin();
    const CallerId starved =
        Canonical::order(state, scope_.callers)[static_cast<std::size_t>(number)];
    result_.lasso = {
        {moves.begin(), moves.begin() + length}, {moves.begin() + length, moves.end()}, starved};
    return true;
  }

  Scope scope_;
  const Fairness fairness_;
  const StepFunction step_;
  const Orders orders_;
  std::vector<Place> states_;
  std::vector<Move> moves_;
  std::map<std::string, std::uint32_t> move_numbers_;
  // By state and who is who.
  std::vector<std::uint32_t> index_, low_;
  std::vector<std::uint32_t> open_;
  std::vector<Frame> frames_;
  Lively result_;
};

}  // namespace

Lively lively(Scope scope, const Fairness& fairness, StepFunction step) {
  return Liveness(std::move(scope), fairness, step).run();
}

}  // namespace poolproof::model
