// syscall(SYS_futex) of a task: see ../sync/futexes.hpp.
#pragma once

#include "props/world/machine.hpp"

namespace poolproof::world {

inline constexpr std::size_t kSystemCallArguments = 6;

// As the system call answers: -1 and errno if it fails.
long futex(Machine& machine, const long (&arguments)[kSystemCallArguments]);

}  // namespace poolproof::world
