// Runs that differ in little from one that has met something new.
#pragma once

#include <array>
#include <vector>

#include "props/explore/random_walk.hpp"
#include "props/explore/tape.hpp"

namespace poolproof::explore {

// Plays a tape with a few of its choices made anew, mostly of the schedule; in some runs all that
// come after the last of these too (after Fest: "Fray", NSDI 2026, which mutates recorded random
// numbers in the same spirit). What is new, and what no longer fits, a random walk decides.
class Mutation final : public world::Chooser {
 public:
  // The tape must outlive it.
  Mutation(std::uint64_t seed, const Tape& tape);

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

 private:
  // The next number of that stream, if it stands and is below `count`.
  bool read(world::Stream stream, std::size_t count, std::uint32_t& number);

  const Tape& tape_;
  RandomWalk walk_;
  std::array<std::vector<std::size_t>, world::kStreams> changed_;  // places
  std::array<std::size_t, world::kStreams> end_;                   // nothing stands from there on
  std::array<std::size_t, world::kStreams> at_{};
};

}  // namespace poolproof::explore
