#include "props/world/sync/semaphores.hpp"

#include <cerrno>

#include "props/world/interpose/real.hpp"
#include "props/world/sync/wake.hpp"

namespace poolproof::world::sync {

// Who was woken looks at the count again: another may have been faster, as in Linux.
int Semaphores::wait(sem_t* semaphore, std::optional<Deadline> deadline) {
  POOLPROOF_REAL(sem_trywait);
  scheduler_.point({OperationKind::wait, semaphore});
  while (real_sem_trywait(semaphore) != 0) {
    if (!scheduler_.block({OperationKind::wait, semaphore}, deadline)) return ETIMEDOUT;
  }
  scheduler_.acquired(semaphore);
  return 0;
}

int Semaphores::try_wait(sem_t* semaphore) {
  POOLPROOF_REAL(sem_trywait);
  scheduler_.point({OperationKind::try_lock, semaphore});
  if (real_sem_trywait(semaphore) != 0) return EAGAIN;
  scheduler_.acquired(semaphore);
  return 0;
}

int Semaphores::post(sem_t* semaphore) {
  POOLPROOF_REAL(sem_post);
  scheduler_.point({OperationKind::signal, semaphore});
  scheduler_.released(semaphore);
  if (real_sem_post(semaphore) != 0) return EOVERFLOW;
  wake_one(scheduler_, semaphore);
  return 0;
}

int Semaphores::value(sem_t* semaphore, int* result) {
  POOLPROOF_REAL(sem_getvalue);
  scheduler_.point({OperationKind::try_lock, semaphore});
  return real_sem_getvalue(semaphore, result);
}

void Semaphores::retire(const sem_t* semaphore) {
  if (is_waited_on(scheduler_, semaphore)) {
    scheduler_.misuse("a semaphore is destroyed while a thread waits for it");
  }
}

}  // namespace poolproof::world::sync
