// Hears what orders the memory accesses of tasks: all that a task did before a release of an object
// happens before what any task does after its next acquire of the same object. A mutex is released
// when it is unlocked and acquired when it is locked, a semaphore when it is posted and waited for.
#pragma once

#include "props/world/chooser.hpp"

namespace poolproof::world {

class HappensBefore {
 public:
  HappensBefore() = default;
  HappensBefore(const HappensBefore&) = delete;
  HappensBefore& operator=(const HappensBefore&) = delete;
  virtual ~HappensBefore() = default;

  virtual void acquired(TaskId task, const void* object) = 0;
  virtual void released(TaskId task, const void* object) = 0;
  // `starter` is the task itself if it is the first of a run.
  virtual void started(TaskId starter, TaskId task) = 0;
  virtual void joined(TaskId waiter, TaskId finished) = 0;
};

}  // namespace poolproof::world
