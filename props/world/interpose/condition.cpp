// pthread_cond_*: see ../sync/conditions.hpp.
#include <pthread.h>

#include <cerrno>

#include "props/world/interpose/inside.hpp"

using poolproof::world::Machine;
using poolproof::world::real;
using poolproof::world::until;

namespace {

int wait_until(Machine& machine, pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
               const timespec& reading) {
  const auto deadline = until(machine, clock, reading);
  return deadline ? machine.sync.conditions.wait(condition, mutex, *deadline) : EINVAL;
}

// The clock may be set with pthread_condattr_setclock; glibc keeps it in bit 1 of the reference
// word.
clockid_t clock_of(const pthread_cond_t* condition) {
  return (condition->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

}  // namespace

// glibc keeps the condition variables of before 2.3.2 under the same names.
#define POOLPROOF_REAL_CONDITION(symbol) \
  static constinit const auto real_##symbol = real<decltype(::symbol)>(#symbol, "GLIBC_2.3.2")

extern "C" {

int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  POOLPROOF_REAL_CONDITION(pthread_cond_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.conditions.retire(condition);
  return real_pthread_cond_destroy(condition);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  POOLPROOF_REAL_CONDITION(pthread_cond_wait);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_cond_wait(condition, mutex)
                            : machine->sync.conditions.wait(condition, mutex, std::nullopt);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* reading) {
  POOLPROOF_REAL_CONDITION(pthread_cond_timedwait);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_cond_timedwait(condition, mutex, reading)
                            : wait_until(*machine, condition, mutex, clock_of(condition), *reading);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* reading) {
  POOLPROOF_INSIDE_OR_RETURN(pthread_cond_clockwait, condition, mutex, clock, reading);
  return wait_until(*machine, condition, mutex, clock, *reading);
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  POOLPROOF_REAL_CONDITION(pthread_cond_signal);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_cond_signal(condition)
                            : machine->sync.conditions.signal(condition);
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  POOLPROOF_REAL_CONDITION(pthread_cond_broadcast);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_cond_broadcast(condition)
                            : machine->sync.conditions.broadcast(condition);
}

}  // extern "C"
