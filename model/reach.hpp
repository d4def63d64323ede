// Explicit-state model checking of the specification: walks every state that a few callers can
// bring a pool into, breadth first, and judges each step by the model laws. What it finds first is
// therefore found by a shortest path.
//
// States are counted up to what cannot matter: connections are renamed in the order in which they
// stand, time counts from now, and an age beyond recycle is just too old. Time moves in ticks of
// half the greatest common divisor of the durations in play, so that deadlines may tie and may not.
// May include the rest of model/ and the standard library.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "model/config.hpp"
#include "model/event.hpp"
#include "model/laws.hpp"
#include "model/pool_model.hpp"

namespace poolproof::model {

struct Scope {
  PoolConfig config;  // its timeout is that of every acquire that has one
  int callers = 3;
  std::size_t most_states = 1'000'000;
};

struct Reached {
  std::size_t states = 0;
  std::size_t transitions = 0;
  std::size_t depth = 0;  // events from the initial state to the farthest one
  bool complete = false;  // false: most_states were not enough, or a law is broken

  struct Violation {
    LawId law;
    std::vector<Event> path;  // from the initial state; the last event breaks the law
  };
  std::optional<Violation> violation;
};

// The specification, or a damaged one in a test.
using StepFunction = Step (*)(const PoolConfig&, const State&, const Event&);

// REQUIRES: !problem(scope.config), scope.callers > 0.
Reached reach(const Scope& scope, StepFunction step = &model::step);

}  // namespace poolproof::model
