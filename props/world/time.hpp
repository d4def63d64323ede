// Virtual time: it starts at zero with each run and moves only when the scheduler says so.
#pragma once

#include <chrono>

namespace poolproof::world {

using Duration = std::chrono::nanoseconds;

// Names the time line of a simulated machine. It has no now(): ask the machine.
struct VirtualClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<VirtualClock>;
  static constexpr bool is_steady = true;  // NOLINT: the standard's name
};

using Time = VirtualClock::time_point;

}  // namespace poolproof::world
