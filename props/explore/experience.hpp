// What strategies need to know of a run before it is over, learnt from those before it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "props/world/chooser.hpp"

namespace poolproof::explore {

// Tasks beyond those are all alike.
inline constexpr std::size_t kTasksKnown = 64;

inline std::size_t index_of(world::TaskId task) {
  return std::min(static_cast<std::size_t>(task), kTasksKnown - 1);
}

// A point is where two tasks or more can go on.
struct Measured {
  std::uint32_t points = 0;
  std::array<std::uint16_t, kTasksKnown> steps{};        // of each task, at points
  std::array<std::uint16_t, kTasksKnown> interesting{};  // those among them that SURW counts
};

// How many steps each task took in a run, at points or not: what is left to do once nobody else can
// run must not be forgotten, or whoever came first would be expected to have had nothing else to
// do.
using Totals = std::array<std::uint16_t, kTasksKnown>;

class Experience {
 public:
  // Of a run with `surw`, or without.
  void learn(const Measured& run, const Totals& totals, bool surw);

  // The most of the last runs: rather too many, or what happens late would never be disturbed. One
  // run that goes in circles does not count for all that it takes.
  [[nodiscard]] std::uint32_t points() const { return points_; }
  // Means, of the last runs above all, in sixteenths.
  [[nodiscard]] std::uint32_t steps(world::TaskId task) const { return steps_[index_of(task)]; }
  [[nodiscard]] std::uint32_t interesting(world::TaskId task) const {
    return interesting_[index_of(task)];
  }

 private:
  // Before anything is known.
  static constexpr std::uint32_t kPoints = 80;
  static constexpr std::uint32_t kSteps = 16 * 20;
  static constexpr std::uint32_t kInteresting = 16 * 6;

  static constexpr std::array<std::uint32_t, kTasksKnown> all(std::uint32_t value) {
    std::array<std::uint32_t, kTasksKnown> values{};
    values.fill(value);
    return values;
  }

  std::uint32_t points_ = kPoints;
  std::array<std::uint32_t, kTasksKnown> steps_ = all(kSteps);
  std::array<std::uint32_t, kTasksKnown> interesting_ = all(kInteresting);
};

}  // namespace poolproof::explore
