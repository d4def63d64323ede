// What can happen to a pool, and what a pool can answer: the alphabet of the specification.
// Everything outside the pool (callers, server, time) speaks in events; the pool only answers.
// May include model/config.hpp and the standard library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "model/config.hpp"

namespace poolproof::model {

// Whoever asks for connections: at most one acquire or one lease at a time.
enum class CallerId : std::uint32_t {};

// One server session. Numbered from 1 in the order in which connects succeed; never used again.
enum class ConnectionId : std::uint32_t {};

// The caller asks for a connection. timeout nullopt: waits for ever; 0: takes what is there, or
// nothing. The timeout covers waiting and connecting together.
struct Acquire {
  CallerId caller;
  std::optional<Duration> timeout;
  friend bool operator==(const Acquire&, const Acquire&) = default;
};

// The environment has done what OpenConnection asked for.
struct Connected {
  CallerId caller;
  friend bool operator==(const Connected&, const Connected&) = default;
};

// The environment could not do what OpenConnection asked for.
struct ConnectFailed {
  CallerId caller;
  friend bool operator==(const ConnectFailed&, const ConnectFailed&) = default;
};

// The caller gives its lease back.
struct Release {
  CallerId caller;
  friend bool operator==(const Release&, const Release&) = default;
};

// The caller says that its connection is broken. The lease stays out until it is released.
struct Invalidate {
  CallerId caller;
  friend bool operator==(const Invalidate&, const Invalidate&) = default;
};

// Time passes. Deadlines up to and including `to` expire.
struct Advance {
  Time to;
  friend bool operator==(const Advance&, const Advance&) = default;
};

using Event = std::variant<Acquire, Connected, ConnectFailed, Release, Invalidate, Advance>;

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

// The environment shall close this connection. Its slot is free once it has.
struct CloseConnection {
  ConnectionId connection;
  friend bool operator==(const CloseConnection&, const CloseConnection&) = default;
};

using Answer = std::variant<Granted, TimedOut, ConnectionError, OpenConnection, AbandonConnect,
                            CloseConnection>;

// When `acquire` must have ended if asked at `asked`: kNever without a timeout, and also with one
// that reaches past the end of time. REQUIRES: the timeout is not negative.
Time deadline(const Acquire& acquire, Time asked);

// One readable clause each, for counterexamples: "caller 1 is granted connection 2".
std::string to_string(CallerId caller);
std::string to_string(ConnectionId connection);
std::string to_string(const Event& event);
std::string to_string(const Answer& answer);

}  // namespace poolproof::model
