// The specification: a pool as a pure function from a state and an event to the next state and
// the pool's answers. This file says what a pool promises; README.md says why.
//
//   - A SLOT is the right to one connection. It is idle, out on a lease, or being connected; it
//     may be EMPTY, without a connection, and still counts.
//   - There are at most capacity(config) slots. Nothing is made before somebody asks.
//   - Whoever asks gets the slot that has been idle longest, or else a fresh one, or else waits.
//     Waiters are served in order of arrival, and nobody overtakes.
//
// Not here: threads, clocks, sockets, chance, or any code of a pool under test.
// May include model/config.hpp, model/event.hpp and the standard library.
#pragma once

#include <compare>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "model/event.hpp"

namespace poolproof::model {

struct Connection {
  ConnectionId id;
  Time born;  // when the connect began, so that age includes the time it took
  friend auto operator<=>(const Connection&, const Connection&) = default;
};

struct Slot {
  std::optional<Connection> connection;  // nullopt: EMPTY
  friend auto operator<=>(const Slot&, const Slot&) = default;
};

// Where the slot of a connect under way came from: a fresh one vanishes if the connect fails, a
// pooled one is returned EMPTY.
enum class SlotOrigin { fresh, pooled };

struct Opening {
  CallerId caller;
  Time deadline;
  Time began;
  SlotOrigin origin;
  friend auto operator<=>(const Opening&, const Opening&) = default;
};

struct Waiter {
  CallerId caller;
  Time deadline;
  friend auto operator<=>(const Waiter&, const Waiter&) = default;
};

// Plain data: two equal states have the same future.
struct State {
  Time now{};
  std::deque<Slot> idle;         // front: idle longest
  std::map<CallerId, Slot> out;  // the leases
  std::vector<Opening> opening;  // in order of arrival, all before any waiter
  std::deque<Waiter> waiters;    // in order of arrival
  ConnectionId next_connection{1};
  friend auto operator<=>(const State&, const State&) = default;
};

struct Step {
  State after;
  std::vector<Answer> answers;  // in the order in which they are given
  friend bool operator==(const Step&, const Step&) = default;
};

// A pool that nobody has asked for anything. REQUIRES: !problem(config).
State initial(const PoolConfig& config);

// How many slots exist: never more than capacity(config).
std::size_t slots(const State& state);

// Why `event` cannot happen in `state` (a release without a lease, time going back), in one
// clause; nullopt if it can.
std::optional<std::string> illegal(const PoolConfig& config, const State& state,
                                   const Event& event);

// What the pool does. REQUIRES: !illegal(config, state, event); aborts otherwise, in every build.
Step step(const PoolConfig& config, const State& state, const Event& event);

// One line: the time, then who is where.
std::string to_string(const State& state);

}  // namespace poolproof::model
