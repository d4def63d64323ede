// What a pool is told when it is made, and the time it lives in.
// Part of the specification: may include the standard library only.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace poolproof::model {

using Duration = std::chrono::nanoseconds;

// Virtual time. Like std::chrono::local_t it has no now(): only the event Advance moves it.
struct ModelClock {};
using Time = std::chrono::time_point<ModelClock, Duration>;

// The deadline of whoever waits for ever. No event happens at it.
inline constexpr Time kNever = Time::max();

// The options of the profile `strict`, named as create_engine names them without the `pool_`.
struct PoolConfig {
  // How many connections are kept when idle. 0: every one is kept, and there is no limit at all.
  int pool_size = 5;

  // How many more may exist at once; these are closed when returned to a full pool. -1: no limit.
  int max_overflow = 10;

  // How long an acquire that names no timeout of its own may take, waiting and connecting
  // together. 0: it never waits. nullopt: it waits for ever.
  std::optional<Duration> timeout = std::chrono::seconds(30);

  // A connection strictly older than this is replaced when it is next asked for. nullopt: never.
  std::optional<Duration> recycle = std::nullopt;

  friend bool operator==(const PoolConfig&, const PoolConfig&) = default;
};

// What is wrong with `config`, in one line that names the option and the mend; nullopt if nothing
// is. Everything else here demands a config without a problem.
std::optional<std::string> problem(const PoolConfig& config);

// How many slots may exist at once. nullopt: no limit, as in SQLAlchemy 2.0.
std::optional<int> capacity(const PoolConfig& config);

// How many slots may be idle at once. nullopt: no limit.
std::optional<int> idle_limit(const PoolConfig& config);

// "250ms": a whole number of the largest of s, ms, us, ns that divides it; a Time the same, counted
// from Time{}, and kNever as "never".
std::string to_string(Duration duration);
std::string to_string(Time time);
std::string to_string(const PoolConfig& config);

}  // namespace poolproof::model
