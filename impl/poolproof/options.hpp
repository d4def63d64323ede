// What a pool can be told. An aggregate with defaults: name what differs, leave out the rest.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <poolproof/connection.hpp>
#include <poolproof/export.hpp>
#include <poolproof/hooks.hpp>
#include <poolproof/pool_class.hpp>

namespace poolproof {

struct PoolOptions {
  // A libpq connection string: "host=db dbname=app" or "postgresql://user@db/app". Its
  // connect_timeout is not heeded (the caller's deadline is), and only a numeric `hostaddr`
  // keeps name resolution, which no deadline can bound, out of acquire.
  std::string conninfo = {};

  // Other classes than QueuePool make no use of some of what follows: NullPool, StaticPool and
  // AssertionPool of pool_size, none of them of max_overflow. It has no effect there.
  PoolClass pool_class = PoolClass::queue_pool;

  // How many connections are kept open while nobody uses them; none is opened before it is
  // needed. 0: no limit at all, neither on these nor on the sum with max_overflow.
  int pool_size = 5;

  // How many more may be open at once under load; each is closed when it comes back and
  // pool_size are idle. -1: no limit.
  int max_overflow = 10;

  // How long an acquire may take: waiting, connecting and pinging together. Bounds the reset of a
  // returned connection too. nullopt: wait for ever. 0: do not wait for other callers; connecting,
  // pinging and resetting may then take kConnectLimit.
  std::optional<std::chrono::nanoseconds> timeout = std::chrono::seconds(30);
  static constexpr std::chrono::nanoseconds kConnectLimit = std::chrono::seconds(30);

  // A connection older than this (strictly) is replaced when it is next acquired. Counted from
  // the instant its connect began. nullopt: never.
  std::optional<std::chrono::nanoseconds> recycle = std::nullopt;

  // Whether the connection given back last is taken first: under a light load the others then age
  // unused, and a server or proxy may drop them. If not, the one idle longest is.
  bool use_lifo = false;

  // Whether a connection that was idle is asked for an answer before it is leased, which costs a
  // round trip. One that is dead is replaced, and with it all that are as old.
  bool pre_ping = false;

  // What a returned connection goes through before anybody else may have it. Whatever this says,
  // one with a query, a result, COPY or a pipeline pending is closed.
  ResetOnReturn reset_on_return = ResetOnReturn::rollback;

  // A waiter who has waited this long is not overtaken any more. 0: nobody is ever overtaken. More
  // lets a caller who is running take a connection before one who must first be woken: more
  // throughput for a longer, but still bounded, worst wait.
  std::chrono::nanoseconds patience{0};

  // Each connection is given a lifetime of its own, drawn once: recycle less up to this much, so
  // that connections made together do not end together. Not more than recycle.
  std::chrono::nanoseconds recycle_jitter{0};

  // Pool::maintain() closes what has been idle for longer than this, but for min_idle connections.
  // nullopt: never.
  std::optional<std::chrono::nanoseconds> idle_timeout = std::nullopt;

  // Pool::maintain() opens connections until so many are idle; never more than pool_size in all.
  int min_idle = 0;

  // After a connect that failed no other is tried for this long, or a little less: an acquire that
  // would have to connect fails at once, and says why. Twice as long after each further failure, up
  // to kMostBackoff. 0: each acquire tries.
  std::chrono::nanoseconds connect_backoff{0};
  static constexpr std::chrono::nanoseconds kMostBackoff = std::chrono::seconds(30);

  // Whether the pool writes down who has which lease, and since when: Pool::held_longer_than().
  // Costs a clock read and two locks a lease. AssertionPool always does.
  bool track_leases = false;

  // Code of yours that is called on the way.
  PoolHooks hooks = {};

  // Told in one line what no caller is told: a hook that threw where nothing may fail, a connection
  // that could not be reset. Called outside the lock, by any thread. What it throws is ignored.
  std::function<void(const std::string&)> log = {};
};

// What is wrong with `options`, in one line that names the option and the mend; nullopt if
// nothing is. Never repeats any part of conninfo, which may hold a password.
[[nodiscard]] POOLPROOF_API std::optional<std::string> problem(const PoolOptions& options);

}  // namespace poolproof
