// A vector clock: for each task, how much of what it did is known to have happened before. A task's
// own time, its tick, goes up whenever it lets others know (a release).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "props/world/chooser.hpp"

namespace poolproof::world::memory {

using Tick = std::uint32_t;

class VectorClock {
 public:
  // 0 of a task of which nothing is known.
  [[nodiscard]] Tick of(TaskId task) const {
    const auto index = static_cast<std::size_t>(task);
    return index < ticks_.size() ? ticks_[index] : 0;
  }

  void advance(TaskId task) {
    const auto index = static_cast<std::size_t>(task);
    if (index >= ticks_.size()) ticks_.resize(index + 1);
    ++ticks_[index];
  }

  // Knows afterwards what either knew.
  void join(const VectorClock& other) {
    if (other.ticks_.size() > ticks_.size()) ticks_.resize(other.ticks_.size());
    for (std::size_t i = 0; i < other.ticks_.size(); ++i) {
      ticks_[i] = std::max(ticks_[i], other.ticks_[i]);
    }
  }

  void clear() { ticks_.clear(); }

 private:
  std::vector<Tick> ticks_;
};

}  // namespace poolproof::world::memory
