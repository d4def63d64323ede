// The one notion of "until when": an instant of the monotonic clock, or never.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace poolproof {

// Steps of the wall clock do not move it. nullopt: there is no deadline.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// `timeout` from now. nullopt, or further than the clock can count: no deadline. A negative
// timeout is as good as zero. Reads the clock only if there is a timeout.
inline Deadline deadline_after(std::optional<std::chrono::nanoseconds> timeout) {
  using Clock = std::chrono::steady_clock;
  if (!timeout) return std::nullopt;
  const Clock::time_point now = Clock::now();
  if (*timeout > Clock::time_point::max() - now) return std::nullopt;
  return now + std::max(*timeout, std::chrono::nanoseconds::zero());
}

}  // namespace poolproof
