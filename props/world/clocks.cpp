#include "props/world/clocks.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::world {
namespace {

constexpr std::chrono::seconds kForEver = std::chrono::hours(24 * 365 * 200);

// As much as daylight saving done wrong; longer than any timeout of a scenario.
constexpr Duration kWallStep = std::chrono::hours(1);

// Looks at a clock with no step of the run between them. Real code takes a handful at most.
constexpr std::uint64_t kMostReads = 100;
// As long as a hundred looks at a real clock take.
constexpr Duration kTick = std::chrono::microseconds(2);

bool is_wall_clock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

}  // namespace

std::string_view name(TimeMode mode) {
  switch (mode) {
    case TimeMode::lazy: return "lazy";
    case TimeMode::racing: return "racing";
    case TimeMode::bounded: return "bounded";
  }
  return "?";
}

timespec to_timespec(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((duration - seconds).count())};
}

Duration to_duration(const timespec& value) {
  return std::min(std::chrono::seconds(value.tv_sec), kForEver) +
         std::chrono::nanoseconds(value.tv_nsec);
}

Duration Clocks::offset(clockid_t clock) const {
  return is_wall_clock(clock) ? kWallEpoch + set_forward_ : kMonotonicEpoch;
}

void Clocks::let_time_pass_for_a_spinner() {
  if (std::exchange(step_, scheduler_.steps()) != scheduler_.steps()) reads_ = 0;
  if (++reads_ < kMostReads) return;
  scheduler_.sleep_until(scheduler_.read_clock() + kTick);
}

timespec Clocks::read(clockid_t clock) {
  let_time_pass_for_a_spinner();
  const Time now = scheduler_.read_clock();
  if (is_wall_clock(clock) && faults_.strikes(FaultKind::clock_step, {}, Stream::machine)) {
    set_wall_clock(scheduler_.choose(Stream::machine, 2) == 0 ? kWallStep : -kWallStep);
  }
  return to_timespec(now.time_since_epoch() + offset(clock));
}

Deadline Clocks::deadline(clockid_t clock, const timespec& reading) const {
  return {Time(to_duration(reading) - offset(clock)), is_wall_clock(clock)};
}

void Clocks::set_wall_clock(Duration step) {
  set_forward_ += step;
  scheduler_.set_wall_clock(step);
}

}  // namespace poolproof::world
