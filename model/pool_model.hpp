// The specification: a pool as a pure function from a state and an event to the next state and
// the pool's answers. This file says what a pool promises; README.md says why.
//
//   - A SLOT is the right to one connection. It is idle, out on a lease, or being prepared for one;
//     it may be EMPTY, without a connection, and still counts.
//   - There are at most capacity(config) slots. Nothing is made before somebody asks.
//   - Whoever asks gets an idle slot, or else a fresh one, or else waits. Waiters are served in
//     order of arrival, and nobody overtakes one who has waited for as long as `patience`.
//   - A slot is PREPARED for its caller: a connection that is too old, retired or missing is
//     replaced, one from the pool is pinged, hooks are shown it. Then it is a lease.
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
  Time born;             // when the connect began, so that age includes the time it took
  bool retired = false;  // to be replaced before the next lease: invalidated, or its generation was
  bool fresh = false;  // sqlalchemy only: no checkout has begun with it, the next will not ping it
  Duration less_life{};  // than recycle
  friend auto operator<=>(const Connection&, const Connection&) = default;
};

struct Slot {
  std::optional<Connection> connection;  // nullopt: EMPTY
  Time idle_since{};                     // of matter while it is idle, if there is an idle_timeout
  std::optional<CallerId> owner{};       // SingletonThreadPool: whose it is, even while idle
  friend auto operator<=>(const Slot&, const Slot&) = default;
};

// Where the slot of a connect under way came from: a fresh one vanishes if its first connect fails,
// a pooled one is returned EMPTY.
enum class SlotOrigin { fresh, pooled };

// A caller who has a slot and not yet a lease.
struct Preparing {
  CallerId caller;
  Time deadline;
  Slot slot;   // EMPTY: a connect is under way in it; else its connection is being pinged
  Time began;  // the connect or the ping
  SlotOrigin origin;
  bool retired = false;  // the connect began before its generation was retired
  int refused = 0;       // connections that ping or checkout hook have called dead so far
  int shared = 0;        // leases on this slot that the caller has already, and keeps
  int opens = 0;         // not for a lease: connections are opened until so many are idle
  friend auto operator<=>(const Preparing&, const Preparing&) = default;
};

struct Waiter {
  CallerId caller;
  Time deadline;
  Time since;             // when it arrived
  bool notified = false;  // it was told to look again, and has not yet
  friend auto operator<=>(const Waiter&, const Waiter&) = default;
};

// A caller who drains the pool.
struct Draining {
  CallerId caller;
  Time deadline;
  friend auto operator<=>(const Draining&, const Draining&) = default;
};

// Plain data: two equal states have the same future.
struct State {
  Time now{};
  std::deque<Slot> idle;                    // front: idle longest
  std::map<CallerId, Slot> out;             // the leases
  std::map<CallerId, Connection> detached;  // outside the pool and its bounds
  std::map<CallerId, int> shared;           // leases beyond the first, of those who share
  std::vector<Preparing> preparing;         // in order of service
  std::deque<Waiter> waiters;               // in order of arrival
  bool initialised = false;                 // a first_connect hook has got through
  bool closed = false;
  std::vector<Draining> draining;  // in order of arrival
  Duration pause{};                // the back-off's latest; zero: the last connect succeeded
  Time not_before{};               // no connect begins
  ConnectionId next_connection{1};

  // QueuePool's own books, of the profile sqlalchemy only: what it counts in place of slots, and
  // the stamp of its last generation.
  int overflow = 0;  // records made - pool_size
  Time invalidated{};

  friend auto operator<=>(const State&, const State&) = default;
};

struct Step {
  State after;
  std::vector<Answer> answers;  // in the order in which they are given
  friend bool operator==(const Step&, const Step&) = default;
};

// A pool that nobody has asked for anything: also what recreating one gives. REQUIRES:
// !problem(config).
State initial(const PoolConfig& config);

// How many slots exist: in strict never more than capacity(config).
std::size_t slots(const State& state);

// Whether one more may be made.
bool has_room(const PoolConfig& config, const State& state);

// The pause that one more failed connect leads to; zero: none begins, or one is under way.
Duration next_pause(const PoolConfig& config, const State& state);

// Why `event` cannot happen in `state` (a release without a lease, time going back), in one
// clause; nullopt if it can.
std::optional<std::string> illegal(const PoolConfig& config, const State& state,
                                   const Event& event);

// What the pool does. REQUIRES: !illegal(config, state, event); aborts otherwise, in every build.
Step step(const PoolConfig& config, const State& state, const Event& event,
          const Failures& failures = {});

// The pool's counters. In strict size = idle + checked_out.
struct Status {
  int size = 0;         // slots there are
  int idle = 0;         // in the pool; some may be EMPTY
  int checked_out = 0;  // leased, or being prepared
  int overflow = 0;     // beyond pool_size; in sqlalchemy negative below it
  int waiting = 0;      // callers with no slot yet
  int detached = 0;
  friend bool operator==(const Status&, const Status&) = default;
};
Status status(const PoolConfig& config, const State& state);

// One line: the time, then who is where.
std::string to_string(const State& state);

}  // namespace poolproof::model
