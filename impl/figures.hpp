// What a pool counts of its connections. Whoever counts has a slot in his hands, and counts in the
// part of that slot: threads do not meet over a number that none of them reads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "impl/slot.hpp"

namespace poolproof {

class Figures {
 public:
  using Count = std::atomic<std::uint64_t>;

  struct alignas(64) Part {
    Count connects = 0;
    Count failed_connects = 0;
    Count closes = 0;
    Count broken = 0;
  };

  Part& of(const Slot& slot) { return parts_[slot.number % parts_.size()]; }

  std::uint64_t sum(Count Part::*count) const {
    std::uint64_t sum = 0;
    for (const Part& part : parts_) sum += (part.*count).load();
    return sum;
  }

 private:
  std::array<Part, 16> parts_;
};

}  // namespace poolproof
