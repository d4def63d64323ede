// pthread_mutex_*: see ../sync/mutexes.hpp.
#include <pthread.h>

#include <cerrno>

#include "props/world/interpose/inside.hpp"

using poolproof::world::Machine;
using poolproof::world::until;

namespace {

// A reading that is none matters only to who must wait.
int lock_until(Machine& machine, pthread_mutex_t* mutex, clockid_t clock, const timespec& reading) {
  if (const auto deadline = until(machine, clock, reading)) {
    return machine.sync.mutexes.lock(mutex, *deadline);
  }
  const int answer = machine.sync.mutexes.try_lock(mutex);
  return answer == EBUSY ? EINVAL : answer;
}

}  // namespace

extern "C" {

int pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) noexcept {
  POOLPROOF_REAL(pthread_mutex_init);
  if (auto* const machine = Machine::inside()) machine->sync.mutexes.retire(mutex);
  return real_pthread_mutex_init(mutex, attributes);
}

int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  POOLPROOF_REAL(pthread_mutex_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.mutexes.retire(mutex);
  return real_pthread_mutex_destroy(mutex);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_mutex_lock, mutex);
  return machine->sync.mutexes.lock(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_mutex_trylock, mutex);
  return machine->sync.mutexes.try_lock(mutex);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* reading) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_mutex_timedlock, mutex, reading);
  return lock_until(*machine, mutex, CLOCK_REALTIME, *reading);
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* reading) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_mutex_clocklock, mutex, clock, reading);
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return EINVAL;
  return lock_until(*machine, mutex, clock, *reading);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_mutex_unlock, mutex);
  return machine->sync.mutexes.unlock(mutex);
}

}  // extern "C"
