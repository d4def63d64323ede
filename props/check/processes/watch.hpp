// Sees from outside how a process that runs the accused gets on, and what it died of.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "props/check/processes/child.hpp"
#include "props/check/processes/slate.hpp"

namespace poolproof::check {

// How long a process may sleep in the kernel without a step. One that runs schedules never sleeps:
// all that its tasks could wait for is simulated.
inline constexpr std::chrono::milliseconds kMostSleeping{1000};
// The same, when it is known to sleep and runs only to see whether it still does.
inline constexpr std::chrono::milliseconds kMostSleepingAgain{100};

// Of one child, from its start.
class Watch {
 public:
  explicit Watch(std::chrono::milliseconds most_sleeping = kMostSleeping)
      : most_sleeping_(most_sleeping) {}

  // What keeps it, in a sentence, once it has hung for too long. To be asked several times a
  // second.
  std::optional<std::string> hangs(const Child& child, const Slate& slate);

 private:
  using Clock = std::chrono::steady_clock;

  std::chrono::milliseconds most_sleeping_;
  std::uint64_t beats_ = 0;
  Clock::time_point since_ = Clock::now();  // it began to sleep, at the earliest
  std::chrono::nanoseconds thinking_{};     // by then
  std::chrono::nanoseconds at_beat_{};      // its processor time when it last got on
};

// Whether a process that ended so was killed by somebody who is not the accused.
bool killed_from_outside(int status, const Slate& slate);

// What a child that ended so in the middle of a run died of, as evidence. `hung`: what kept it, if
// it was killed for that.
std::string cause_of_death(int status, const Slate& slate, const Child& child,
                           const std::optional<std::string>& hung);

}  // namespace poolproof::check
