// __cxa_guard_*: how a local static is made by whoever comes first. The C++ library does it; what
// is added is that the making happens before every use.
#include <cxxabi.h>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Machine;
using poolproof::world::Memory;

namespace {

using Acquire = int(__cxxabiv1::__guard*);
using Release = void(__cxxabiv1::__guard*);

// Not as local statics: those are what these are called for.
constinit Acquire* acquire = nullptr;
constinit Release* release = nullptr;

Acquire* real_acquire() {
  if (acquire == nullptr) acquire = poolproof::world::real<Acquire>("__cxa_guard_acquire");
  return acquire;
}
Release* real_release() {
  if (release == nullptr) release = poolproof::world::real<Release>("__cxa_guard_release");
  return release;
}

Machine* listening() { return Memory::announced() > 0 ? Machine::inside() : nullptr; }

}  // namespace

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the ABI's names
int __cxa_guard_acquire(__cxxabiv1::__guard* guard) {
  const int shall_make = real_acquire()(guard);
  if (auto* const machine = listening()) machine->scheduler.acquired(guard);
  return shall_make;
}

void __cxa_guard_release(__cxxabiv1::__guard* guard) noexcept {
  if (auto* const machine = listening()) machine->scheduler.released(guard);
  real_release()(guard);
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

}  // extern "C"
