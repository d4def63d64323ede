// pthread_mutex_*, pthread_cond_*: see ../sync.hpp.
#include <pthread.h>

#include <ctime>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Machine;
using poolproof::world::real;

namespace {

// glibc keeps the condition variables of before 2.3.2 under the same names.
constexpr const char* kConditionVersion = "GLIBC_2.3.2";

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  POOLPROOF_REAL(pthread_mutex_lock);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_mutex_lock(mutex) : machine->sync.lock(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  POOLPROOF_REAL(pthread_mutex_trylock);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_mutex_trylock(mutex) : machine->sync.try_lock(mutex);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  POOLPROOF_REAL(pthread_mutex_timedlock);
  auto* const machine = Machine::inside();
  return machine == nullptr
             ? real_pthread_mutex_timedlock(mutex, until)
             : machine->sync.lock(mutex, machine->clocks.deadline(CLOCK_REALTIME, *until));
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* until) noexcept {
  POOLPROOF_REAL(pthread_mutex_clocklock);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_mutex_clocklock(mutex, clock, until)
                            : machine->sync.lock(mutex, machine->clocks.deadline(clock, *until));
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  POOLPROOF_REAL(pthread_mutex_unlock);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_mutex_unlock(mutex) : machine->sync.unlock(mutex);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const wait =
      real<decltype(pthread_cond_wait)>("pthread_cond_wait", kConditionVersion);
  auto* const machine = Machine::inside();
  return machine == nullptr ? wait(condition, mutex)
                            : machine->sync.wait(condition, mutex, std::nullopt);
}

// The clock may be set with pthread_condattr_setclock; glibc keeps it in bit 1 of the reference
// word.
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  static auto* const wait =
      real<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait", kConditionVersion);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return wait(condition, mutex, until);
  const clockid_t clock = (condition->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
  return machine->sync.wait(condition, mutex, machine->clocks.deadline(clock, *until));
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  POOLPROOF_REAL(pthread_cond_clockwait);
  auto* const machine = Machine::inside();
  return machine == nullptr
             ? real_pthread_cond_clockwait(condition, mutex, clock, until)
             : machine->sync.wait(condition, mutex, machine->clocks.deadline(clock, *until));
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  static auto* const signal =
      real<decltype(pthread_cond_signal)>("pthread_cond_signal", kConditionVersion);
  auto* const machine = Machine::inside();
  return machine == nullptr ? signal(condition) : machine->sync.signal(condition);
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  static auto* const broadcast =
      real<decltype(pthread_cond_broadcast)>("pthread_cond_broadcast", kConditionVersion);
  auto* const machine = Machine::inside();
  return machine == nullptr ? broadcast(condition) : machine->sync.broadcast(condition);
}

}  // extern "C"
