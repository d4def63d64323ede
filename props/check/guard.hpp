// Turns what would kill or hang a process that runs the accused into a finding. A deadly signal
// inside a task ends the run as misuse, with a sentence, so that the process lives to tell the
// story; so does a task that computes without end between two scheduling points. What was written
// over by then nobody knows: the process is wounded, tells, and ends. One that dies all the same
// has left its last words on the slate.
#pragma once

#include <chrono>
#include <string>

#include "props/check/slate.hpp"

namespace poolproof::check {

// How much processor time a task may take between two scheduling points: a million times what it
// needs; also on a machine that is slow, or under valgrind.
inline constexpr std::chrono::milliseconds kMostThinking{2000};
// The same, when it is known to go in circles and runs only to see whether it still does.
inline constexpr std::chrono::milliseconds kMostThinkingAgain{200};

// For the rest of this process. `slate` must outlive it.
void stand_guard(Slate& slate, std::chrono::milliseconds most_thinking = kMostThinking);

// Whether a guard has saved this process from its death.
bool is_wounded();

// ", with 1024 MiB allocated in this run" if that is worth a word, else empty.
std::string memory_note();

// Whether the accused has allocated so much, in all runs of this process, that it had better be
// replaced.
bool is_worn_out();

}  // namespace poolproof::check
