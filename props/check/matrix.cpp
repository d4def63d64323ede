#include "props/check/matrix.hpp"

#include <initializer_list>

namespace poolproof::check {
namespace {

using Kind = world::FaultKind;
using Step = world::Phase;

class Steps {
 public:
  constexpr Steps(std::initializer_list<Step> steps) {
    for (const Step each : steps) bits_ |= 1U << static_cast<unsigned>(each);
  }
  [[nodiscard]] constexpr bool contains(Step step) const {
    return (bits_ >> static_cast<unsigned>(step) & 1U) != 0;
  }

 private:
  unsigned bits_ = 0;
};

// Where a kind strikes.
Steps steps_of(Kind kind) {
  switch (kind) {
    // Whatever the server answers, and an idle connection from an ambush.
    case Kind::broken_off:
    case Kind::reset:
    case Kind::silent: return {Step::starting, Step::idle, Step::querying};
    // Before the server has read it.
    case Kind::query_lost: return {Step::idle, Step::in_transaction};
    // There is no session yet.
    case Kind::connect_refused:
    case Kind::connect_hung:
    case Kind::refused_for_a_while: return {Step::connecting};
    case Kind::too_many_connections:
    case Kind::full_for_a_while:
    case Kind::slow_authentication: return {Step::starting};
    // After its answer.
    case Kind::killed_idle: return {Step::idle, Step::in_transaction};
    case Kind::killed_in_query: return {Step::querying};
    case Kind::slow_answer: return {Step::starting, Step::querying};
    case Kind::all_idle_killed: return {Step::idle};
    case Kind::clock_step: return {Step::none};
    case Kind::kills_then_refusals: return {Step::connecting, Step::idle};
    case Kind::failover:
      return {Step::connecting, Step::starting, Step::idle, Step::in_transaction};
  }
  return {};
}

// What a kind that strikes by itself, in its time, does to connections that are there: in nobody's
// call.
bool strikes_by_itself(Kind kind, Step step) {
  return (kind == Kind::kills_then_refusals || kind == Kind::failover) && step != Step::connecting;
}

// Which conversations go on in a call.
Steps steps_in(PoolCall call) {
  switch (call) {
    // Idle connections are struck from ambushes, by what others do.
    case PoolCall::none: return {Step::none, Step::idle};
    // It connects, and pings what was idle.
    case PoolCall::acquire:
      return {Step::none, Step::connecting, Step::starting, Step::idle, Step::querying};
    // The caller's own.
    case PoolCall::query: return {Step::none, Step::idle, Step::in_transaction, Step::querying};
    // Sends nothing but a goodbye; an ambush may strike others meanwhile.
    case PoolCall::remark: return {};
    // It resets: ROLLBACK in a transaction, DISCARD ALL after it.
    case PoolCall::release: return {Step::idle, Step::in_transaction, Step::querying};
    // An ambush waits for it.
    case PoolCall::chore: return {Step::idle};
  }
  return {};
}

bool waits_in_ambush(Kind kind) {
  switch (kind) {
    case Kind::broken_off:
    case Kind::reset:
    case Kind::silent:
    case Kind::killed_idle:
    case Kind::all_idle_killed:
    case Kind::clock_step: return true;
    default: return false;
  }
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

bool is_possible(Cell cell) {
  if (!steps_of(cell.fault).contains(cell.phase)) return false;
  if (strikes_by_itself(cell.fault, cell.phase) && cell.phase != Step::starting) {
    return cell.call == PoolCall::none;
  }
  const bool from_ambush = cell.phase == Step::idle || cell.phase == Step::none;
  if ((cell.call == PoolCall::none || cell.call == PoolCall::chore) && from_ambush) {
    return waits_in_ambush(cell.fault) && cell.phase == Step::idle;
  }
  return steps_in(cell.call).contains(cell.phase);
}

}  // namespace poolproof::check
