#include "props/world/faults.hpp"

namespace poolproof::world {

FaultGroup group_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::short_read:
    case FaultKind::short_write:
    case FaultKind::interrupted:
    case FaultKind::would_block:
    case FaultKind::slow_network:
    case FaultKind::half_open:
    case FaultKind::broken_off:
    case FaultKind::reset:
    case FaultKind::silent:
    case FaultKind::query_lost: return FaultGroup::network;
    case FaultKind::connect_refused:
    case FaultKind::connect_unreachable:
    case FaultKind::connect_timed_out:
    case FaultKind::connect_reset:
    case FaultKind::connect_hung:
    case FaultKind::too_many_connections:
    case FaultKind::starting_up:
    case FaultKind::bad_password:
    case FaultKind::slow_authentication: return FaultGroup::connect;
    case FaultKind::killed_idle:
    case FaultKind::killed_in_query:
    case FaultKind::slow_answer:
    case FaultKind::notice: return FaultGroup::session;
    case FaultKind::release_lag:
    case FaultKind::late_cancel:
    case FaultKind::shutdown_smart:
    case FaultKind::shutdown_fast:
    case FaultKind::shutdown_immediate:
    case FaultKind::crash:
    case FaultKind::failover:
    case FaultKind::all_idle_killed: return FaultGroup::server;
    case FaultKind::clock_step: return FaultGroup::machine;
    case FaultKind::kill_storm:
    case FaultKind::refusal_storm:
    case FaultKind::full_storm:
    case FaultKind::slow_login_storm:
    case FaultKind::restart_storm: return FaultGroup::storms;
  }
  return FaultGroup::machine;
}

}  // namespace poolproof::world
