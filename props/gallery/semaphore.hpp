// A semaphore counts the slots that are idle; which they are is under a mutex that nobody waits on.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include <poolproof/deadline.hpp>

#include "props/gallery/idle_count.hpp"

namespace poolproof::gallery {

class Turnstile {
 public:
  static constexpr const char* kName = "semaphore";

  explicit Turnstile(int slots) : idle_count_(slots) {
    for (int i = 0; i < slots; ++i) idle_.push_back(i);
  }

  std::optional<int> enter(Deadline deadline) {
    if (!idle_count_.take(deadline)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const int slot = idle_.back();
    idle_.pop_back();
    return slot;
  }

  void leave(int slot) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(slot);
    }
    idle_count_.give();
  }

 private:
  IdleCount idle_count_;
  std::mutex mutex_;
  std::vector<int> idle_;
};

}  // namespace poolproof::gallery
