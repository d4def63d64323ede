// Explicit-state model checking of the specification: walks every state that a few callers can
// bring a pool into, breadth first, and judges each step by the model laws. What it finds first is
// therefore found by a shortest path.
//
// Everything may happen that is legal, and in each event one thing may fail: a hook that it calls
// throws, or a reset comes to nothing. (Of a pool that shares nobody has more than two leases.)
//
// States are counted up to what cannot matter: callers and connections are renamed in the order in
// which they stand (callers are all alike), time counts from now, an age beyond recycle is just too
// old, and a wait beyond patience just too long. Time moves in ticks of half the greatest common
// divisor of the durations in play, so that deadlines may tie and may not.
// (The profile sqlalchemy remembers more: its states are not all reached in finite time.)
// May include the rest of model/ and the standard library.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "model/config.hpp"
#include "model/event.hpp"
#include "model/laws.hpp"
#include "model/pool_model.hpp"

namespace poolproof::model {

// One edge of the walk.
struct Move {
  Event event;
  Failures failures;
  friend bool operator==(const Move&, const Move&) = default;
};

// One edge between two of those states that are counted, each by its number: in the order in which
// they are found, from 0. The move is one of the first; the step is where it leads, not renamed.
struct Edge {
  std::size_t from;
  const Move& move;
  const Step& step;
  std::size_t to;
};

struct Scope {
  PoolConfig config;  // its timeout is that of every acquire that has one
  int callers = 3;
  bool upkeep = false;  // whether callers also maintain, warm up and drain the pool
  std::size_t most_states = 1'000'000;
  std::function<bool(const Move&)> may_happen = {};  // empty: everything may
  std::set<LawId> laws = {};                         // empty: all that one step can break
  std::function<void(const State&)> visited = {};    // told of each state, once
  std::function<void(const Edge&)> followed = {};    // told of each transition that breaks no law
};

struct Reached {
  std::size_t states = 0;
  std::size_t transitions = 0;
  std::size_t depth = 0;  // events from the initial state to the farthest one
  bool complete = false;  // false: most_states were not enough, or a law is broken

  struct Violation {
    LawId law;
    std::vector<Move> path;  // from the initial state; the last move breaks the law
  };
  std::optional<Violation> violation;
};

// The specification, or a damaged one in a test.
using StepFunction = Step (*)(const PoolConfig&, const State&, const Event&, const Failures&);

// REQUIRES: !problem(scope.config), scope.callers > 0.
Reached reach(const Scope& scope, StepFunction step = &model::step);

// Each move was one of a counted state, from the initial one on. Told as one history, in which
// callers keep their names and time goes on.
std::vector<Move> retold(const Scope& scope, std::vector<Move> moves, StepFunction step);

// "caller 1 releases, with a throwing checkin hook".
std::string to_string(const Move& move);

}  // namespace poolproof::model
