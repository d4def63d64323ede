// pthread spinlocks. Whoever would spin is not scheduled until the lock is free: no step is spent.
#pragma once

#include <pthread.h>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Spinlocks {
 public:
  explicit Spinlocks(Scheduler& scheduler) : scheduler_(scheduler) {}

  int lock(pthread_spinlock_t* spinlock);
  int try_lock(pthread_spinlock_t* spinlock);
  int unlock(pthread_spinlock_t* spinlock);

  // Before it is destroyed or made anew.
  void retire(const volatile pthread_spinlock_t* spinlock);

 private:
  Scheduler& scheduler_;
};

}  // namespace poolproof::world::sync
