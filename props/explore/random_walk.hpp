// The random walk: at each point every task that can run is as likely as the others.
#pragma once

#include "props/explore/swarm.hpp"

namespace poolproof::explore {

// How often it switches at all is drawn once a run: rare switches leave a task stopped at a bad
// place for long.
class RandomWalk final : public Swarm {
 public:
  explicit RandomWalk(std::uint64_t seed);

 protected:
  std::size_t pick(std::span<const world::Candidate> tasks) override;

 private:
  world::TaskId last_{};
  std::uint32_t switch_period_;
};

}  // namespace poolproof::explore
