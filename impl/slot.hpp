// What a pool consists of: slots, and the queue in which the idle ones wait to be used.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include <poolproof/connection.hpp>
#include <poolproof/lease.hpp>

namespace poolproof {

// The right to one server connection, and the connection itself while there is one. A slot has
// one owner, the unique_ptr: it is idle in Slots, granted to a Waiter, in a Lease or in the hands
// of a caller that connects or closes it. So it is never in two places, by construction.
struct Slot {
  enum class Origin {
    fresh,   // no connect in it has succeeded yet; it vanishes if that fails
    pooled,  // has been connected once; if it loses the connection it lives on, EMPTY
  };

  Connection connection;                       // closed: the slot is EMPTY
  std::chrono::steady_clock::time_point born;  // when the connect of `connection` began
  Origin origin = Origin::fresh;
  OwnedSlot next;  // SlotQueue's
};

// First in, first out. Owns its slots and links them through themselves: nothing is allocated on
// the way in or out, so giving a slot back cannot fail.
class SlotQueue {
 public:
  SlotQueue() = default;
  SlotQueue(const SlotQueue&) = delete;
  SlotQueue& operator=(const SlotQueue&) = delete;
  ~SlotQueue() {
    while (size_ > 0) pop_front();  // one by one: unlinking recursively could exhaust the stack
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void push_back(OwnedSlot slot) {
    OwnedSlot& end = empty() ? first_ : last_->next;
    last_ = slot.get();
    end = std::move(slot);
    ++size_;
  }

  // Requires that it is not empty.
  OwnedSlot pop_front() {
    OwnedSlot slot = std::move(first_);
    first_ = std::move(slot->next);
    --size_;
    return slot;
  }

 private:
  OwnedSlot first_;
  Slot* last_ = nullptr;  // meaningless while empty
  std::size_t size_ = 0;
};

}  // namespace poolproof
