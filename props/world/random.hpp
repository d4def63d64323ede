// Random numbers that are the same everywhere: SplitMix64 (Steele, Lea, Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014). The standard library's distributions differ
// between implementations, so they have no place in a seed that must replay.
#pragma once

#include <cstdint>

namespace poolproof::world {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // Unrelated numbers for each `stream` of one seed.
  Random(std::uint64_t seed, std::uint64_t stream) : state_(seed) {
    state_ = next() ^ (stream * 0xd1342543de82ef95);
  }

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // Uniform in [0, count), by multiplication instead of division (Lemire 2019, without the
  // rejection: the bias is below 2^-32 for the small counts of a schedule).
  std::uint32_t below(std::uint32_t count) {
    return static_cast<std::uint32_t>(((next() >> 32) * count) >> 32);
  }

  // True once in `period` times; never if it is 0.
  bool once_in(std::uint32_t period) { return period != 0 && below(period) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace poolproof::world
