#include "props/check/foresight.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace poolproof::check {
namespace {

using explore::dpor::EventIndex;
using explore::dpor::Execution;
using explore::dpor::kNoEvent;
using explore::dpor::Precedence;
using Kind = Observation::Kind;
using model::LawId;

struct Sleep {
  EventIndex from;
  EventIndex to;  // somebody, or the time, wakes him; kNoEvent: nobody does
};

// By the events in which it was seen.
struct Acquire {
  CallerId caller;
  EventIndex called;
  EventIndex returned = kNoEvent;
  Outcome outcome{};
  std::vector<Sleep> sleeps{};
};

// What is seen while a task goes on is seen in its last step.
std::vector<EventIndex> steps_of(const Execution& execution) {
  std::vector<EventIndex> steps;
  for (EventIndex event = 0; event < execution.size(); ++event) {
    if (execution[event].kind != world::OperationKind::clock) steps.push_back(event);
  }
  return steps;
}

// What has ended the sleep that began with that event: the last cause of who goes on then.
EventIndex end_of_sleep(const Execution& execution, EventIndex from) {
  for (EventIndex event = from + 1; event < execution.size(); ++event) {
    if (execution[event].previous != from) continue;
    const auto& causes = execution[event].causes;
    return causes.empty() ? kNoEvent : *std::max_element(causes.begin(), causes.end());
  }
  return kNoEvent;
}

std::vector<Acquire> acquires_of(const Execution& execution, const RunResult& run,
                                 const std::vector<EventIndex>& steps) {
  std::vector<Acquire> acquires;
  std::map<CallerId, std::size_t> current;
  for (const Observation& each : run.observations) {
    const auto mine = current.find(each.caller);
    if (each.kind == Kind::acquire_called) {
      current[each.caller] = acquires.size();
      acquires.push_back({each.caller, steps[each.step]});
    } else if (mine == current.end()) {
      continue;
    } else if (each.kind == Kind::sleeps) {
      const EventIndex from = steps[each.step];
      acquires[mine->second].sleeps.push_back({from, end_of_sleep(execution, from)});
    } else if (each.kind == Kind::acquire_returned) {
      acquires[mine->second].returned = steps[each.step];
      acquires[mine->second].outcome = each.outcome;
      current.erase(mine);
    }
  }
  return acquires;
}

// Whether there is a run of the class in which all of these hold: they and the order of the class
// must not go in a circle.
bool can_all_hold(const Execution& execution, const std::vector<Precedence>& wanted) {
  const auto leads = [&](EventIndex from, EventIndex to) {
    return from == to || execution.before(from, to);
  };
  // Whether the first of `each`, and then what follows from it, comes before `goal`.
  std::vector<bool> reached(wanted.size());
  for (std::size_t start = 0; start < wanted.size(); ++start) {
    std::fill(reached.begin(), reached.end(), false);
    reached[start] = true;
    for (bool any = true; any;) {
      any = false;
      for (std::size_t from = 0; from < wanted.size(); ++from) {
        for (std::size_t to = 0; to < wanted.size() && reached[from]; ++to) {
          if (!leads(wanted[from].second, wanted[to].first)) continue;
          if (to == start) return false;
          any |= !reached[to];
          reached[to] = true;
        }
      }
    }
  }
  return true;
}

class Foresight {
 public:
  Foresight(const Execution& execution, const RunResult& run)
      : execution_(execution),
        run_(run),
        steps_(steps_of(execution)),
        acquires_(acquires_of(execution, run, steps_)) {}

  std::optional<Foreseen> of_fair() const {
    for (const Acquire& served : acquires_) {
      if (served.returned == kNoEvent || served.outcome != Outcome::ok) continue;
      for (const Acquire& other : acquires_) {
        if (other.caller == served.caller) continue;
        if (auto order = overtakes(served, other)) return Foreseen{LawId::fair, *std::move(order)};
      }
    }
    return std::nullopt;
  }

  std::optional<Foreseen> of_life() const {
    for (const EventIndex told : told_closed()) {
      for (const Acquire& each : acquires_) {
        if (each.returned == kNoEvent || each.outcome == Outcome::closed ||
            each.outcome == Outcome::cancelled) {
          continue;
        }
        const std::vector<Precedence> order{{told, each.called}};
        if (can_all_hold(execution_, order)) return Foreseen{LawId::life, order};
      }
    }
    return std::nullopt;
  }

 private:
  // The order in which the other sleeps when that one calls, and when he has been served.
  [[nodiscard]] std::optional<std::vector<Precedence>> overtakes(const Acquire& served,
                                                                 const Acquire& other) const {
    for (std::size_t first = 0; first < other.sleeps.size(); ++first) {
      for (std::size_t last = first; last < other.sleeps.size(); ++last) {
        std::vector<Precedence> order{{other.sleeps[first].from, served.called},
                                      {other.sleeps[last].from, served.returned}};
        if (other.sleeps[first].to != kNoEvent) {
          order.emplace_back(served.called, other.sleeps[first].to);
        }
        if (other.sleeps[last].to != kNoEvent) {
          order.emplace_back(served.returned, other.sleeps[last].to);
        }
        if (can_all_hold(execution_, order)) return order;
      }
    }
    return std::nullopt;
  }

  // Where somebody is told that the pool is, or has been, closed.
  [[nodiscard]] std::vector<EventIndex> told_closed() const {
    std::vector<EventIndex> told;
    for (const Observation& each : run_.observations) {
      const bool tells = (each.kind == Kind::acquire_returned && each.outcome == Outcome::closed) ||
                         (each.kind == Kind::chore_returned && scenario::closes(each.chore));
      if (tells) told.push_back(steps_[each.step]);
    }
    return told;
  }

  const Execution& execution_;
  const RunResult& run_;
  const std::vector<EventIndex> steps_;
  const std::vector<Acquire> acquires_;
};

}  // namespace

std::optional<Foreseen> foresee(const Execution& execution, const RunResult& run,
                                const Laws& laws) {
  const Foresight foresight(execution, run);
  std::optional<Foreseen> found;
  if (laws.contains(LawId::fair)) found = foresight.of_fair();
  if (!found && laws.contains(LawId::life)) found = foresight.of_life();
  return found;
}

}  // namespace poolproof::check
