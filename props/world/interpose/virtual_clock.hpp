// How virtual time looks to code that asks the C library: the monotonic clocks count from some time
// before the run, the wall clock stands at a day in 2026 when it begins.
#pragma once

#include <sys/time.h>

#include <algorithm>
#include <ctime>

#include "props/world/time.hpp"

namespace poolproof::world {

// Of the run's beginning. Not zero: code may take 0 for "never".
inline constexpr Duration kMonotonicEpoch = std::chrono::hours(1);
inline constexpr Duration kWallEpoch = std::chrono::seconds(1'767'225'600);  // 2026-01-01 UTC

inline Duration epoch_of(clockid_t clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI: return kWallEpoch;
    default: return kMonotonicEpoch;
  }
}

inline timespec to_timespec(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((duration - seconds).count())};
}

// Code may say "for ever" with the largest second there is, which no count of nanoseconds holds.
inline constexpr std::chrono::seconds kForEver = std::chrono::hours(24 * 365 * 200);

inline Duration to_duration(const timespec& value) {
  return std::min(std::chrono::seconds(value.tv_sec), kForEver) +
         std::chrono::nanoseconds(value.tv_nsec);
}

// The instant of the run that a reading of that clock stands for.
inline Time virtual_time(clockid_t clock, const timespec& reading) {
  return Time(to_duration(reading) - epoch_of(clock));
}

// What that clock reads at that instant.
inline timespec reading(clockid_t clock, Time when) {
  return to_timespec(when.time_since_epoch() + epoch_of(clock));
}

}  // namespace poolproof::world
