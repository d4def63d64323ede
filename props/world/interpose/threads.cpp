// pthread_create, pthread_join, pthread_self and their kin: see ../threads.hpp. What a run cannot
// have is in refused.cpp.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"
#include "props/world/sanitizer.hpp"

using poolproof::world::CarrierKind;
using poolproof::world::Machine;

namespace {

constexpr std::size_t kLongestName = 16;  // of a thread, for Linux, with its final zero

// C11 threads return an int.
struct C11Thread {
  thrd_start_t body;
  void* argument;
};

void* run_c11_thread(void* thread) {
  const C11Thread copy = *static_cast<C11Thread*>(thread);
  delete static_cast<C11Thread*>(thread);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(copy.body(copy.argument)));  // NOLINT
}

int c11_result(int error) { return error == 0 ? thrd_success : thrd_error; }

}  // namespace

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) {
  POOLPROOF_REAL(pthread_create);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_pthread_create(thread, attributes, body, argument);
  return machine->threads.create(thread, attributes, body, argument);
}

int pthread_join(pthread_t thread, void** result) {
  POOLPROOF_REAL(pthread_join);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_join(thread, result)
                            : machine->threads.join(thread, result);
}

int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  POOLPROOF_REAL(pthread_tryjoin_np);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_tryjoin_np(thread, result)
                            : machine->threads.try_join(thread, result);
}

int pthread_timedjoin_np(pthread_t thread, void** result, const timespec* until) {
  POOLPROOF_REAL(pthread_timedjoin_np);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_timedjoin_np(thread, result, until)
                            : machine->threads.join(
                                  thread, result, machine->clocks.deadline(CLOCK_REALTIME, *until));
}

int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock, const timespec* until) {
  POOLPROOF_REAL(pthread_clockjoin_np);
  auto* const machine = Machine::inside();
  return machine == nullptr
             ? real_pthread_clockjoin_np(thread, result, clock, until)
             : machine->threads.join(thread, result, machine->clocks.deadline(clock, *until));
}

int pthread_detach(pthread_t thread) noexcept {
  POOLPROOF_REAL(pthread_detach);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_detach(thread) : machine->threads.detach(thread);
}

void pthread_exit(void* result) {
  POOLPROOF_REAL(pthread_exit);
  if (auto* const machine = Machine::inside()) machine->threads.exit(result);
  real_pthread_exit(result);
  __builtin_unreachable();
}

pthread_t pthread_self() noexcept {
  POOLPROOF_REAL(pthread_self);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_self() : machine->threads.self();
}

// ---- about a thread ----

int pthread_setname_np(pthread_t thread, const char* name) noexcept {
  POOLPROOF_REAL(pthread_setname_np);
  if (Machine::inside() == nullptr) return real_pthread_setname_np(thread, name);
  return std::strlen(name) < kLongestName ? 0 : ERANGE;
}

int pthread_getname_np(pthread_t thread, char* name, size_t size) noexcept {
  POOLPROOF_REAL(pthread_getname_np);
  if (Machine::inside() == nullptr) return real_pthread_getname_np(thread, name, size);
  if (size < kLongestName) return ERANGE;
  std::strcpy(name, "task");  // NOLINT(clang-analyzer-security.insecureAPI.strcpy): it fits
  return 0;
}

// Who asks wants to know where its stack is.
int pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) noexcept {
  POOLPROOF_REAL(pthread_getattr_np);
  POOLPROOF_REAL(pthread_self);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_pthread_getattr_np(thread, attributes);
  const bool known = thread == machine->threads.self() && machine->carrier == CarrierKind::thread;
  if (!known && !poolproof::world::sanitizer::kPresent) {
    machine->scheduler.unsupported(
        "pthread_getattr_np: the simulated machine knows it only of the thread that asks, and only "
        "on the thread carrier: use --carrier thread");
  }
  return real_pthread_getattr_np(real_pthread_self(), attributes);
}

int pthread_setaffinity_np(pthread_t thread, size_t size, const cpu_set_t* cpus) noexcept {
  POOLPROOF_REAL(pthread_setaffinity_np);
  return Machine::inside() == nullptr ? real_pthread_setaffinity_np(thread, size, cpus) : 0;
}

int pthread_setschedparam(pthread_t thread, int policy, const sched_param* parameter) noexcept {
  POOLPROOF_REAL(pthread_setschedparam);
  return Machine::inside() == nullptr ? real_pthread_setschedparam(thread, policy, parameter) : 0;
}

// ---- C11 ----

int thrd_create(thrd_t* thread, thrd_start_t body, void* argument) {
  POOLPROOF_REAL(thrd_create);
  if (Machine::inside() == nullptr) return real_thrd_create(thread, body, argument);
  return c11_result(pthread_create(thread, nullptr, run_c11_thread, new C11Thread{body, argument}));
}

int thrd_join(thrd_t thread, int* result) {
  POOLPROOF_REAL(thrd_join);
  if (Machine::inside() == nullptr) return real_thrd_join(thread, result);
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (error == 0 && result != nullptr) {
    *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  }
  return c11_result(error);
}

int thrd_detach(thrd_t thread) {
  POOLPROOF_REAL(thrd_detach);
  return Machine::inside() == nullptr ? real_thrd_detach(thread)
                                      : c11_result(pthread_detach(thread));
}

void thrd_exit(int result) {
  pthread_exit(reinterpret_cast<void*>(static_cast<std::intptr_t>(result)));  // NOLINT
}

thrd_t thrd_current() { return pthread_self(); }

int thrd_sleep(const timespec* duration, timespec* left) { return nanosleep(duration, left); }

void thrd_yield() { sched_yield(); }

}  // extern "C"
