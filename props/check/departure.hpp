// Runs that are as another was up to some decision, and then are not.
#pragma once

#include <array>

#include "props/explore/tape.hpp"
#include "props/world/random.hpp"

namespace poolproof::check {

// Goes anywhere, with nothing going wrong on the way.
class Wanderer final : public world::Chooser {
 public:
  explicit Wanderer(std::uint64_t seed) : random_(seed) {}

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;

 private:
  world::Random random_;
};

// A run as it was up to some decision, then another choice, and then whatever is decided elsewhere.
// That one is asked all along, so that it knows how far the run is.
class Departure final : public world::Chooser {
 public:
  // `kept`: how many decisions are as they were.
  Departure(const explore::Tape& tape, std::size_t kept, std::uint8_t instead, world::Chooser& then)
      : tape_(tape), left_(kept), instead_(instead), then_(then) {}

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;

 private:
  std::uint32_t decided(world::Stream stream, std::uint32_t then, std::uint32_t count);

  const explore::Tape& tape_;
  std::array<std::size_t, world::kStreams> at_{};
  std::size_t left_;  // decisions until then
  const std::uint8_t instead_;
  bool departed_ = false;
  world::Chooser& then_;
};

}  // namespace poolproof::check
