// How virtual time looks to code that asks the C library: the monotonic clocks count from some time
// before the run, the wall clock stands at a day in 2026 when it begins, and may be set while it
// goes on.
#pragma once

#include <sys/time.h>

#include <ctime>

#include "props/world/faults.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

// Of the run's beginning. Not zero: code may take 0 for "never".
inline constexpr Duration kMonotonicEpoch = std::chrono::hours(1);
inline constexpr Duration kWallEpoch = std::chrono::seconds(1'767'225'600);  // 2026-01-01 UTC

timespec to_timespec(Duration duration);
// Code may say "for ever" with the largest second there is, which no count of nanoseconds holds: it
// becomes 200 years.
Duration to_duration(const timespec& value);

class Clocks {
 public:
  Clocks(Scheduler& scheduler, Faults& faults) : scheduler_(scheduler), faults_(faults) {}

  void reset() {
    set_forward_ = {};
    reads_ = 0;
  }

  // What that clock reads now. Right before somebody looks at the wall clock, it may be set. Who
  // does nothing but look at a clock makes time pass, as it would: some code waits so.
  timespec read(clockid_t clock);
  // The instant of the run that a reading of that clock stands for, as it is set now.
  [[nodiscard]] Deadline deadline(clockid_t clock, const timespec& reading) const;

  // Sets the wall clock, backward if `step` is below zero. Who waits for a reading of it waits
  // for a shorter or longer time.
  void set_wall_clock(Duration step);

 private:
  [[nodiscard]] Duration offset(clockid_t clock) const;
  void let_time_pass_for_a_spinner();

  Scheduler& scheduler_;
  Faults& faults_;
  Duration set_forward_{};   // by how much, in all
  std::uint64_t reads_ = 0;  // since the last step of the run
  std::uint64_t step_ = 0;   // that one
};

}  // namespace poolproof::world
