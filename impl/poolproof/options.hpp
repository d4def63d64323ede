// What a pool can be told. An aggregate with defaults: name what differs, leave out the rest.
#pragma once

#include <chrono>
#include <optional>
#include <string>

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

  // How long an acquire may take: waiting, connecting and reconnecting together. Bounds the
  // reset of a returned connection too. 0: at once or not at all. nullopt: wait for ever.
  std::optional<std::chrono::nanoseconds> timeout = std::chrono::seconds(30);

  // A connection older than this (strictly) is replaced when it is next acquired. Counted from
  // the instant its connect began. nullopt: never.
  std::optional<std::chrono::nanoseconds> recycle = std::nullopt;
};

// What is wrong with `options`, in one line that names the option and the mend; nullopt if
// nothing is. Never repeats any part of conninfo, which may hold a password.
[[nodiscard]] std::optional<std::string> problem(const PoolOptions& options);

}  // namespace poolproof
