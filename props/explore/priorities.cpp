#include "props/explore/priorities.hpp"

#include <algorithm>

#include "props/world/dependence.hpp"

namespace poolproof::explore {
namespace {

// A run that takes so many times as many points as any before may go in circles until somebody goes
// on whom the priorities hold back: from there on it is fair.
constexpr std::uint32_t kUnfairTimes = 8;

}  // namespace

Pct::Pct(std::uint64_t seed, std::uint32_t depth, const Experience& experience) : Swarm(seed) {
  const std::uint32_t points = std::max(experience.points(), depth);
  while (changes_.size() < depth - 1) {
    const std::uint32_t point = 1 + random().below(points);
    const auto at = std::lower_bound(changes_.begin(), changes_.end(), point);
    if (at == changes_.end() || *at != point) changes_.insert(at, point);
  }
  changes_.push_back(points * kUnfairTimes);
}

std::size_t Pct::highest(std::span<const world::Candidate> tasks) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    std::int64_t& priority = priorities_[index_of(tasks[i].task)];
    if (priority == 0) priority = 1 + static_cast<std::int64_t>(random().next() >> 32);
    if (priority > priorities_[index_of(tasks[best].task)]) best = i;
  }
  return best;
}

std::size_t Pct::pick(std::span<const world::Candidate> tasks) {
  ++point_;
  if (changed_ + 1 == changes_.size() && point_ > changes_.back()) {
    return random().below(static_cast<std::uint32_t>(tasks.size()));
  }
  std::size_t best = highest(tasks);
  const bool falls = point_ == changes_[changed_] && changed_ + 1 < changes_.size();
  if (falls) ++changed_;
  // Whoever yields wants others to go on.
  if (falls || tasks[best].pending.kind == world::OperationKind::yield) {
    priorities_[index_of(tasks[best].task)] = --lowest_;
    best = highest(tasks);
  }
  return best;
}

std::size_t Pos::pick(std::span<const world::Candidate> tasks) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    Drawn& drawn = drawn_[index_of(tasks[i].task)];
    // A step that was taken without a choice has been replaced by the next.
    if (drawn.priority == 0 || drawn.step != tasks[i].pending) {
      drawn = {tasks[i].pending, 1 + (random().next() >> 1)};
    }
    if (drawn.priority > drawn_[index_of(tasks[best].task)].priority) best = i;
  }
  for (const world::Candidate& each : tasks) {
    if (world::depends(each.pending, tasks[best].pending)) drawn_[index_of(each.task)] = {};
  }
  drawn_[index_of(tasks[best].task)] = {};
  return best;
}

}  // namespace poolproof::explore
