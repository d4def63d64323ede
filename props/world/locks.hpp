// Which mutexes are held, by whom. Only held ones are listed: a free mutex leaves no trace, so
// memory may be reused for another mutex, and one that was locked outside the world is not ours.
#pragma once

#include <algorithm>
#include <vector>

#include "props/world/chooser.hpp"

namespace poolproof::world {

class Locks {
 public:
  struct Held {
    const void* mutex;
    TaskId owner;
    int depth;  // of a recursive mutex
  };

  // Null when the mutex is free. Valid until the next change.
  Held* find(const void* mutex) {
    auto held = std::find_if(held_.begin(), held_.end(),
                             [&](const Held& each) { return each.mutex == mutex; });
    return held == held_.end() ? nullptr : &*held;
  }
  bool free(const void* mutex) { return find(mutex) == nullptr; }

  void take(const void* mutex, TaskId owner, int depth = 1) {
    held_.push_back({mutex, owner, depth});
  }
  void release(const void* mutex) {
    *find(mutex) = held_.back();
    held_.pop_back();
  }
  void clear() { held_.clear(); }

 private:
  std::vector<Held> held_;  // a handful at most: a scan beats a hash
};

}  // namespace poolproof::world
