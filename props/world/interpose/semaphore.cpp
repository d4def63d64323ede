// sem_*: see ../sync/semaphores.hpp. sem_init is the C library's own.
#include <semaphore.h>

#include <cerrno>

#include "props/world/interpose/inside.hpp"

using poolproof::world::Machine;
using poolproof::world::until;

namespace {

int answer(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int wait_until(Machine& machine, sem_t* semaphore, clockid_t clock, const timespec& reading) {
  const auto deadline = until(machine, clock, reading);
  return answer(deadline ? machine.sync.semaphores.wait(semaphore, *deadline) : EINVAL);
}

}  // namespace

extern "C" {

int sem_destroy(sem_t* semaphore) noexcept {
  POOLPROOF_REAL(sem_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.semaphores.retire(semaphore);
  return real_sem_destroy(semaphore);
}

int sem_wait(sem_t* semaphore) {
  POOLPROOF_INSIDE_OR_RETURN(sem_wait, semaphore);
  return answer(machine->sync.semaphores.wait(semaphore));
}

int sem_timedwait(sem_t* semaphore, const timespec* reading) {
  POOLPROOF_INSIDE_OR_RETURN(sem_timedwait, semaphore, reading);
  return wait_until(*machine, semaphore, CLOCK_REALTIME, *reading);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* reading) {
  POOLPROOF_INSIDE_OR_RETURN(sem_clockwait, semaphore, clock, reading);
  return wait_until(*machine, semaphore, clock, *reading);
}

int sem_trywait(sem_t* semaphore) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(sem_trywait, semaphore);
  return answer(machine->sync.semaphores.try_wait(semaphore));
}

int sem_post(sem_t* semaphore) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(sem_post, semaphore);
  return answer(machine->sync.semaphores.post(semaphore));
}

int sem_getvalue(sem_t* semaphore, int* value) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(sem_getvalue, semaphore, value);
  return machine->sync.semaphores.value(semaphore, value);
}

}  // extern "C"
