// Runs near one that is known: where the code has changed, the bug that it showed may have moved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "props/explore/tape.hpp"

namespace poolproof::explore {

// Keeps a beginning of the tape, and of what the callers do in most runs all. How long it is the
// seed says. From there on, and where a choice does not fit, another Chooser decides.
class Near final : public world::Chooser {
 public:
  Near(const Tape& tape, world::Chooser& walk, std::uint64_t seed);

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

 private:
  bool read(world::Stream stream, std::size_t count, std::uint32_t& number);

  const Tape& tape_;
  world::Chooser& walk_;
  std::array<std::size_t, world::kStreams> kept_{};  // of each stream
  std::array<std::size_t, world::kStreams> at_{};
};

// Tells the runs near one tape from those near another: see run_seed.
std::uint64_t seed_of(const Tape& tape);

}  // namespace poolproof::explore
