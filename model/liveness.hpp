// Liveness of the specification: every acquire ends, by a lease, a TIMEOUT or an error. That is
// true of no pool at all unless others do their part, so it is demanded of FAIR histories: whoever
// could take a step of some kind from some moment on without a break takes one (weak fairness).
//
// The states are those of reach.hpp, in which callers are all alike; here each state is taken once
// for each way in which the callers may stand in it, for fairness is about who is who. Among the
// states in which caller 0 acquires, strongly connected components are found (Tarjan, "Depth-first
// search and linear graph algorithms", SIAM J. Comput. 1(2), 1972). Somebody starves if and only if
// there is one in which each fair action is taken, or is somewhere impossible: a path through all
// of it, again and again, is fair (Lichtenstein and Pnueli, "Checking that finite state concurrent
// programs satisfy their linear specification", POPL 1985). A state that needs no step to follow is
// such a component by itself.
// May include the rest of model/ and the standard library.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "model/reach.hpp"

namespace poolproof::model {

// What is assumed of others.
struct Fairness {
  bool servers_answer = true;  // each connect and ping ends, well or not
  bool leases_return = true;   // whoever has a lease gives it back
  bool threads_run = true;     // a waiter that was told to look looks
  bool time_passes = true;     // if anything takes time
  // Dispose, invalidation of a generation, dead pings and what else fails happen again and again.
  // They are not assumed to: in a cycle they have stopped, on the way to it they may happen.
  bool faults_go_on = false;
};

// How one starves: the path leads to the cycle, and the cycle to its own beginning. An empty cycle:
// nothing more needs to happen.
struct Lasso {
  std::vector<Move> path;
  std::vector<Move> cycle;
  CallerId starved;
};

struct Lively {
  std::size_t states = 0;  // in which that caller acquires, by who is who
  std::size_t transitions = 0;
  bool complete = false;  // false: most_states were not enough, or there is a lasso
  std::optional<Lasso> lasso;
};

// REQUIRES: !problem(scope.config), scope.callers from 1 to 6. Laws are not judged.
Lively lively(Scope scope, const Fairness& fairness = {}, StepFunction step = &model::step);

}  // namespace poolproof::model
