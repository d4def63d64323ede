// POSIX semaphores. The count is kept in the semaphore itself, by the C library's own functions
// that never block: one made or posted outside of the run is right inside.
#pragma once

#include <semaphore.h>

#include <optional>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Semaphores {
 public:
  explicit Semaphores(Scheduler& scheduler) : scheduler_(scheduler) {}

  // 0 or an error number, which the functions of POSIX put into errno.
  int wait(sem_t* semaphore, std::optional<Deadline> deadline = std::nullopt);
  int try_wait(sem_t* semaphore);
  int post(sem_t* semaphore);
  int value(sem_t* semaphore, int* result);

  // Before it is destroyed.
  void retire(const sem_t* semaphore);

 private:
  Scheduler& scheduler_;
};

}  // namespace poolproof::world::sync
