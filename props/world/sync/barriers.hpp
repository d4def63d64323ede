// pthread barriers. Which of the threads of a round is told PTHREAD_BARRIER_SERIAL_THREAD is a
// choice.
#pragma once

#include <pthread.h>

#include <vector>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Barriers {
 public:
  explicit Barriers(Scheduler& scheduler) : scheduler_(scheduler) {}

  void reset() { serial_.clear(); }

  int wait(pthread_barrier_t* barrier);

  // Before it is destroyed.
  void retire(const pthread_barrier_t* barrier);

 private:
  void open(pthread_barrier_t* barrier, std::vector<Task*>& waiters);

  Scheduler& scheduler_;
  std::vector<TaskId> serial_;  // who will be told so when it goes on
};

}  // namespace poolproof::world::sync
