// Tickets and one condition variable for all: everybody wakes up, and whose ticket is the lowest
// goes in.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include <poolproof/deadline.hpp>

namespace poolproof::gallery {

class Turnstile {
 public:
  static constexpr const char* kName = "one condition variable";

  explicit Turnstile(int slots) {
    for (int i = 0; i < slots; ++i) idle_.push_back(i);
  }

  std::optional<int> enter(Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto mine = waiting_.insert(waiting_.end(), next_++);
    const auto first = [&] {
      return static_cast<std::size_t>(std::distance(waiting_.begin(), mine)) < idle_.size();
    };
    std::optional<int> slot;
    if (!deadline) changed_.wait(lock, first);
    if (!deadline || changed_.wait_until(lock, *deadline, first)) {
      slot = idle_.back();
      idle_.pop_back();
    }
    waiting_.erase(mine);
    changed_.notify_all();  // another one is the first now
    return slot;
  }

  void leave(int slot) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(slot);
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> idle_;
  std::set<std::uint64_t> waiting_;
  std::uint64_t next_ = 0;
};

}  // namespace poolproof::gallery
