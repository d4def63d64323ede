// A pool of PostgreSQL connections for threads. Start here.
//
//   poolproof::Pool pool({.conninfo = "dbname=app", .pool_size = 4});
//   if (auto lease = pool.acquire()) {
//     PQclear(PQexec(lease->native(), "SELECT 1"));
//   } else {
//     log(lease.error().message);
//   }
//
// What it promises (the laws of this project; props/ checks them): never more than pool_size +
// max_overflow connections open at once; callers that wait are served in order of arrival, and
// nobody waits while a connection is idle or may be opened; one deadline bounds all that acquire
// does; a lease starts in no transaction; nothing that fails loses capacity. It cannot promise that
// the server has noticed a closed connection: that takes it a moment, in which it counts it still.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <poolproof/lease.hpp>
#include <poolproof/options.hpp>
#include <poolproof/result.hpp>
#include <poolproof/status.hpp>

namespace poolproof {

class Slots;

struct AcquireError {
  enum class Kind {
    timeout,         // nothing to be had, or a connect still unfinished, at the deadline
    connect_failed,  // it was this caller's turn, and the server did not let us in
  };
  Kind kind;
  std::string message;  // one for the log: the pool's counters, or libpq's words
};

// Thread-safe. Starts no thread of its own. Its lock is held for a few instructions at a time,
// never while connecting, resetting or closing.
class Pool {
 public:
  // Opens nothing yet. Aborts if problem(options) finds one: ask first if they come from outside.
  explicit Pool(PoolOptions options);

  // Closes what is idle. Every lease must be back and no call in progress; aborts if not.
  ~Pool();

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A connection: the longest idle one, else a new one, else the next to become free. Blocks up
  // to the pool's timeout. An error costs the pool nothing; asking again is always right.
  Result<Lease, AcquireError> acquire();

  // The same with a timeout of one's own. 0 or less: only what can be had at once. nullopt: wait
  // for ever.
  Result<Lease, AcquireError> acquire(std::optional<std::chrono::nanoseconds> timeout);

  // All counters at one instant. Takes the lock.
  [[nodiscard]] PoolStatus status() const;

 private:
  friend class Lease;
  Result<Lease, AcquireError> acquire_in_turn(std::unique_lock<std::mutex> lock,
                                              std::optional<std::chrono::nanoseconds> timeout);
  OwnedSlot wait_in_line(std::unique_lock<std::mutex>& lock, Deadline deadline);
  Result<Lease, AcquireError> ready(Lease lease, Deadline deadline);
  void give_back(OwnedSlot&& slot);
  void clean_or_close(Connection& connection);
  void close_surplus(OwnedSlot slot);

  const PoolOptions options_;
  mutable std::mutex mutex_;
  const std::unique_ptr<Slots> slots_;  // *slots_ is guarded by mutex_
};

}  // namespace poolproof
