// How often what is rare may happen in one run: what an exploration leaves open apart from who goes
// on. Runs with more are not explored, and the verdict says so.
#pragma once

#include <array>
#include <cstdint>

#include "props/world/chooser.hpp"

namespace poolproof::explore::dpor {

class Budget {
 public:
  // Of each kind of fault, by its number; of others than faults nothing happens.
  void allow(world::Rarity kind, std::uint8_t times) {
    allowed_[static_cast<std::size_t>(kind)] = times;
  }
  void allow_spurious(std::uint8_t times) { spurious_ = times; }

  void begin() {
    left_ = allowed_;
    spurious_left_ = spurious_;
    struck_ = false;
  }

  // Whether a question has more than one answer in this run.
  [[nodiscard]] bool opens(world::Stream stream, world::Rarity kind) const {
    return stream == world::Stream::faults && left_[static_cast<std::size_t>(kind)] > 0;
  }
  // Of a question that names no kind: whom a signal wakes; of what size a fault is that strikes;
  // whether a sleeper wakes for nothing.
  [[nodiscard]] bool opens(world::Stream stream) const {
    switch (stream) {
      case world::Stream::waiter: return true;
      case world::Stream::faults: return struck_;
      case world::Stream::machine: return spurious_left_ > 0;
      default: return false;
    }
  }
  void answered(world::Stream stream, world::Rarity kind) {
    if (stream != world::Stream::faults) return;
    --left_[static_cast<std::size_t>(kind)];
    struck_ = true;
  }
  void answered(world::Stream stream) {
    if (stream == world::Stream::machine) --spurious_left_;
  }

 private:
  std::array<std::uint8_t, world::kRarities> allowed_{};
  std::array<std::uint8_t, world::kRarities> left_{};
  std::uint8_t spurious_ = 0;
  std::uint8_t spurious_left_ = 0;
  bool struck_ = false;
};

}  // namespace poolproof::explore::dpor
