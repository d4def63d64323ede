// The idle slots are a lock-free stack, whose head has a count of its changes beside it, or a slot
// that went and came back would look as if it had never gone. A semaphore says that there is one.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include <poolproof/deadline.hpp>

#include "props/gallery/idle_count.hpp"

namespace poolproof::gallery {

class Turnstile {
 public:
  static constexpr const char* kName = "lock-free idle stack";

  explicit Turnstile(int slots) : idle_count_(slots), below_(static_cast<std::size_t>(slots)) {
    for (int i = 0; i < slots; ++i) push(i);
  }

  std::optional<int> enter(Deadline deadline) {
    if (!idle_count_.take(deadline)) return std::nullopt;
    return pop();
  }

  void leave(int slot) {
    push(slot);
    idle_count_.give();
  }

 private:
  struct Head {
    std::int32_t slot = -1;  // -1: empty
    std::uint32_t changes = 0;
  };

  void push(int slot) {
    Head head = head_.load();
    do {
      below_[static_cast<std::size_t>(slot)].store(head.slot);
    } while (!head_.compare_exchange_weak(head, {slot, head.changes + 1}));
  }

  // There is one: the semaphore has been passed.
  int pop() {
    Head head = head_.load();
    while (!head_.compare_exchange_weak(
        head, {below_[static_cast<std::size_t>(head.slot)].load(), head.changes + 1})) {
    }
    return head.slot;
  }

  IdleCount idle_count_;
  std::vector<std::atomic<std::int32_t>> below_;  // by slot: which lies under it
  std::atomic<Head> head_{};
};

}  // namespace poolproof::gallery
