// What a pool consists of: slots, and the queue in which the idle ones wait to be used.
#pragma once

#include <any>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include <poolproof/connection.hpp>
#include <poolproof/lease.hpp>

namespace poolproof {

// Which of the connections that a pool makes are to be used: those of its own, current generation.
using Generation = std::uint64_t;
inline constexpr Generation kRetired = 0;                 // is never current
inline constexpr Generation kShut = Generation{1} << 63;  // with it, none is

class Cancelling;
struct Held;
struct Loan;

// The right to one server connection, and the connection itself while there is one. A slot has
// one owner, the unique_ptr: it is idle in Slots, granted to a Waiter, in a Lease or in the hands
// of a caller that prepares or closes it. So it is never in two places, by construction.
struct Slot {
  enum class Origin {
    fresh,     // no connect in it has got through yet; it vanishes if that fails
    pooled,    // has been connected once; if it loses the connection it lives on, EMPTY
    detached,  // is none of the pool: it only holds, for a lease, what was detached
    shared,    // is no slot at all: what one of several leases of a `loan` holds
  };

  Connection connection;             // closed: the slot is EMPTY
  Generation generation = kRetired;  // of `connection`
  OwnedSlot next;                    // SlotQueue's
  Origin origin = Origin::fresh;
  std::chrono::steady_clock::time_point born;        // when the connect of `connection` began
  std::shared_ptr<Cancelling> cancelling;            // of the lease; null if it never asked for any
  std::any info;                                     // the user's, of `connection`
  std::unique_ptr<Held> held;                        // if leases are written down; of the lease
  std::any slot_info;                                // the user's, of the slot
  std::chrono::nanoseconds less_life{0};             // of `connection`, than recycle allows
  std::chrono::steady_clock::time_point idle_since;  // only if there is an idle_timeout
  std::thread::id owner;                             // only if each thread has its own
  Loan* loan = nullptr;                              // of a `shared` one
  std::size_t number = 0;                            // of those that were made: for Figures

  Slot();
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot();
};

// Idle slots in the order in which they are to be used. Owns them and links them through
// themselves: nothing is allocated on the way in or out, so giving a slot back cannot fail.
class SlotQueue {
 public:
  SlotQueue() = default;
  SlotQueue(SlotQueue&& other) noexcept
      : first_(std::move(other.first_)), last_(other.last_), size_(std::exchange(other.size_, 0)) {}
  SlotQueue& operator=(SlotQueue&&) = delete;
  ~SlotQueue() {
    while (size_ > 0) pop_front();  // one by one: unlinking recursively could exhaust the stack
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Slot* first() const { return first_.get(); }  // nullptr if it is empty

  void push_back(OwnedSlot slot) {
    OwnedSlot& end = empty() ? first_ : last_->next;
    last_ = slot.get();
    end = std::move(slot);
    ++size_;
  }

  void push_front(OwnedSlot slot) {
    if (empty()) last_ = slot.get();
    slot->next = std::move(first_);
    first_ = std::move(slot);
    ++size_;
  }

  // Takes those out of which `is_wanted` is true; the order stays.
  template <class Predicate>
  SlotQueue extract(Predicate is_wanted) {
    SlotQueue wanted;
    for (std::size_t left = size_; left > 0; --left) {
      OwnedSlot slot = pop_front();
      const bool goes = is_wanted(std::as_const(*slot));
      (goes ? wanted : *this).push_back(std::move(slot));
    }
    return wanted;
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
