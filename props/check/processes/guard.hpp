// Turns what would kill or hang a process that runs the accused into a finding. A deadly signal
// inside a task ends the run as misuse, with a sentence, so that the process lives to tell the
// story; so does a task that computes without end between two scheduling points. What was written
// over by then nobody knows: the process is wounded, tells, and ends. One that dies all the same
// has left its last words on the slate.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "props/check/processes/slate.hpp"

namespace poolproof::check {

struct Limits {
  std::chrono::milliseconds thinking;  // processor time between two scheduling points
  std::size_t memory;                  // bytes, beyond what the process has at its start
};

// A task needs about a microsecond, and some more on a machine that is slow or under valgrind; a
// pool and its connections need some MiB.
inline constexpr Limits kLimits{std::chrono::milliseconds(1000), std::size_t{512} << 20};
// For a run that is known to exceed those, and is run only to see whether it still does.
inline constexpr Limits kLimitsAgain{std::chrono::milliseconds(100), std::size_t{128} << 20};

// For the rest of this process. `slate` must outlive it.
void stand_guard(Slate& slate, const Limits& limits = kLimits);

// Whether a guard has saved this process from its death.
bool is_wounded();
// Whether that took long: the task had gone in circles, or used up the memory.
bool was_slow();

// ", with 512 MiB allocated" if that is worth a word, else empty.
std::string memory_note();

// Whether the accused has allocated so much, in all runs of this process, that it had better be
// replaced.
bool is_worn_out();

}  // namespace poolproof::check
