// pthread mutexes: normal, recursive, error-checking and adaptive (which is normal). Priority
// inheritance and protection change nothing here, where no task has a priority. Robust mutexes are
// not modelled.
#pragma once

#include <pthread.h>

#include <optional>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Mutexes {
 public:
  explicit Mutexes(Scheduler& scheduler) : scheduler_(scheduler) {}

  int lock(pthread_mutex_t* mutex, std::optional<Deadline> deadline = std::nullopt);
  int try_lock(pthread_mutex_t* mutex);
  int unlock(pthread_mutex_t* mutex);

  // Before it is destroyed or made anew. std::mutex never is: its destructor does nothing.
  void retire(const pthread_mutex_t* mutex);

 private:
  int checked_kind(const pthread_mutex_t* mutex);
  std::optional<int> lock_again(Locks::Held& held, int kind);

  Scheduler& scheduler_;
};

}  // namespace poolproof::world::sync
