// Schedules of a program at random: any way to go on is as likely as another, and a fault strikes
// half of the times that it may.
#pragma once

#include <cstdint>

#include "props/explore/dpor/walk.hpp"
#include "props/world/random.hpp"

namespace poolproof::explore::dpor {

class AtRandom final : private Walk {
 public:
  AtRandom(Program& program, const Budget& budget, std::uint64_t seed)
      : Walk(program, budget), random_(seed) {}

  // One more; what it was, until the next.
  const Execution& run() {
    chance_ = 1;
    walk();
    return execution();
  }
  // With which the last run came, among all.
  [[nodiscard]] double chance() const { return chance_; }

 private:
  std::size_t choice(std::size_t count) override {
    chance_ /= static_cast<double>(count);
    return random_.below(static_cast<std::uint32_t>(count));
  }

  world::Random random_;
  double chance_ = 1;
};

}  // namespace poolproof::explore::dpor
