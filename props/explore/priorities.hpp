// Strategies by priority: of the tasks that can run the highest goes on, which leaves the others
// where they are for long.
#pragma once

#include <vector>

#include "props/explore/swarm.hpp"

namespace poolproof::explore {

// PCT: tasks have random priorities; at `depth` - 1 random points of the run the task that is about
// to go on falls below all others (Burckhardt et al., "A randomized scheduler with probabilistic
// guarantees of finding bugs", ASPLOS 2010). With n tasks and k points a run finds a bug that needs
// `depth` ordering constraints with probability 1/(n k^(depth-1)) at least. The newest to fall is
// the lowest: in the paper's order, where ranks are drawn beforehand, a task that fell early and
// one that falls late may change places, which hides stolen wake-ups from shallow depths.
class Pct final : public Swarm {
 public:
  Pct(std::uint64_t seed, std::uint32_t depth, const Experience& experience);

 protected:
  std::size_t pick(std::span<const world::Candidate> tasks) override;

 private:
  std::size_t highest(std::span<const world::Candidate> tasks);

  std::vector<std::uint32_t> changes_;  // the points at which one falls, in order
  std::size_t changed_ = 0;
  std::uint32_t point_ = 0;
  std::array<std::int64_t, kTasksKnown> priorities_{};  // 0: not drawn yet
  std::int64_t lowest_ = 0;
};

// POS: each step has a random priority; when one is taken, those that race with it draw anew, so
// that every race goes either way, in partial orders rather than in interleavings (Yuan, Yang, Gu,
// "Partial order aware concurrency sampling", CAV 2018).
class Pos final : public Swarm {
 public:
  explicit Pos(std::uint64_t seed) : Swarm(seed) {}

 protected:
  std::size_t pick(std::span<const world::Candidate> tasks) override;

 private:
  struct Drawn {
    world::Operation step{};
    std::uint64_t priority = 0;  // 0: to be drawn
  };
  std::array<Drawn, kTasksKnown> drawn_{};
};

}  // namespace poolproof::explore
