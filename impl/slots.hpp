// The pool's bookkeeping: which slots are idle, how many there are, who waits. No lock and no I/O:
// the pool calls everything here under its lock, and prepares, resets and closes outside of it.
//
// How waiters are served. What comes back is handed to the first of them if he has waited for as
// long as `patience`: he is *impatient*, and nobody overtakes him. Else it is left lying,
// *available* to whoever runs first, and he is *notified* to come and look. A newcomer, or a waiter
// who looks, takes only what is left when each impatient waiter ahead of him has had one. With a
// patience of 0 all waiters are impatient, and so nothing is ever available to anybody while one
// waits.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <thread>
#include <utility>

#include <poolproof/status.hpp>

#include "impl/assert.hpp"
#include "impl/slot.hpp"

namespace poolproof {

// A caller that waits; lives on that caller's stack.
struct Waiter {
  enum class Place {
    none,     // has not joined, or has left by itself
    queued,   //
    served,   // `granted` is its slot
    sent_off  // will not be served: called off, or the pool was closed
  };

  std::chrono::steady_clock::time_point since;  // when it joined; of no matter if patience is 0
  Place place = Place::none;
  bool notified = false;  // has been told to look, and has not looked yet
  OwnedSlot granted;
  std::condition_variable told;  // notified under the lock: after it the waiter may be gone
};

// Not thread-safe. At the end of every change the counter laws hold, or the process aborts.
class Slots {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  struct Limits {
    std::size_t idle;       // slots kept while nobody uses them: pool_size
    std::size_t capacity;   // slots there may be: pool_size + max_overflow
    bool use_lifo = false;  // the slot given back last is taken first
    std::chrono::nanoseconds patience{0};
  };

  explicit Slots(Limits limits) : limits_(limits) {}

  // ---- taking ----

  // For a newcomer: the idle slot whose turn it is, else a fresh one. nullptr: it must join().
  [[nodiscard]] OwnedSlot take();

  // The same for a waiter who looks: he was notified, or it is his last chance. nullptr: he keeps
  // his place and is to sleep on.
  [[nodiscard]] OwnedSlot take(Waiter& waiter);

  // For a newcomer in a pool in which each thread has its own: that one if it is idle, else one
  // that is nobody's yet, else a fresh one, else the one given back longest ago, which is
  // another's. nullptr: it must join().
  [[nodiscard]] OwnedSlot take_own(std::thread::id thread);

  // A slot that is to be opened and given back, so that `count` connections are idle; nullptr if
  // that is not needed, or there is no room, or somebody waits: he will open what he needs.
  [[nodiscard]] OwnedSlot take_to_open(std::size_t count);

  // How many have been taken by callers so far.
  std::uint64_t taken() const { return taken_; }

  // The idle slot whose turn it is; nullptr if none is idle.
  const Slot* next_idle() const { return idle_.first(); }

  // Puts a caller at the end of the queue. Requires that take() has just returned nullptr.
  void join(Waiter& waiter);

  // Takes a waiter out of the queue. No effect if he is not in it.
  void leave(Waiter& waiter);

  // ---- giving back ----

  // Takes a slot back: it goes to the first waiter, or to the idle ones, or it vanishes, and then
  // it is left in `slot`. If it still has a connection, the caller closes that, outside the lock,
  // and then calls vanish(); else it has vanished, and what is left is to be destroyed outside the
  // lock, because it holds what is the user's.
  void give_back(OwnedSlot& slot);

  // Frees the capacity that an EMPTY slot stands for. Leaves in `slot` what give_back() does.
  void vanish(OwnedSlot& slot);

  // A connection leaves the pool and takes no slot any more: its slot, EMPTY now, comes back as
  // with give_back(). And it ends.
  void detach(OwnedSlot& slot);
  void detached_ends() { --detached_; }

  // ---- ending ----

  // All that are idle: the caller closes each, outside the lock, and calls vanish().
  [[nodiscard]] SlotQueue take_idle();

  // The same with those of which `is_wanted` is true.
  template <class Predicate>
  [[nodiscard]] SlotQueue take_idle(Predicate is_wanted) {
    return idle_.extract(is_wanted);
  }

  // How many connections are open and idle.
  std::size_t open_and_idle();

  // From now on nothing is given any more and nothing kept. Sends every waiter off.
  void close();
  bool closed() const { return closed_; }

  // Whether there is no slot, and nothing detached.
  bool is_empty() const { return total_ == 0 && detached_ == 0; }

  PoolStatus status() const;

 private:
  std::size_t available() const;
  bool idle_is_full() const { return closed_ || idle_.size() >= limits_.idle; }
  bool has_some_for_a_newcomer() const;
  bool first_is_impatient() const;
  std::size_t impatient_among(std::size_t first_waiters) const;
  OwnedSlot take_available();
  OwnedSlot fresh();
  OwnedSlot take_first_of(std::thread::id owner);
  void keep(OwnedSlot slot);
  void give_to_waiters(OwnedSlot& slot, bool stays);
  void serve_first(OwnedSlot slot);
  void notify();
  void assert_laws() const;

  const Limits limits_;
  std::size_t total_ = 0;        // slots there are, wherever they are
  std::size_t detached_ = 0;     // connections outside of it all
  std::uint64_t taken_ = 0;      // slots, by callers, ever
  std::size_t made_ = 0;         // slots, ever
  bool closed_ = false;          //
  SlotQueue idle_;               // first: to be taken next
  std::deque<Waiter*> waiters_;  // longest waiting first
  std::size_t notified_ = 0;     // of those
};

// What every acquire and release goes through is inline: bench/pool_bench.cpp counts nanoseconds.

inline OwnedSlot Slots::take() {
  if (!waiters_.empty() && !has_some_for_a_newcomer()) return nullptr;
  OwnedSlot slot = idle_.empty() ? take_available() : idle_.pop_front();
  taken_ += slot ? 1 : 0;
  assert_laws();
  return slot;
}

inline void Slots::give_back(OwnedSlot& slot) {
  const bool stays = slot->origin == Slot::Origin::pooled && !idle_is_full();
  if (!waiters_.empty()) {
    give_to_waiters(slot, stays);
  } else if (stays) {
    keep(std::move(slot));
  } else if (!slot->connection.is_open()) {
    vanish(slot);
  }
  assert_laws();
}

inline void Slots::keep(OwnedSlot slot) {
  limits_.use_lifo ? idle_.push_front(std::move(slot)) : idle_.push_back(std::move(slot));
}

inline void Slots::assert_laws() const {
  // CAP: never more slots than the server is to see connections.
  POOL_ASSERT(total_ <= limits_.capacity, status());
  // CAP: nor more kept idle than pool_size.
  POOL_ASSERT(idle_.size() <= limits_.idle, status());
  // LEAK: every idle slot is counted.
  POOL_ASSERT(idle_.size() <= total_, status());
  // WAKE: for all that is there to be had, somebody who waits is on his way.
  POOL_ASSERT(waiters_.empty() || notified_ >= std::min(waiters_.size(), available()), status());
}

inline std::size_t Slots::available() const {
  return closed_ ? 0 : idle_.size() + (limits_.capacity - total_);
}

}  // namespace poolproof
