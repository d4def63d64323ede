// The pool's bookkeeping: which slots are idle, how many there are, who waits. No lock and no I/O:
// the pool calls everything here under its lock, and connects, resets and closes outside of it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <utility>

#include <poolproof/status.hpp>

#include "impl/assert.hpp"
#include "impl/slot.hpp"

namespace poolproof {

// A caller that waits; lives on that caller's stack.
struct Waiter {
  OwnedSlot granted;               // set once, by whoever serves it
  std::condition_variable served;  // notified under the lock: after it the waiter may be gone
};

// Not thread-safe. At the end of every change the counter laws hold, or the process aborts.
class Slots {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  struct Limits {
    std::size_t idle;      // slots kept while nobody uses them: pool_size
    std::size_t capacity;  // slots there may be: pool_size + max_overflow
  };

  explicit Slots(Limits limits) : limits_(limits) {}

  // The slot that has been idle longest, else a fresh one, else nullptr: the caller must join().
  [[nodiscard]] OwnedSlot take();

  // Puts a caller at the end of the queue. Requires that take() has just returned nullptr.
  void join(Waiter& waiter);

  // Takes a caller that has not been served out of the queue.
  void leave(Waiter& waiter);

  // Takes a slot back: it goes to the first waiter, else to the idle ones if it is pooled and there
  // is room, else it vanishes. Only a slot that should vanish and still has a connection is left in
  // `slot`: the caller closes that, outside the lock, and then calls vanish().
  void give_back(OwnedSlot& slot);

  // Frees the capacity that an EMPTY slot stands for: the first waiter gets it as a fresh slot.
  void vanish(OwnedSlot slot);

  PoolStatus status() const;

 private:
  OwnedSlot make_fresh();
  void serve_first(OwnedSlot slot);
  void assert_laws() const;

  const Limits limits_;
  std::size_t total_ = 0;        // slots there are, wherever they are
  SlotQueue idle_;               // longest idle first
  std::deque<Waiter*> waiters_;  // longest waiting first
};

// What every acquire and release goes through is inline: bench/pool_bench.cpp counts nanoseconds.

inline OwnedSlot Slots::take() {
  // Nobody can be overtaken here: while there are waiters nothing is idle and nothing is free.
  OwnedSlot slot = idle_.empty() ? make_fresh() : idle_.pop_front();
  assert_laws();
  return slot;
}

inline void Slots::give_back(OwnedSlot& slot) {
  if (!waiters_.empty()) {
    serve_first(std::move(slot));
  } else if (slot->origin == Slot::Origin::pooled && idle_.size() < limits_.idle) {
    idle_.push_back(std::move(slot));
  } else if (!slot->connection.is_open()) {
    vanish(std::move(slot));
  }
  assert_laws();
}

inline void Slots::assert_laws() const {
  // CAP: never more slots than the server is to see connections.
  POOL_ASSERT(total_ <= limits_.capacity, status());
  // CAP: nor more kept idle than pool_size.
  POOL_ASSERT(idle_.size() <= limits_.idle, status());
  // LEAK: every idle slot is counted.
  POOL_ASSERT(idle_.size() <= total_, status());
  // WAKE: nobody waits for what is there to be had.
  POOL_ASSERT(waiters_.empty() || (idle_.empty() && total_ == limits_.capacity), status());
}

}  // namespace poolproof
