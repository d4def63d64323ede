// pthread mutexes and condition variables, as POSIX describes them, over the scheduler. What POSIX
// leaves open is a choice: who gets a mutex that was freed (whoever is scheduled first), which
// waiter a signal wakes. Misuse ends the run with a sentence.
#pragma once

#include <pthread.h>

#include <optional>

#include "props/world/scheduler.hpp"

namespace poolproof::world {

// All calls come from inside a task; the results are those of the POSIX functions.
class Sync {
 public:
  explicit Sync(Scheduler& scheduler) : scheduler_(scheduler) {}

  int lock(pthread_mutex_t* mutex, std::optional<Time> deadline = std::nullopt);
  int try_lock(pthread_mutex_t* mutex);
  int unlock(pthread_mutex_t* mutex);

  int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, std::optional<Time> deadline);
  int signal(pthread_cond_t* condition);
  int broadcast(pthread_cond_t* condition);

 private:
  std::optional<int> lock_again(Locks::Held& held, int kind);

  Scheduler& scheduler_;
};

}  // namespace poolproof::world
