#include "props/check/troublemaker.hpp"

#include <utility>

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using scenario::Ambush;
using scenario::Moment;
using scenario::Storm;
using world::FaultKind;
using Door = world::postgres::Server::Door;

// After an ambush. Long enough for a waiter's deadline to come, or not.
constexpr Duration kRefusal = 20ms;
constexpr Duration kWallStep = std::chrono::hours(1);

bool is_of_a_wait(const Ambush& ambush) {
  return ambush.moment == Moment::waiter_woken || ambush.moment == Moment::deadline_come;
}

}  // namespace

void Troublemaker::begin(const scenario::Troubles& planned) {
  over_ = false;
  waiting_ = planned.ambushes.size();
  ambushes_.clear();
  due_.clear();
  caller_ = kNobody;
  for (const Ambush& each : planned.ambushes) {
    ambushes_.push_back({each, each.nth});
    if (is_of_a_wait(each)) machine_.scheduler.watch_waits();
  }
  for (const Storm& each : planned.storms) begin(each);
}

void Troublemaker::end() {
  over_ = true;
  waiting_ = 0;
}

// ---- ambushes ----

void Troublemaker::reached(Moment moment, CallerId caller) {
  for (Waiting& each : ambushes_) {
    if (each.ambush.moment != moment || each.left == 0 || --each.left > 0) continue;
    --waiting_;
    due_.push_back(each.ambush);
    caller_ = caller;
    machine_.scheduler.soon([this] { strike_all_due(); });
  }
}

void Troublemaker::strike_all_due() {
  for (const Ambush& each : std::exchange(due_, {})) strike(each);
  caller_ = kNobody;
}

void Troublemaker::strike(const Ambush& ambush) {
  if (over_) return;
  switch (ambush.fault) {
    case FaultKind::all_idle_killed: machine_.server.terminate_idle(ambush.fault); break;
    case FaultKind::clock_step:
      machine_.faults.strike(ambush.fault, {});
      machine_.clocks.set_wall_clock(ambush.whom % 2 == 0 ? kWallStep : -kWallStep);
      break;
    case FaultKind::refusal_storm:
      machine_.server.set_door(Door::refuses, ambush.fault);
      close_door(Door::open, ambush.fault, kRefusal);
      break;
    default: machine_.server.strike_idle(ambush.fault, ambush.whom); break;
  }
}

// ---- storms ----

void Troublemaker::close_door(Door door, FaultKind because, Duration after) {
  auto& scheduler = machine_.scheduler;
  scheduler.at(scheduler.now() + after, [this, door, because] {
    if (!over_) machine_.server.set_door(door, because);
  });
}

void Troublemaker::begin(const Storm& storm) {
  auto& scheduler = machine_.scheduler;
  const FaultKind kind = storm.kind;
  switch (kind) {
    case FaultKind::full_storm: close_door(Door::full, kind, storm.begins); break;
    case FaultKind::slow_login_storm: close_door(Door::slow, kind, storm.begins); break;
    case FaultKind::restart_storm:
      close_door(Door::starting_up, kind, storm.begins + storm.lasts / 2);
      [[fallthrough]];
    default:
      close_door(Door::refuses, kind, storm.begins);
      if (kind == FaultKind::refusal_storm) break;
      scheduler.at(scheduler.now() + storm.begins, [this, kind] {
        if (over_) return;
        if (kind == FaultKind::restart_storm) machine_.server.terminate_all(kind);
        if (kind == FaultKind::kill_storm) machine_.server.terminate_idle(kind);
      });
  }
  close_door(Door::open, kind, storm.begins + storm.lasts);
}

}  // namespace poolproof::check
