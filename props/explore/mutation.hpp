// Runs that differ in little from one that has met something new.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "props/explore/random_walk.hpp"
#include "props/explore/tape.hpp"

namespace poolproof::explore {

// What a base class refers to is made before it.
struct MutationsWalk {
  RandomWalk walk;
};

// Plays a tape with a few of its choices made anew, mostly of the schedule; in some runs all that
// come after the last of these too (after Fest: "Fray", NSDI 2026, which mutates recorded random
// numbers in the same spirit). What is new, and what no longer fits, a random walk decides.
class Mutation final : private MutationsWalk, public ByRecord {
 public:
  // The tape must outlive it.
  Mutation(std::uint64_t seed, const Tape& tape);

 private:
  std::optional<std::uint32_t> read(world::Stream stream, std::size_t place,
                                    std::uint32_t count) override;

  std::array<std::vector<std::size_t>, world::kStreams> changed_;  // places
  std::array<std::size_t, world::kStreams> end_;                   // nothing stands from there on
};

}  // namespace poolproof::explore
