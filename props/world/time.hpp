// Virtual time: it starts at zero with each run and moves only when the scheduler says so.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

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

// When a wait ends by itself. One that was given as a reading of the wall clock moves when that
// clock is set.
struct Deadline {
  Deadline(Time when, bool on_wall_clock = false) : when(when), on_wall_clock(on_wall_clock) {}

  Time when;
  bool on_wall_clock;
};

// When the earliest timer may fire.
enum class TimeMode : std::uint8_t {
  lazy,     // only when no task can run
  racing,   // also, as a choice, while tasks could run: they are slow threads
  bounded,  // like racing, but no task is slower than a bound
};

std::string_view name(TimeMode mode);

}  // namespace poolproof::world
