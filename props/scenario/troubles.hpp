// What goes wrong by plan: at a moment that matters to a pool, or for a while. Faults that strike
// where they can, at some rate, are no plan: see world/faults.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/chooser.hpp"
#include "props/world/faults.hpp"
#include "props/world/time.hpp"

namespace poolproof::scenario {

// All are seen from below or from the calls: no pool has to tell of them.
enum class Moment : std::uint8_t {
  waiter_woken,   // and has not run yet: between grant and wake
  deadline_come,  // of somebody who waits, and he has not run yet
  connecting,     // accepted, and not yet let in
  let_in,         // the start-up is answered
  about_to_use,   // somebody is about to send or read there, and others may still come first
  answered,       // a query is, and the answer not read
  lease_begun,    //
  lease_ending,   // release is called
  lease_ended,    // release has returned
  retiring,       // dispose or close is called
};
inline constexpr std::size_t kMoments = 10;

// "as a waiter is woken"
std::string_view text(Moment moment);

// The n-th time that moment comes, the fault strikes.
struct Ambush {
  Moment moment;
  world::FaultKind fault;
  int nth;           // from 1
  std::size_t whom;  // of the idle sessions, if it strikes one
};

struct Storm {
  world::FaultKind kind;
  world::Duration begins;
  world::Duration lasts;
};

struct Troubles {
  std::vector<Ambush> ambushes;
  std::vector<Storm> storms;
};

// Those that can strike from an ambush.
inline constexpr std::array kAmbushers{
    world::FaultKind::killed_idle,   world::FaultKind::all_idle_killed,
    world::FaultKind::broken_off,    world::FaultKind::reset,
    world::FaultKind::silent,        world::FaultKind::clock_step,
    world::FaultKind::refusal_storm,
};

// Draws from Stream::faults some of the allowed ones, or none: the plainest.
Troubles draw_troubles(const world::FaultSet& allowed, world::Chooser& chooser);

// A line each.
std::string to_text(const Troubles& troubles);

}  // namespace poolproof::scenario
