// A pool whose free slots are a lock-free stack (Treiber, 1986): the accused of the tests that show
// that atomics are interleaved and races found. What it gets right or wrong is chosen by its types.
// For poolproof_instrument() only; nothing else in it is more than it needs.
#pragma once

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include <poolproof/adapter.h>

namespace poolproof::lock_free {

// The head of a stack is an index. Without a tag it may be what it was although the stack is not:
// a pop reads head A and A's next B, sleeps while others pop A and B and push A, and then makes B,
// which is in use, the head (ABA).
struct Untagged {
  std::uint32_t index;
  [[nodiscard]] Untagged with(std::uint32_t other) const { return {other}; }
};

// Each change counts the tag up.
struct Tagged {
  std::uint32_t index;
  std::uint32_t tag = 0;
  [[nodiscard]] Tagged with(std::uint32_t other) const { return {other, tag + 1}; }
};

// `Counter` counts leases: a std::atomic<int>, or an int, which is a data race.
template <class Head, class Counter>
class StackPool {
 public:
  struct Slot {
    PGconn* connection = nullptr;
    std::atomic<std::uint32_t> next = 0;
  };

  explicit StackPool(const poolproof_pool_config& config)
      : conninfo_(config.conninfo), timeout_(config.timeout_ms) {
    const bool unlimited = config.pool_size == 0 || config.max_overflow < 0;
    free_ = unlimited ? kMost : std::min(kMost, config.pool_size + config.max_overflow);
    for (int i = free_; i > 0; --i) push(static_cast<std::uint32_t>(i));
  }

  ~StackPool() {
    for (Slot& slot : slots_) PQfinish(slot.connection);
  }
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  int acquire(std::int64_t timeout, Slot*& lease) {
    if (timeout < 0) timeout = timeout_;
    if (!take_one(timeout)) return POOLPROOF_TIMEOUT;
    const std::uint32_t index = pop();
    Slot& slot = slots_[index];
    if (slot.connection == nullptr) slot.connection = PQconnectdb(conninfo_.c_str());
    if (PQstatus(slot.connection) != CONNECTION_OK) {
      give_back(slot);
      return POOLPROOF_CONNECT_FAILED;
    }
    ++leases_;
    lease = &slot;
    return POOLPROOF_OK;
  }

  void release(Slot& slot) {
    --leases_;
    if (PQtransactionStatus(slot.connection) != PQTRANS_IDLE) {
      PQclear(PQexec(slot.connection, "ROLLBACK"));
    }
    give_back(slot);
  }

 private:
  static constexpr int kMost = 64;

  // A place in the stack, though not which: only waiting needs a lock.
  bool take_one(std::int64_t timeout) {
    std::unique_lock lock(mutex_);
    const auto has_some = [this] { return free_ > 0; };
    if (timeout < 0) {
      returned_.wait(lock, has_some);
    } else if (!returned_.wait_for(lock, std::chrono::milliseconds(timeout), has_some)) {
      return false;
    }
    --free_;
    return true;
  }

  // Counted after the push: whoever has taken a place finds a slot.
  void give_back(Slot& slot) {
    if (PQstatus(slot.connection) != CONNECTION_OK) {
      PQfinish(slot.connection);
      slot.connection = nullptr;
    }
    push(static_cast<std::uint32_t>(&slot - slots_.data()));
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    returned_.notify_one();
  }

  void push(std::uint32_t index) {
    Head head = head_.load(std::memory_order_relaxed);
    do {
      slots_[index].next.store(head.index, std::memory_order_relaxed);
    } while (!head_.compare_exchange_weak(head, head.with(index), std::memory_order_release,
                                          std::memory_order_relaxed));
  }

  std::uint32_t pop() {
    Head head = head_.load(std::memory_order_acquire);
    std::uint32_t next = 0;
    do {
      next = slots_[head.index].next.load(std::memory_order_relaxed);
    } while (!head_.compare_exchange_weak(head, head.with(next), std::memory_order_acquire));
    return head.index;
  }

  const std::string conninfo_;
  const std::int64_t timeout_;
  std::array<Slot, kMost + 1> slots_{};  // number 0 is none: the end of the stack
  std::atomic<Head> head_{Head{0}};
  std::mutex mutex_;
  std::condition_variable returned_;
  int free_ = 0;
  Counter leases_ = 0;
};

}  // namespace poolproof::lock_free
