// Numbers that nobody must be able to foresee, only that they differ: how much earlier than the
// others a connection ends, or a connect is tried again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace poolproof {

// Thread-safe.
class Draw {
 public:
  // Evenly from [0, most]. Asks the system for randomness the first time, and not if `most` is 0.
  std::chrono::nanoseconds up_to(std::chrono::nanoseconds most);

 private:
  std::atomic<std::uint64_t> state_ = 0;  // 0: has no seed yet
};

}  // namespace poolproof
