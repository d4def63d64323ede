#include "props/check/matrix.hpp"

namespace poolproof::check {
namespace {

using Kind = world::FaultKind;
using Step = world::Phase;

// A set of calls.
using Calls = unsigned;
constexpr Calls bit(PoolCall call) { return 1U << static_cast<unsigned>(call); }
constexpr Calls kNoCall = bit(PoolCall::none);
constexpr Calls kAcquire = bit(PoolCall::acquire);
constexpr Calls kQuery = bit(PoolCall::query);
constexpr Calls kRelease = bit(PoolCall::release);
constexpr Calls kAny = (1U << kPoolCalls) - 1;

// In the middle of what the server sends: to those who connect in acquire; to a ping there, to the
// callers' queries and to the reset on release.
Calls calls_of_answers(Step step) {
  switch (step) {
    case Step::starting: return kAcquire;
    case Step::querying: return kAcquire | kQuery | kRelease;
    default: return 0;
  }
}

// Before the server has read a query, or after its answer. A ping finds a transaction where nothing
// is reset.
Calls calls_of_queries(Step step) {
  return step == Step::idle || step == Step::in_transaction ? kAcquire | kQuery | kRelease : 0;
}

// Our pool connects in acquire, and nowhere else.
Calls calls_of_connects(Step step) { return step == Step::connecting ? kAcquire : 0; }
Calls calls_of_start_ups(Step step) { return step == Step::starting ? kAcquire : 0; }

// From an ambush on an idle session: whoever does whatever.
Calls calls_of_ambushes(Step step) { return step == Step::idle ? kAny : 0; }

// What comes in its time is in nobody's call.
Calls calls_of_kills(Step step) { return step == Step::idle ? kNoCall : 0; }

// In which calls that kind can strike a connection in that step.
Calls calls_of(Kind kind, Step step) {
  switch (kind) {
    case Kind::broken_off:
    case Kind::reset:
    case Kind::silent: return calls_of_answers(step) | calls_of_ambushes(step);
    case Kind::query_lost: return calls_of_queries(step);
    case Kind::connect_refused:
    case Kind::connect_unreachable:
    case Kind::connect_timed_out:
    case Kind::connect_reset:
    case Kind::shutdown_smart:
    case Kind::connect_hung:
    case Kind::refusal_storm: return calls_of_connects(step);
    case Kind::too_many_connections:
    case Kind::starting_up:
    case Kind::bad_password:
    case Kind::slow_authentication:
    case Kind::full_storm:
    case Kind::slow_login_storm: return calls_of_start_ups(step);
    // After an answer; that to ROLLBACK leaves no transaction.
    case Kind::killed_idle:
      return calls_of_ambushes(step) | (step == Step::in_transaction ? kAcquire | kQuery : 0);
    case Kind::shutdown_fast:
    case Kind::shutdown_immediate:
    case Kind::crash:
    case Kind::failover:
    case Kind::killed_in_query: return step == Step::querying ? calls_of_answers(step) : 0;
    case Kind::short_read:
    case Kind::short_write:
    case Kind::interrupted:
    case Kind::would_block:
    case Kind::slow_network:
    case Kind::half_open:
    case Kind::notice:
    case Kind::release_lag:
    case Kind::late_cancel:
    case Kind::slow_answer: return calls_of_answers(step);
    case Kind::all_idle_killed: return calls_of_ambushes(step);
    // Whoever looks at the clock, and from an ambush.
    case Kind::clock_step: return step == Step::none ? kAny : 0;
    case Kind::kill_storm: return calls_of_connects(step) | calls_of_kills(step);
    case Kind::restart_storm:
      return calls_of_connects(step) | calls_of_start_ups(step) | calls_of_kills(step) |
             (step == Step::in_transaction || step == Step::starting ? kNoCall : 0);
  }
  return 0;
}

}  // namespace

PoolCall pool_call(Phase phase) {
  switch (phase) {
    case Phase::outside:
    case Phase::holding:
    case Phase::detached: return PoolCall::none;
    case Phase::acquiring: return PoolCall::acquire;
    case Phase::querying: return PoolCall::query;
    case Phase::remarking: return PoolCall::remark;
    case Phase::releasing: return PoolCall::release;
    case Phase::choring: return PoolCall::chore;
  }
  return PoolCall::none;
}

bool is_possible(Cell cell) { return (calls_of(cell.fault, cell.phase) & bit(cell.call)) != 0; }

}  // namespace poolproof::check
