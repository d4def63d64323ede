// What the calls on descriptors begin with.
#pragma once

#include <sys/uio.h>

#include <string>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

namespace poolproof::world {

// The machine whose descriptor this is; null if it is a real one, or this is no task.
inline Machine* owner(int fd) { return Net::owns(fd) ? Machine::inside() : nullptr; }

// Nobody writes to it.
inline iovec piece_of(const void* bytes, std::size_t size) {
  return {const_cast<void*>(bytes), size};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

[[noreturn]] inline void refuse(Machine& machine, const char* symbol) {
  machine.scheduler.unsupported(std::string(symbol) + ": the simulated machine does not model it");
}

}  // namespace poolproof::world

// Outside of a task, and on a real descriptor, the enclosing function is the C library's; what
// follows has the descriptor's `machine`.
#define POOLPROOF_OWNED_OR_RETURN(fd, symbol, ...)     \
  POOLPROOF_REAL(symbol);                              \
  auto* const machine = ::poolproof::world::owner(fd); \
  if (machine == nullptr) return real_##symbol(__VA_ARGS__)
