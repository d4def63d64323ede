// What can happen to a pool, and what a pool can answer: the alphabet of the specification.
// Everything outside the pool (callers, server, hooks, time) speaks in events; the pool only
// answers. May include model/config.hpp and the standard library.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "model/config.hpp"

namespace poolproof::model {

// Whoever asks for connections, a thread: at most one acquire or one lease at a time, unless the
// pool's class shares.
enum class CallerId : std::uint32_t {};

// One server session. Numbered from 1 in the order in which connects succeed; never used again.
enum class ConnectionId : std::uint32_t {};

// ---- What callers do ----

// The caller asks for a connection. The timeout covers waiting, connecting and pinging together.
// nullopt: waits for ever; 0: does not wait for others. (In sqlalchemy it is that of the pool, and
// covers waiting only.) Of a pool that shares, a caller who has a lease may ask for it once more.
struct Acquire {
  CallerId caller;
  std::optional<Duration> timeout;
  friend bool operator==(const Acquire&, const Acquire&) = default;
};

// The caller's acquire is called off, wherever it stands. Strict only.
struct Cancel {
  CallerId caller;
  friend bool operator==(const Cancel&, const Cancel&) = default;
};

// A waiter that was told to look again gets to do so: its thread runs. Whoever came in between may
// have taken what it was told of.
struct Wake {
  CallerId caller;
  friend bool operator==(const Wake&, const Wake&) = default;
};

// The caller gives its lease back, or closes the connection that it has detached.
struct Release {
  CallerId caller;
  friend bool operator==(const Release&, const Release&) = default;
};

enum class Invalidation {
  hard,        // the connection is broken: it is closed now
  soft,        // it is good for this lease but for no other
  generation,  // it is broken, and so are all that are as old
};

// The caller says that its connection is not to be used again. A strict lease stays out until it is
// released; in sqlalchemy any but a soft invalidation gives it back.
struct Invalidate {
  CallerId caller;
  Invalidation how = Invalidation::hard;
  friend bool operator==(const Invalidate&, const Invalidate&) = default;
};

// The caller keeps its connection for itself: its slot goes back EMPTY.
struct Detach {
  CallerId caller;
  friend bool operator==(const Detach&, const Detach&) = default;
};

// Somebody closes what is idle and retires what is out. The pool works on.
struct Dispose {
  friend bool operator==(const Dispose&, const Dispose&) = default;
};

// Somebody closes the pool for good. Strict only.
struct Close {
  friend bool operator==(const Close&, const Close&) = default;
};

// Somebody tends the pool, and is a caller with neither lease nor acquire: what is idle and over
// its idle_timeout, too old or retired is closed; then it is as with WarmUp and min_idle. Strict
// only, as all of these.
struct Maintain {
  CallerId caller;
  friend bool operator==(const Maintain&, const Maintain&) = default;
};

// Connections are opened, one after the other, until `count` are idle. It ends with Done, or with
// what has kept it from that.
struct WarmUp {
  CallerId caller;
  int count = 0;
  friend bool operator==(const WarmUp&, const WarmUp&) = default;
};

// The pool is closed, and the caller waits until the last lease is back. It ends with Done or
// TimedOut. nullopt: waits for ever.
struct Drain {
  CallerId caller;
  std::optional<Duration> timeout;
  friend bool operator==(const Drain&, const Drain&) = default;
};

// ---- What the environment does ----

// The environment has done what OpenConnection asked for. It has drawn how much less than recycle
// the connection is to live.
struct Connected {
  CallerId caller;
  Duration less_life{};
  friend bool operator==(const Connected&, const Connected&) = default;
};

// The environment could not do what OpenConnection asked for. It has drawn how much less than the
// back-off says the pause after that is to last.
struct ConnectFailed {
  CallerId caller;
  Duration less_pause{};
  friend bool operator==(const ConnectFailed&, const ConnectFailed&) = default;
};

// What PingConnection asked: the connection is alive; it is dead.
struct PingSucceeded {
  CallerId caller;
  friend bool operator==(const PingSucceeded&, const PingSucceeded&) = default;
};
struct PingFailed {
  CallerId caller;
  friend bool operator==(const PingFailed&, const PingFailed&) = default;
};

// Time passes. Deadlines up to and including `to` expire.
struct Advance {
  Time to;
  friend bool operator==(const Advance&, const Advance&) = default;
};

using Event =
    std::variant<Acquire, Cancel, Wake, Release, Invalidate, Detach, Dispose, Close, Connected,
                 ConnectFailed, PingSucceeded, PingFailed, Advance, Maintain, WarmUp, Drain>;

// Code of the pool's user that the pool calls.
enum class Hook {
  first_connect,    // a connection was made, and none before it got through this hook
  connect,          // a connection was made
  checkout,         // a lease is about to begin
  checkin,          // a slot comes back
  reset,            // a returned connection is about to be reset
  invalidate,       // a connection is about to be closed as broken
  soft_invalidate,  // a connection is marked for replacement
  detach,           // a connection has left the pool
  close,            // a connection of the pool is about to be closed
  close_detached,   // one that was detached is
};

// What a checkout hook that throws may say of the connection.
enum class Disconnected {
  no,        // nothing: the acquire fails with what it throws
  this_one,  // it is dead: another shall be made and shown to the hook
  all,       // and so are all that are as old
};

// What goes wrong while one event is handled. (Connects and pings take time: they are events.)
struct Failures {
  std::set<Hook> hooks = {};                      // each of these throws whenever it is called
  Disconnected checkout_says = Disconnected::no;  // of a checkout hook that throws
  bool reset = false;                             // a connection cannot be reset
  bool close = false;  // the driver complains of a close; to a pool it is closed all the same
  friend bool operator==(const Failures&, const Failures&) = default;
};

// ---- What the pool tells a caller ----

// The caller's acquire ends with a lease on this connection.
struct Granted {
  CallerId caller;
  ConnectionId connection;
  friend bool operator==(const Granted&, const Granted&) = default;
};

// The caller's acquire ends with nothing: its deadline has come.
struct TimedOut {
  CallerId caller;
  friend bool operator==(const TimedOut&, const TimedOut&) = default;
};

// The caller's acquire ends with the error of the connect made for it.
struct ConnectionError {
  CallerId caller;
  friend bool operator==(const ConnectionError&, const ConnectionError&) = default;
};

// What the caller called ends with what this hook has thrown. nullopt: whoever disposes.
struct HookError {
  std::optional<CallerId> caller;
  Hook hook;
  friend bool operator==(const HookError&, const HookError&) = default;
};

// The caller's acquire ends with nothing: two connections in a row were said to be dead.
struct GivenUp {
  CallerId caller;
  friend bool operator==(const GivenUp&, const GivenUp&) = default;
};

// The caller's acquire ends because it was called off.
struct Cancelled {
  CallerId caller;
  friend bool operator==(const Cancelled&, const Cancelled&) = default;
};

// The caller's acquire ends because the pool is closed.
struct Closed {
  CallerId caller;
  friend bool operator==(const Closed&, const Closed&) = default;
};

// The caller's acquire ends at once with nothing: the one connection of an AssertionPool is in use.
struct InUse {
  CallerId caller;
  friend bool operator==(const InUse&, const InUse&) = default;
};

// What the caller did to the whole pool has ended well.
struct Done {
  CallerId caller;
  friend bool operator==(const Done&, const Done&) = default;
};

// ---- What the pool asks of the environment ----

// The environment shall connect for this caller, and answer with Connected or ConnectFailed.
struct OpenConnection {
  CallerId caller;
  friend bool operator==(const OpenConnection&, const OpenConnection&) = default;
};

// The environment shall give up the connect for this caller, and no longer answer.
struct AbandonConnect {
  CallerId caller;
  friend bool operator==(const AbandonConnect&, const AbandonConnect&) = default;
};

// The environment shall find out whether the connection is alive, and answer with PingSucceeded or
// PingFailed; no longer once it is told to close it.
struct PingConnection {
  CallerId caller;
  ConnectionId connection;
  friend bool operator==(const PingConnection&, const PingConnection&) = default;
};

// The environment shall reset this connection, as reset_on_return says.
struct ResetConnection {
  ConnectionId connection;
  friend bool operator==(const ResetConnection&, const ResetConnection&) = default;
};

// The environment shall close this connection. Its slot is free once it has.
struct CloseConnection {
  ConnectionId connection;
  friend bool operator==(const CloseConnection&, const CloseConnection&) = default;
};

// The environment shall call these hooks of its user. nullopt: for an EMPTY slot.
struct HookCalled {
  Hook hook;
  std::optional<ConnectionId> connection;
  friend bool operator==(const HookCalled&, const HookCalled&) = default;
};

using Answer = std::variant<Granted, TimedOut, ConnectionError, HookError, GivenUp, Cancelled,
                            Closed, OpenConnection, AbandonConnect, PingConnection, ResetConnection,
                            CloseConnection, HookCalled, InUse, Done>;

// When `acquire` must have ended if asked at `asked`: kNever without a timeout, and also with one
// that reaches past the end of time; with timeout 0 see kConnectLimit. REQUIRES: the timeout is not
// negative.
Time deadline(const PoolConfig& config, const Acquire& acquire, Time asked);

// The same of what ends with Done.
Time deadline_of(const PoolConfig& config, const WarmUp& warm_up, Time asked);
Time deadline_of(const PoolConfig& config, const Drain& drain, Time asked);

// "soft_invalidate".
std::string_view name(Hook hook);

// One readable clause each, for counterexamples: "caller 1 is granted connection 2".
std::string to_string(CallerId caller);
std::string to_string(ConnectionId connection);
std::string to_string(const Event& event);
std::string to_string(const Answer& answer);
// "with a throwing checkin hook, a failing reset"; empty if nothing fails.
std::string to_string(const Failures& failures);

}  // namespace poolproof::model
