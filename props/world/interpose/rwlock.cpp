// pthread_rwlock_*: see ../sync/rwlocks.hpp.
#include <pthread.h>

#include <cerrno>

#include "props/world/interpose/inside.hpp"

using poolproof::world::Machine;
using poolproof::world::until;

namespace {

int read_until(Machine& machine, pthread_rwlock_t* rwlock, clockid_t clock,
               const timespec& reading) {
  const auto deadline = until(machine, clock, reading);
  return deadline ? machine.sync.rwlocks.lock_shared(rwlock, *deadline) : EINVAL;
}

int write_until(Machine& machine, pthread_rwlock_t* rwlock, clockid_t clock,
                const timespec& reading) {
  const auto deadline = until(machine, clock, reading);
  return deadline ? machine.sync.rwlocks.lock(rwlock, *deadline) : EINVAL;
}

}  // namespace

extern "C" {

int pthread_rwlock_init(pthread_rwlock_t* rwlock, const pthread_rwlockattr_t* attributes) noexcept {
  POOLPROOF_REAL(pthread_rwlock_init);
  if (auto* const machine = Machine::inside()) machine->sync.rwlocks.retire(rwlock);
  return real_pthread_rwlock_init(rwlock, attributes);
}

int pthread_rwlock_destroy(pthread_rwlock_t* rwlock) noexcept {
  POOLPROOF_REAL(pthread_rwlock_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.rwlocks.retire(rwlock);
  return real_pthread_rwlock_destroy(rwlock);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* rwlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_rdlock, rwlock);
  return machine->sync.rwlocks.lock_shared(rwlock);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t* rwlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_tryrdlock, rwlock);
  return machine->sync.rwlocks.try_lock_shared(rwlock);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t* rwlock, const timespec* reading) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_timedrdlock, rwlock, reading);
  return read_until(*machine, rwlock, CLOCK_REALTIME, *reading);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t* rwlock, clockid_t clock,
                               const timespec* reading) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_clockrdlock, rwlock, clock, reading);
  return read_until(*machine, rwlock, clock, *reading);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* rwlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_wrlock, rwlock);
  return machine->sync.rwlocks.lock(rwlock);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t* rwlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_trywrlock, rwlock);
  return machine->sync.rwlocks.try_lock(rwlock);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t* rwlock, const timespec* reading) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_timedwrlock, rwlock, reading);
  return write_until(*machine, rwlock, CLOCK_REALTIME, *reading);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t* rwlock, clockid_t clock,
                               const timespec* reading) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_clockwrlock, rwlock, clock, reading);
  return write_until(*machine, rwlock, clock, *reading);
}

int pthread_rwlock_unlock(pthread_rwlock_t* rwlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_rwlock_unlock, rwlock);
  return machine->sync.rwlocks.unlock(rwlock);
}

}  // extern "C"
