// The random walk: at each scheduling point every task that can run is as likely as the others.
#pragma once

#include <array>

#include "props/world/chooser.hpp"
#include "props/world/random.hpp"

namespace poolproof::explore {

// One run's strategy. How often it switches at all, how often time races and callers do anything
// but the plainest is drawn once a run, and so is which kinds of rare things happen in it, and how
// often each (swarm testing: Groce et al., ISSTA 2012): runs that differ in kind find more than
// runs that are all average. Rare switches leave a task stopped at a bad place for long; plain
// callers come back to the pool soonest.
class RandomWalk final : public world::Chooser {
 public:
  explicit RandomWalk(std::uint64_t seed);

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

 private:
  [[nodiscard]] std::uint8_t period_of(world::Rarity kind) const;

  static constexpr std::uint8_t kNotDrawn = 255;

  const std::uint64_t seed_;
  std::array<world::Random, world::kStreams> streams_;
  world::TaskId last_{};
  std::uint32_t switch_period_;
  std::uint32_t race_period_;
  std::array<std::uint32_t, world::kStreams> periods_;  // of a choice that is not as usual
  std::uint32_t kinds_;  // one kind of rare thing in so many is among those of this run; 0: none
  std::array<std::uint8_t, world::kRarities> rarities_;  // how often each; drawn when first asked
};

// The seed of run `index` of a search.
std::uint64_t run_seed(std::uint64_t seed, std::uint64_t index);

}  // namespace poolproof::explore
