#include "props/check/matrix.hpp"

namespace poolproof::check {
namespace {

using Kind = world::FaultKind;
using Step = world::Phase;

// Small sets.
using Steps = unsigned;
using Calls = unsigned;
constexpr Steps bit(Step step) { return 1U << static_cast<unsigned>(step); }
constexpr Calls bit(PoolCall call) { return 1U << static_cast<unsigned>(call); }

constexpr Steps kServed =
    bit(Step::idle) | bit(Step::in_transaction) | bit(Step::querying) | bit(Step::copying);

// Where it finds a connection.
Steps steps_of(Kind kind) {
  switch (kind) {
    // A call on a socket, whatever state the server is in by then.
    case Kind::short_read: return bit(Step::starting) | kServed | bit(Step::ending);
    case Kind::short_write:
    case Kind::interrupted:
    case Kind::would_block:
    case Kind::half_open:
      return bit(Step::connecting) | bit(Step::starting) | kServed | bit(Step::ending);
    // Decided for the whole of a connection.
    case Kind::slow_network: return bit(Step::starting);
    // Whatever the server says.
    case Kind::broken_off:
    case Kind::reset:
    case Kind::silent:
    case Kind::slow_answer: return bit(Step::starting) | kServed;
    // Before the server has read a query, or after its answer.
    case Kind::query_lost:
    case Kind::killed_idle:
    case Kind::notice: return bit(Step::idle) | bit(Step::in_transaction);
    case Kind::connect_refused:
    case Kind::connect_unreachable:
    case Kind::connect_timed_out:
    case Kind::connect_reset:
    case Kind::connect_hung:
    case Kind::shutdown_smart:
    case Kind::refusal_storm: return bit(Step::connecting);
    case Kind::too_many_connections:
    case Kind::starting_up:
    case Kind::bad_password:
    case Kind::slow_authentication:
    case Kind::full_storm:
    case Kind::slow_login_storm: return bit(Step::starting);
    case Kind::killed_in_query:
    case Kind::late_cancel:
    case Kind::shutdown_fast:
    case Kind::shutdown_immediate:
    case Kind::crash:
    case Kind::failover: return bit(Step::querying);
    case Kind::release_lag: return bit(Step::ending);
    case Kind::all_idle_killed: return bit(Step::idle);
    case Kind::clock_step: return bit(Step::none);
    case Kind::kill_storm: return bit(Step::connecting) | bit(Step::idle);
    case Kind::restart_storm: return bit(Step::connecting) | bit(Step::starting) | kServed;
  }
  return 0;
}

// In whose call a connection can be in that state: of our pool, which connects in acquire, or when
// somebody tends it.
// Cancel requests, storms and ambushes are in nobody's.
Calls calls_at(Step step) {
  constexpr Calls kEvery = (1U << kPoolCalls) - 1;
  switch (step) {
    case Step::connecting:
      return bit(PoolCall::none) | bit(PoolCall::acquire) | bit(PoolCall::chore);
    case Step::starting: return kEvery & ~bit(PoolCall::remark) & ~bit(PoolCall::release);
    case Step::copying: return kEvery & ~bit(PoolCall::acquire) & ~bit(PoolCall::chore);
    case Step::querying: return kEvery & ~bit(PoolCall::chore);
    case Step::none:
    case Step::idle:
    case Step::in_transaction:
    case Step::ending: return kEvery;
  }
  return 0;
}

}  // namespace

PoolCall pool_call(Phase phase) {
  switch (phase) {
    case Phase::outside:
    case Phase::holding:
    case Phase::detached: return PoolCall::none;
    case Phase::acquiring:
    case Phase::sharing: return PoolCall::acquire;
    case Phase::querying: return PoolCall::query;
    case Phase::remarking: return PoolCall::remark;
    case Phase::releasing: return PoolCall::release;
    case Phase::choring: return PoolCall::chore;
  }
  return PoolCall::none;
}

bool is_possible(Cell cell) {
  const bool finds_one = (steps_of(cell.fault) & bit(cell.phase)) != 0;
  // A cancel request comes from a thread that is in no call of the pool.
  const Calls calls = cell.fault == Kind::late_cancel ? bit(PoolCall::none) : calls_at(cell.phase);
  return finds_one && (calls & bit(cell.call)) != 0;
}

}  // namespace poolproof::check
