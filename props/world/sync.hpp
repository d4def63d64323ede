// pthread mutexes and condition variables, as POSIX describes them, and Linux's futex, over the
// scheduler. What they leave open is a choice: who gets a mutex that was freed (whoever is
// scheduled first), which waiter a signal wakes. Misuse ends the run with a sentence.
#pragma once

#include <pthread.h>

#include <optional>

#include "props/world/scheduler.hpp"

namespace poolproof::world {

// All calls come from inside a task; the results are those of the POSIX functions.
class Sync {
 public:
  explicit Sync(Scheduler& scheduler) : scheduler_(scheduler) {}

  int lock(pthread_mutex_t* mutex, std::optional<Deadline> deadline = std::nullopt);
  int try_lock(pthread_mutex_t* mutex);
  int unlock(pthread_mutex_t* mutex);

  int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, std::optional<Deadline> deadline);
  int signal(pthread_cond_t* condition);
  int broadcast(pthread_cond_t* condition);

  // What std::atomic::wait and std::counting_semaphore are made of. A wait ends at once with EAGAIN
  // if the word is not `expected`; 0 or ETIMEDOUT if it slept. A wake says how many it woke.
  int futex_wait(const int* word, int expected, std::optional<Deadline> deadline);
  int futex_wake(const int* word, int most);

 private:
  std::optional<int> lock_again(Locks::Held& held, int kind);
  bool wake_one(const void* object);

  Scheduler& scheduler_;
};

}  // namespace poolproof::world
