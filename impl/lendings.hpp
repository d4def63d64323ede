// What a pool knows of leases beyond their number, if it is asked to or its class needs it: who has
// which, and which are one and the same for several in a thread. And how long callers have waited.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include <poolproof/held_lease.hpp>
#include <poolproof/metrics.hpp>
#include <poolproof/options.hpp>

#include "impl/slot.hpp"

namespace poolproof {

// A lease as it was written down.
struct Held {
  Place place;
  std::thread::id thread;
  std::chrono::steady_clock::time_point since;
  int backend;
};

// Who has which lease. Thread-safe.
class Holders {
 public:
  void note(Slot& slot, Place place);
  void forget(Slot& slot);

  // Longest first.
  std::vector<HeldLease> longer_than(std::chrono::nanoseconds limit) const;

 private:
  mutable std::mutex mutex_;
  std::vector<const Held*> held_;  // guarded by mutex_; in the order in which they began
};

// One slot, and those who share it. A proxy slot in each lease leads here.
struct Loan {
  OwnedSlot slot;
  std::size_t leases;
  std::thread::id borrower;
};

// Loans that are out, in a pool in which the leases of a thread are one. Thread-safe; the slot in a
// loan is its borrower's.
class Loans {
 public:
  // The first lease of this thread.
  [[nodiscard]] OwnedSlot begin(OwnedSlot slot);

  // One more of the loan that this thread has; nullptr: it has none, or a detached one.
  [[nodiscard]] OwnedSlot again();

  // A lease ends. Leaves in `proxy` the slot that comes back, if it was the last; else nullptr.
  void end(OwnedSlot& proxy);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Loan>> loans_;  // guarded by mutex_
};

// How long acquires have waited for others. Guarded by the pool's lock.
struct Waits {
  void add(std::chrono::nanoseconds waited);

  std::uint64_t count = 0;
  std::chrono::nanoseconds total{};
  std::array<std::uint64_t, PoolMetrics::kBuckets.size() + 1> in{};
};

struct Lendings {
  explicit Lendings(const PoolOptions& options);

  static bool tracks(const PoolOptions& options) {
    return options.track_leases || options.pool_class == PoolClass::assertion_pool;
  }

  const bool tracked;
  const bool shared;     // by those who acquire in the same thread
  const bool by_thread;  // each thread has a connection of its own
  Holders holders;
  Loans loans;

  // ---- guarded by the pool's lock ----

  // An acquire ends without a lease.
  void count(AcquireError::Kind error) { ++errors[static_cast<std::size_t>(error)]; }

  Waits waits;
  bool draining = false;
  std::condition_variable all_back;
  std::array<std::uint64_t, PoolMetrics::kErrorKinds> errors{};
  std::uint64_t unprepared = 0;  // slots that were taken and did not become a lease
};

}  // namespace poolproof
