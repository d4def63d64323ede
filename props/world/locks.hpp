// Which locks (mutexes, rwlocks, spinlocks, onces in progress) are held, by whom. Only held ones
// are listed: a free lock leaves no trace, so memory may be reused for another, and one that was
// locked outside the world is not ours: it counts as free, and unlocking it inside is misuse.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "props/world/chooser.hpp"

namespace poolproof::world {

class Locks {
 public:
  // A vector that grows within a run would take memory that others count.
  Locks() { held_.reserve(kUsual); }

  struct Held {
    const void* lock;
    TaskId owner;
    int depth;            // how often its owner took it
    bool shared = false;  // by a reader; there is an entry for each of them
  };

  // Null when it is free. Valid until the next change.
  Held* find(const void* lock) {
    auto held = std::find_if(held_.begin(), held_.end(),
                             [&](const Held& each) { return each.lock == lock; });
    return held == held_.end() ? nullptr : &*held;
  }
  Held* find(const void* lock, TaskId owner) {
    auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& each) {
      return each.lock == lock && each.owner == owner;
    });
    return held == held_.end() ? nullptr : &*held;
  }
  // One of them, if they are readers.
  [[nodiscard]] std::optional<TaskId> owner_of(const void* lock) const {
    const auto held = std::find_if(held_.begin(), held_.end(),
                                   [&](const Held& each) { return each.lock == lock; });
    if (held == held_.end()) return std::nullopt;
    return held->owner;
  }
  [[nodiscard]] bool free(const void* lock) const { return !owner_of(lock).has_value(); }

  // Whether a task that is about to do that need not wait for another to unlock.
  [[nodiscard]] bool admits(const Operation& operation) const {
    if (operation.kind == OperationKind::lock) return free(operation.object);
    if (operation.kind != OperationKind::lock_shared) return true;
    return std::none_of(held_.begin(), held_.end(), [&](const Held& each) {
      return each.lock == operation.object && !each.shared;
    });
  }

  void take(const void* lock, TaskId owner, int depth = 1) {
    held_.push_back({lock, owner, depth});
  }
  void take_shared(const void* lock, TaskId owner) { held_.push_back({lock, owner, 1, true}); }
  void release(Held& held) {
    held = held_.back();
    held_.pop_back();
  }
  void clear() { held_.clear(); }

 private:
  static constexpr std::size_t kUsual = 64;

  std::vector<Held> held_;  // a handful at most: a scan beats a hash
};

}  // namespace poolproof::world
