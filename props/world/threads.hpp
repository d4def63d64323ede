// pthread_create and its kin over tasks.
#pragma once

#include <pthread.h>

#include <deque>

#include "props/world/scheduler.hpp"

namespace poolproof::world {

// All calls come from inside a task; the results are those of the POSIX functions.
class Threads {
 public:
  explicit Threads(Scheduler& scheduler) : scheduler_(scheduler) {}

  void reset() { threads_.clear(); }

  int create(pthread_t* handle, void* (*body)(void*), void* argument);
  int join(pthread_t handle, void** result);
  int detach(pthread_t handle);
  // Different for each task, and never the handle of a real thread.
  pthread_t self();

 private:
  struct Thread {
    TaskId task;
    void* result = nullptr;
  };

  Thread* find(pthread_t handle);

  Scheduler& scheduler_;
  std::deque<Thread> threads_;  // only those that pthread_create made
};

}  // namespace poolproof::world
