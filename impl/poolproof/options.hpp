// What a pool can be told. An aggregate with defaults: name what differs, leave out the rest.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <poolproof/connection.hpp>
#include <poolproof/hooks.hpp>

namespace poolproof {

struct PoolOptions {
  // A libpq connection string: "host=db dbname=app" or "postgresql://user@db/app". Its
  // connect_timeout is not heeded (the caller's deadline is), and only a numeric `hostaddr`
  // keeps name resolution, which no deadline can bound, out of acquire.
  std::string conninfo = {};

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

  // Code of yours that is called on the way.
  PoolHooks hooks = {};

  // Told in one line what no caller is told: a hook that threw where nothing may fail, a connection
  // that could not be reset. Called outside the lock, by any thread. What it throws is ignored.
  std::function<void(const std::string&)> log = {};
};

// What is wrong with `options`, in one line that names the option and the mend; nullopt if
// nothing is. Never repeats any part of conninfo, which may hold a password.
[[nodiscard]] std::optional<std::string> problem(const PoolOptions& options);

}  // namespace poolproof
