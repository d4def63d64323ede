// pthread rwlocks, of which std::shared_mutex is made. Whether a reader may go before a writer who
// waits already is open in POSIX and in C++, hence a choice, except where the attribute decides:
// PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP never lets it. Of the other kinds, a reader that is
// in already always gets in again, as glibc promises.
#pragma once

#include <pthread.h>

#include <optional>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Rwlocks {
 public:
  explicit Rwlocks(Scheduler& scheduler) : scheduler_(scheduler) {}

  int lock(pthread_rwlock_t* rwlock, std::optional<Deadline> deadline = std::nullopt);
  int lock_shared(pthread_rwlock_t* rwlock, std::optional<Deadline> deadline = std::nullopt);
  int try_lock(pthread_rwlock_t* rwlock);
  int try_lock_shared(pthread_rwlock_t* rwlock);
  int unlock(pthread_rwlock_t* rwlock);

  // Before it is destroyed. std::shared_mutex never is: its destructor does nothing.
  void retire(const pthread_rwlock_t* rwlock);

 private:
  bool stands_back(const pthread_rwlock_t* rwlock, bool is_in);
  bool writer_waits(const pthread_rwlock_t* rwlock);
  void enter(const pthread_rwlock_t* rwlock, Locks::Held* mine);

  Scheduler& scheduler_;
};

}  // namespace poolproof::world::sync
