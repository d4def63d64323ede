// What belongs to one thread: the values of keys, and the destructors of its thread_local objects.
// See ../threads.hpp.
#include <pthread.h>
#include <threads.h>

#include <array>
#include <atomic>
#include <climits>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"
#include "props/world/sanitizer.hpp"

using poolproof::world::Machine;
using poolproof::world::remember_destructor;

namespace {

#ifdef POOLPROOF_ADDRESS_SANITIZER
// The sanitizer keeps what it knows of an OS thread under a key of its own, made before all others,
// and asks for it at any time, in the middle of what follows here too.
constinit std::array<std::atomic<bool>, PTHREAD_KEYS_MAX> made_in_a_task{};

void made(pthread_key_t key, bool in_a_task) { made_in_a_task[key] = in_a_task; }
Machine* owner(pthread_key_t key) {
  return key < PTHREAD_KEYS_MAX && made_in_a_task[key] ? Machine::inside() : nullptr;
}
#else
void made(pthread_key_t, bool) {}
Machine* owner(pthread_key_t) { return Machine::inside(); }
#endif

}  // namespace

extern "C" {

int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
  POOLPROOF_REAL(pthread_key_create);
  const int error = real_pthread_key_create(key, destructor);
  if (error != 0) return error;
  remember_destructor(*key, destructor);
  auto* const machine = Machine::inside();
  made(*key, machine != nullptr);
  if (machine != nullptr) machine->threads.made(*key);
  return 0;
}

void* pthread_getspecific(pthread_key_t key) noexcept {
  POOLPROOF_REAL(pthread_getspecific);
  auto* const machine = owner(key);
  return machine == nullptr ? real_pthread_getspecific(key) : machine->threads.get(key);
}

int pthread_setspecific(pthread_key_t key, const void* value) noexcept {
  POOLPROOF_REAL(pthread_setspecific);
  auto* const machine = owner(key);
  return machine == nullptr ? real_pthread_setspecific(key, value)
                            : machine->threads.set(key, value);
}

// What the destructor of a thread_local object is registered with. Where carriers are used again,
// the objects in them are the OS thread's, and end with it.
// NOLINTNEXTLINE(bugprone-reserved-identifier, readability-identifier-naming): the C library's name
int __cxa_thread_atexit_impl(void (*destructor)(void*), void* object, void* library) noexcept {
  static constinit const auto at_exit =
      poolproof::world::real<int(void (*)(void*), void*, void*)>("__cxa_thread_atexit_impl");
  auto* const machine = Machine::inside();
  if (machine == nullptr || !machine->scheduler.carriers().fresh_threads()) {
    return at_exit(destructor, object, library);
  }
  machine->threads.at_exit(destructor, object);
  return 0;
}

// ---- C11 ----

int tss_create(tss_t* key, tss_dtor_t destructor) {
  return pthread_key_create(key, destructor) == 0 ? thrd_success : thrd_error;
}

void tss_delete(tss_t key) { pthread_key_delete(key); }

void* tss_get(tss_t key) { return pthread_getspecific(key); }

int tss_set(tss_t key, void* value) {
  return pthread_setspecific(key, value) == 0 ? thrd_success : thrd_error;
}

// ---- other names of the C library ----
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the C library's names

int __pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
  return pthread_key_create(key, destructor);
}
void* __pthread_getspecific(pthread_key_t key) { return pthread_getspecific(key); }
int __pthread_setspecific(pthread_key_t key, const void* value) {
  return pthread_setspecific(key, value);
}

// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

}  // extern "C"
