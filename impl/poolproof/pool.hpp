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
// max_overflow connections open at once, detached ones apart; callers that wait are served in order
// of arrival, unless `patience` lets them be overtaken, and nobody waits while a connection is idle
// or may be opened; one deadline bounds all that acquire does; a lease starts in no transaction,
// unless reset_on_return is none; a cancel that one lease asked for never meets the statements of
// another; nothing that fails loses capacity, nor does a hook that throws.
// It cannot promise that the server has noticed a closed connection: that takes it a moment, in
// which it counts it still.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include <poolproof/error.hpp>
#include <poolproof/export.hpp>
#include <poolproof/held_lease.hpp>
#include <poolproof/lease.hpp>
#include <poolproof/metrics.hpp>
#include <poolproof/options.hpp>
#include <poolproof/place.hpp>
#include <poolproof/result.hpp>
#include <poolproof/status.hpp>

namespace poolproof {

class Sessions;
class Slots;
struct Lendings;
struct Waiter;

// Of the class that PoolOptions::pool_class says: pool_class.hpp.
//
// A fork of the process that made it can do nothing with it: acquire says `inherited`, all else has
// no effect, and the connections, which are the parent's, are left alone, by leases and the
// destructor too. It makes a pool of its own: recreate().
//
// Thread-safe. Starts no thread of its own. Its lock is held for a few instructions at a time,
// never while connecting, pinging, resetting or closing, nor while a hook runs.
class POOLPROOF_API Pool {
 public:
  // What acquire gives.
  using Acquired = Result<Lease, AcquireError>;

  // Opens nothing yet. Aborts if problem(options) finds one: ask first if they come from outside.
  explicit Pool(PoolOptions options);

  // Closes what is idle. Every lease must be back, detached ones too, and no call in progress;
  // aborts if not.
  ~Pool();

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A connection: an idle one, else a new one, else the next to become free. Blocks up to the
  // pool's timeout. An error costs the pool nothing; unless it is closed, asking again is always
  // right.
  // `place` is for held_longer_than().
  Acquired acquire(Place place = Place::here());

  // The same with a timeout of one's own. nullopt: wait for ever. 0 or less: do not wait for other
  // callers; if what there is must be connected or pinged, that may take up to the pool's timeout,
  // or PoolOptions::kConnectLimit if that is 0 too.
  Acquired acquire(std::optional<std::chrono::nanoseconds> timeout, Place place = Place::here());

  // The same, ending with `cancelled` soon after `stop` is requested, wherever it stands: it leaves
  // the queue, or gives up its connect or ping. Not during name resolution or a hook. A connection
  // that is ready before the request is seen is leased nevertheless: look at `stop` again if that
  // is unwelcome. If `stop` is requested already, nothing is tried.
  Acquired acquire(std::optional<std::chrono::nanoseconds> timeout, const std::stop_token& stop,
                   Place place = Place::here());

  // The same with a deadline. One in the past: only what can be had at once. (What must be
  // connected or pinged cannot.)
  Acquired acquire_until(std::chrono::steady_clock::time_point deadline,
                         const std::stop_token& stop = {}, Place place = Place::here());

  // acquire() with a timeout of 0.
  Acquired try_acquire(Place place = Place::here()) {
    return acquire(std::chrono::nanoseconds::zero(), place);
  }

  // Closes what is idle, and has all else replaced when it is acquired next: what is leased, and
  // what is being connected. The pool works on. Blocks as long as PQfinish does.
  void dispose();

  // For good: closes what is idle, sends away all who wait, at once, and those who connect when
  // that has ended; from now on acquire says `closed`, and a lease that comes back is closed. May
  // be called twice. Blocks as long as PQfinish does, not for leases.
  void close();

  // close(), and then waits until the last lease is back. False: one was still out after `timeout`;
  // nullopt: waits for ever.
  [[nodiscard]] bool drain(std::optional<std::chrono::nanoseconds> timeout);

  // Opens connections until `count` are idle, but no more than pool_size in all. Blocks as long as
  // that takes, up to `timeout`. What kept it from that, if anything did; who waits for a
  // connection has precedence, and is no error.
  std::optional<AcquireError> warm_up(std::size_t count,
                                      std::optional<std::chrono::nanoseconds> timeout);

  // What a pool does between leases, which this one does only when told: closes idle connections
  // that are over their idle_timeout, too old or retired, and opens what is missing to min_idle. To
  // be called now and then by a thread or timer of yours, or by an Upkeep (upkeep.hpp). Blocks.
  void maintain();

  // A new pool with the same options and hooks, and nothing in common otherwise.
  [[nodiscard]] std::unique_ptr<Pool> recreate() const;

  // All counters at one instant. Takes the lock.
  [[nodiscard]] PoolStatus status() const;

  // All of it, for a dashboard. Takes the lock.
  [[nodiscard]] PoolMetrics metrics() const;

  // The leases that are out for longer than that, the longest first: who has forgotten his? Only
  // with PoolOptions::track_leases.
  [[nodiscard]] std::vector<HeldLease> held_longer_than(std::chrono::nanoseconds limit) const;

  // Whether this process is a fork of the one that made the pool.
  [[nodiscard]] bool is_inherited() const;

  // What it was made with.
  [[nodiscard]] const PoolOptions& options() const;

 private:
  friend class Lease;
  struct Request;
  template <class Timeout>
  Acquired acquire_within(const Timeout& timeout, Place place);
  Acquired acquire_specially(const Request& request, Place place);
  AcquireError::Kind why_refused(const Request& request) const;
  AcquireError refusal(AcquireError::Kind kind, const Request& request,
                       const PoolStatus& last) const;
  Unexpected<AcquireError> failed(AcquireError error) const;
  Deadline deadline_of(std::optional<std::chrono::nanoseconds> timeout) const;
  Acquired acquire_in_turn(std::unique_lock<std::mutex> lock,
                           std::optional<std::chrono::nanoseconds> timeout);
  Acquired acquire_in_turn(std::unique_lock<std::mutex> lock, const Request& request, Waiter& self);
  OwnedSlot wait_in_line(std::unique_lock<std::mutex>& lock, Deadline deadline, Waiter& self);
  Acquired acquire_unless_stopped(const Request& request);
  Acquired prepared(Lease lease, Deadline deadline, const std::stop_token& stop);

  void invalidate(Slot& slot, Invalidation how, const std::exception_ptr& reason);
  void detach(OwnedSlot& slot);
  void give_back(OwnedSlot&& slot);
  void put_back(OwnedSlot& slot);
  void tell_drain();
  void discard(OwnedSlot slot);
  void close_and_free(OwnedSlot slot);
  void end_detached(OwnedSlot slot);

  std::unique_ptr<Sessions> sessions_;
  mutable std::mutex mutex_;
  std::unique_ptr<Slots> slots_;  // *slots_ is guarded by mutex_
  std::unique_ptr<Lendings> lendings_;
  const std::uint64_t made_in_;   // this process
  const std::uint64_t plain_in_;  // the same, if an acquire is no more than taking a slot; else 0
};

}  // namespace poolproof
