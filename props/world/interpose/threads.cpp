// pthread_create, pthread_join, pthread_detach, pthread_self, pthread_once: see ../threads.hpp.
#include <pthread.h>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Machine;

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) {
  POOLPROOF_REAL(pthread_create);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_pthread_create(thread, attributes, body, argument);
  return machine->threads.create(thread, body, argument);
}

int pthread_join(pthread_t thread, void** result) {
  POOLPROOF_REAL(pthread_join);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_join(thread, result)
                            : machine->threads.join(thread, result);
}

int pthread_detach(pthread_t thread) noexcept {
  POOLPROOF_REAL(pthread_detach);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_detach(thread) : machine->threads.detach(thread);
}

pthread_t pthread_self() noexcept {
  POOLPROOF_REAL(pthread_self);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pthread_self() : machine->threads.self();
}

}  // extern "C"
