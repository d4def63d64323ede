// A slot that comes back is left lying, and one waiter is told: whoever is there first takes it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include <poolproof/deadline.hpp>

namespace poolproof::gallery {

class Turnstile {
 public:
  static constexpr const char* kName = "barging";

  explicit Turnstile(int slots) {
    for (int i = 0; i < slots; ++i) idle_.push_back(i);
  }

  std::optional<int> enter(Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto any = [this] { return !idle_.empty(); };
    if (!deadline) {
      left_.wait(lock, any);
    } else if (!left_.wait_until(lock, *deadline, any)) {
      return std::nullopt;
    }
    const int slot = idle_.back();
    idle_.pop_back();
    return slot;
  }

  void leave(int slot) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(slot);
    left_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::vector<int> idle_;
};

}  // namespace poolproof::gallery
