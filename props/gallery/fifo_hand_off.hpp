// Each waiter sleeps on a condition variable of his own, and a slot that comes back is put into the
// hand of the first.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include <poolproof/deadline.hpp>

namespace poolproof::gallery {

class Turnstile {
 public:
  static constexpr const char* kName = "FIFO hand-off";

  explicit Turnstile(int slots) {
    for (int i = 0; i < slots; ++i) idle_.push_back(i);
  }

  std::optional<int> enter(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (!idle_.empty()) {
      const int slot = idle_.front();
      idle_.pop_front();
      return slot;
    }
    Waiter self;
    waiters_.push_back(&self);
    const auto served = [&self] { return self.slot.has_value(); };
    if (!deadline) {
      self.told.wait(lock, served);
    } else if (!self.told.wait_until(lock, *deadline, served)) {
      waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &self));
    }
    return self.slot;
  }

  void leave(int slot) {
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) return idle_.push_back(slot);
    waiters_.front()->slot = slot;
    waiters_.front()->told.notify_one();
    waiters_.pop_front();
  }

 private:
  struct Waiter {
    std::optional<int> slot;
    std::condition_variable told;
  };
  std::mutex mutex_;
  std::deque<int> idle_;
  std::deque<Waiter*> waiters_;
};

}  // namespace poolproof::gallery
