// pthread_barrier_*, pthread_spin_*: see ../sync/barriers.hpp and ../sync/spinlocks.hpp.
#include <pthread.h>

#include "props/world/interpose/inside.hpp"

using poolproof::world::Machine;

extern "C" {

int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  POOLPROOF_REAL(pthread_barrier_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.barriers.retire(barrier);
  return real_pthread_barrier_destroy(barrier);
}

int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_barrier_wait, barrier);
  return machine->sync.barriers.wait(barrier);
}

int pthread_spin_init(pthread_spinlock_t* spinlock, int shared) noexcept {
  POOLPROOF_REAL(pthread_spin_init);
  if (auto* const machine = Machine::inside()) machine->sync.spinlocks.retire(spinlock);
  return real_pthread_spin_init(spinlock, shared);
}

int pthread_spin_destroy(pthread_spinlock_t* spinlock) noexcept {
  POOLPROOF_REAL(pthread_spin_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.spinlocks.retire(spinlock);
  return real_pthread_spin_destroy(spinlock);
}

int pthread_spin_lock(pthread_spinlock_t* spinlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_spin_lock, spinlock);
  return machine->sync.spinlocks.lock(spinlock);
}

int pthread_spin_trylock(pthread_spinlock_t* spinlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_spin_trylock, spinlock);
  return machine->sync.spinlocks.try_lock(spinlock);
}

int pthread_spin_unlock(pthread_spinlock_t* spinlock) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(pthread_spin_unlock, spinlock);
  return machine->sync.spinlocks.unlock(spinlock);
}

}  // extern "C"
