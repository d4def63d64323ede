// pthread_once, of which std::call_once is made. That a routine is done stands in the control word,
// where glibc has it too, and holds in later runs, as a static object's state does; that one is in
// progress is kept here and ends with the run.
#pragma once

#include <pthread.h>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Onces {
 public:
  explicit Onces(Scheduler& scheduler) : scheduler_(scheduler) {}

  // An exception that leaves the routine leaves this too; then the next caller tries again.
  // Whoever calls it from inside its own routine waits for itself.
  int call(pthread_once_t* control, void (*routine)());

 private:
  Scheduler& scheduler_;
};

}  // namespace poolproof::world::sync
