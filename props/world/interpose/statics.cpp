// __cxa_guard_*: how a local static is made by whoever comes first. The C++ library does it; what
// is added is that the making happens before every use.
#include <cxxabi.h>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Machine;
using poolproof::world::Memory;

namespace {

constinit const auto real_acquire =
    poolproof::world::real<int(__cxxabiv1::__guard*)>("__cxa_guard_acquire");
constinit const auto real_release =
    poolproof::world::real<void(__cxxabiv1::__guard*)>("__cxa_guard_release");

Machine* listening() { return Memory::announced() > 0 ? Machine::inside() : nullptr; }

}  // namespace

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the ABI's names
int __cxa_guard_acquire(__cxxabiv1::__guard* guard) {
  const int shall_make = real_acquire(guard);
  if (auto* const machine = listening()) machine->scheduler.acquired(guard);
  return shall_make;
}

void __cxa_guard_release(__cxxabiv1::__guard* guard) noexcept {
  if (auto* const machine = listening()) machine->scheduler.released(guard);
  real_release(guard);
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

}  // extern "C"
