// A small pool in the textbook way, correct unless it is told to have one defect: the accused of
// the tests that show that each law can fail. Each defect is a bug that a real pool has had.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <poolproof/adapter.h>
#include <poolproof/connection.hpp>

namespace poolproof::mutants {

enum class Defect : std::uint8_t {
  none,
  failed_connect_wakes_nobody,   // SQLAlchemy's QueuePool, puddle before 1.1.3, Npgsql
  closed_overflow_wakes_nobody,  // SQLAlchemy's QueuePool
  returned_without_waking,       // r2d2, bb8: a connection goes back past the waiters
  grant_lost_at_deadline,        // commons-pool POOL-144: the deadline meets the grant
  counted_after_connecting,      // druid: the capacity is tested before the connect, counted after
  freed_before_closing,          // puddle, pgxpool: the slot is free while the server still closes
  handed_out_twice,              // SQLAlchemy #4252: a connection is returned to two places
  timeout_in_wrong_unit,         // druid, Npgsql: milliseconds taken for microseconds
  deadline_rearmed,              // ClickHouse, node-mysql2: after the wait, the whole timeout again
  lock_kept_on_timeout,          // puddle, Go: a return path without its unlock
  last_come_first_served,        // sqlx, Odyssey, commons-pool POOL-75: the queue is cut
  recycle_forgotten,             // bb8, sqlx: only idle connections are ever replaced
  reset_forgotten,               // psycopg_pool: a connection goes back in a transaction
  connections_left_open,         // psycopg_pool #784: open after the pool is closed
  ping_forgotten,                // Npgsql, r2d2: a connection that idled is lent without a look
  discard_forgotten,             // Npgsql: settings of one lease meet the next
  invalidated_is_pooled,         // node-postgres: what its holder calls broken is lent again
  dispose_forgets_leases,        // SQLAlchemy: what is out at a dispose is lent again
  closed_pool_lends,             // r2d2, HikariCP: an acquire that meets the close is served
  close_wakes_nobody,            // psycopg_pool: those who wait are not told
  dead_is_pooled,                // Poco's SessionPool: what is seen to be dead is lent on and on
  ping_without_deadline,         // r2d2, deadpool: a peer that is gone holds up the acquire
  ping_not_heeded,               // Agroal: the answer of the check is not looked at
  failed_transaction_not_reset,  // psycopg_pool #144: only some states are cleaned
  copy_is_pooled,                // pgx #622: only the transaction is looked at
  busy_is_pooled,                // pgx #622, Odyssey: an answer is left on the wire
  settings_discarded_only,       // sqlx #1100: LISTEN and more meet the next lease
  close_leaves_idle_open,        // sqlx #3217, node-postgres #3461: closed in name only
  cancel_not_awaited,            // PgBouncer #717, pgdog #1505: pooled while a cancel is under way
  cancel_after_release,          // lib/pq #1001: a cancel outlives the lease that it was for
  cancel_left_running,           // pgx #2425: a thread for each cancel, which nobody joins
};

inline constexpr std::array kDefects{Defect::failed_connect_wakes_nobody,
                                     Defect::closed_overflow_wakes_nobody,
                                     Defect::returned_without_waking,
                                     Defect::grant_lost_at_deadline,
                                     Defect::counted_after_connecting,
                                     Defect::freed_before_closing,
                                     Defect::handed_out_twice,
                                     Defect::timeout_in_wrong_unit,
                                     Defect::deadline_rearmed,
                                     Defect::lock_kept_on_timeout,
                                     Defect::last_come_first_served,
                                     Defect::recycle_forgotten,
                                     Defect::reset_forgotten,
                                     Defect::connections_left_open,
                                     Defect::ping_forgotten,
                                     Defect::discard_forgotten,
                                     Defect::invalidated_is_pooled,
                                     Defect::dispose_forgets_leases,
                                     Defect::closed_pool_lends,
                                     Defect::close_wakes_nobody,
                                     Defect::dead_is_pooled,
                                     Defect::ping_without_deadline,
                                     Defect::ping_not_heeded,
                                     Defect::failed_transaction_not_reset,
                                     Defect::copy_is_pooled,
                                     Defect::busy_is_pooled,
                                     Defect::settings_discarded_only,
                                     Defect::close_leaves_idle_open,
                                     Defect::cancel_not_awaited,
                                     Defect::cancel_after_release,
                                     Defect::cancel_left_running};

std::string_view name(Defect defect);

class ReferencePool {
 public:
  // What a lease and those who may cancel its queries share.
  struct Cancelling {
    std::shared_ptr<PGcancel> key;
    std::mutex mutex;
    bool over = false;   // the lease is
    bool tried = false;  // a cancel was, before that
  };

  // EMPTY while its connection is closed. Shared only so that a defect can hand it out twice.
  struct Slot {
    Connection connection;
    std::chrono::steady_clock::time_point born{};  // when its connect began
    int generation = 0;
    bool counted = true;
    std::shared_ptr<Cancelling> cancelling{};
  };
  using SlotPtr = std::shared_ptr<Slot>;
  using Timeout = std::optional<std::chrono::nanoseconds>;

  ReferencePool(const poolproof_pool_config& config, Defect defect);
  ~ReferencePool();
  ReferencePool(const ReferencePool&) = delete;
  ReferencePool& operator=(const ReferencePool&) = delete;

  // One of the results of the adapter; `slot` is set with POOLPROOF_OK.
  int acquire(Timeout timeout, SlotPtr& slot);
  void release(SlotPtr slot);
  void invalidate(Slot& slot) const;
  static std::shared_ptr<Cancelling> make_cancelling(Slot& slot);
  void cancel(const std::shared_ptr<Cancelling>& cancelling) const;
  void dispose();
  void close();

  [[nodiscard]] Timeout default_timeout() const { return timeout_; }

 private:
  struct Waiter {
    std::condition_variable served;
    SlotPtr slot;
    bool sent_off = false;
  };

  [[nodiscard]] bool has(Defect defect) const { return defect_ == defect; }
  [[nodiscard]] bool fit_to_keep(Connection& connection) const;
  // Whether some cancel of that lease may still hit the connection.
  [[nodiscard]] bool end_cancelling(Slot& slot) const;
  [[nodiscard]] bool must_be_replaced(const Slot& slot) const;
  SlotPtr take_idle();
  SlotPtr wait(std::unique_lock<std::mutex>& lock, Deadline deadline);
  int prepare(SlotPtr& slot, Deadline deadline);
  int connect(SlotPtr& slot, Deadline deadline);
  int connected(SlotPtr& slot, Connection connection);
  void close_idle(std::unique_lock<std::mutex> lock);
  void grant(SlotPtr slot);
  void free_one(bool wake);

  const std::string conninfo_;
  const std::size_t idle_limit_;
  const std::size_t capacity_;
  const Timeout timeout_;
  const Timeout recycle_;
  const bool use_lifo_;
  const bool pre_ping_;
  const ResetOnReturn reset_;
  const Defect defect_;

  std::mutex mutex_;
  std::deque<SlotPtr> idle_;
  std::deque<Waiter*> waiters_;
  std::size_t total_ = 0;
  std::atomic<int> generation_ = 0;
  bool closed_ = false;
};

// The same behind the adapter. The extension is that of any defect.
const poolproof_adapter& reference_pool(Defect defect);
const poolproof_extension& reference_extension();

}  // namespace poolproof::mutants
