// What is seen of a run from outside the accused: the calls of its callers, what reaches the
// server, what goes wrong, and the instants at which nothing moves. Everything is judged, and told,
// from these.
#pragma once

#include <cstdint>
#include <optional>

#include "model/config.hpp"
#include "props/scenario/scenario.hpp"
#include "props/world/faults.hpp"
#include "props/world/postgres/server.hpp"
#include "props/world/time.hpp"

namespace poolproof::check {

using world::Duration;
using world::Time;
using world::postgres::SessionId;
using world::postgres::SessionState;
using world::postgres::TransactionStatus;

// Who asks: the callers of the scenario in order, and after them the leases of the final probe.
enum class CallerId : std::uint32_t {};

inline constexpr CallerId kNobody{~std::uint32_t{0}};

// No session: the caller has not spoken to one, or it is not known.
inline constexpr SessionId kNoSession{};

// Which of the pool's calls a caller is in.
enum class PoolCall : std::uint8_t { none, acquire, query, remark, release, chore };
inline constexpr std::size_t kPoolCalls = 6;

enum class Outcome : std::uint8_t {
  ok,
  timeout,
  connect_failed,
  closed,
  failed,
  cancelled,
  in_use
};
inline constexpr std::size_t kOutcomes = 7;

struct Observation {
  enum class Kind : std::uint8_t {
    acquire_called,    // caller, limit: the timeout that holds for it
    acquire_returned,  // caller, outcome
    cancelled,         // caller: whose acquire is being called off
    query_called,      // caller
    query_returned,    // caller, outcome
    remark_called,     // caller, remark
    remark_returned,   // caller, remark
    chore_called,      // caller, chore; limit: of a drain
    chore_returned,    // caller, chore; outcome: of a drain; held: of a report
    again_called,      // caller: one more lease, of a pool that shares
    again_returned,    // caller, outcome
    back_called,       // caller: one of several leases is released, and not the last
    back_returned,     // caller
    release_called,    // caller
    release_returned,  // caller
    cancel_called,     // caller: another task is about to cancel what runs on its lease
    cancel_returned,   // caller
    session_opened,    // session, caller if it is for one in a call
    session_started,   // session: it is one, and no cancel request
    session_ended,     // session, by_server
    used,              // session, state, caller if one is in a call: its first use, or by another
    statement,  // session, state before it, caller and call if one is in a pool call or query
    cancel_requested,  // asking: the connection that it comes on; session, caller if known
    cancel_hit,        // asking, session: a statement there fails
    cancel_missed,     // asking, session: nothing was there to be cancelled
    fault,             // session, fault, phase, caller if one is in a call; call: which
    quiet,             // until: nothing can run, and time is about to pass to that instant
    returned,          // every lease is back; faults are off from here on
    probe_failed,      // caller, outcome: a lease that must be had at once was not
    destroyed,         // the pool is no more

    // Only of a run that is told, and judged by nobody.
    sleeps,         // caller: inside a call of the pool, until it is woken or its deadline comes
    woken,          // caller; by: who woke it; it has not run yet
    deadline_came,  // caller: while it slept; it has not run yet
    woke_nobody,    // caller: it signals where nobody sleeps; by: who slept there last
  };

  Kind kind;
  Time at{};
  std::size_t step = 0;  // how many steps had been made by then
  CallerId caller = kNobody;
  SessionId session = kNoSession;
  Outcome outcome = Outcome::ok;
  world::FaultKind fault{};
  world::Phase phase{};
  PoolCall call{};
  bool by_server = false;
  SessionId asking = kNoSession;
  SessionState state{};
  scenario::Remark remark{};
  scenario::Chore chore{};
  std::optional<Duration> limit{};
  Time until{};
  CallerId by = kNobody;
  std::uint32_t held = 0;
};

}  // namespace poolproof::check
