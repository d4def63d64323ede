// What most interposed functions begin with.
#pragma once

#include <ctime>
#include <optional>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

// Outside of a task the enclosing function is the C library's; what follows has its `machine`.
#define POOLPROOF_INSIDE_OR_RETURN(symbol, ...)                \
  POOLPROOF_REAL(symbol);                                      \
  auto* const machine = ::poolproof::world::Machine::inside(); \
  if (machine == nullptr) return real_##symbol(__VA_ARGS__)

namespace poolproof::world {

// When a wait ends that was given that reading of a clock. Nothing where the C library answers
// EINVAL: it waits by these two clocks only, and looks at the nanoseconds.
inline std::optional<Deadline> until(const Machine& machine, clockid_t clock,
                                     const timespec& reading) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return std::nullopt;
  if (reading.tv_nsec < 0 || reading.tv_nsec >= 1'000'000'000) return std::nullopt;
  if (reading.tv_sec < 0) return Deadline{Time{}, clock == CLOCK_REALTIME};  // long ago
  return machine.clocks.deadline(clock, reading);
}

}  // namespace poolproof::world
