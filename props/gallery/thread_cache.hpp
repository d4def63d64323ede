// A thread takes again the slot that it had last, if nobody else has it, without a look at the
// others.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

#include <poolproof/deadline.hpp>

#include "props/gallery/idle_count.hpp"

namespace poolproof::gallery {

class Turnstile {
 public:
  static constexpr const char* kName = "per-thread cache";

  explicit Turnstile(int slots) : idle_count_(slots), taken_(static_cast<std::size_t>(slots)) {}

  std::optional<int> enter(Deadline deadline) {
    if (!idle_count_.take(deadline)) return std::nullopt;
    // There is one; it may move while we look.
    thread_local std::size_t last = 0;
    while (taken_[last % taken_.size()].exchange(true)) ++last;
    last %= taken_.size();
    return static_cast<int>(last);
  }

  void leave(int slot) {
    taken_[static_cast<std::size_t>(slot)].store(false);
    idle_count_.give();
  }

 private:
  IdleCount idle_count_;
  std::vector<std::atomic<bool>> taken_;  // by slot
};

}  // namespace poolproof::gallery
