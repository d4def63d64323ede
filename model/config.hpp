// What a pool is told when it is made, and the time it lives in.
// Part of the specification: may include the standard library only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace poolproof::model {

using Duration = std::chrono::nanoseconds;

// Virtual time. Like std::chrono::local_t it has no now(): only the event Advance moves it.
struct ModelClock {};
using Time = std::chrono::time_point<ModelClock, Duration>;

// How long the connect or ping may take of an acquire that does not wait: the pool's timeout, or
// this if that is 0 too. (0 is about waiting for others; no connect takes no time.)
inline constexpr Duration kConnectLimit = std::chrono::seconds(30);

// The longest pause that failing connects lead to.
inline constexpr Duration kMostBackoff = std::chrono::seconds(30);

// The deadline of whoever waits for ever. No event happens at it.
inline constexpr Time kNever = Time::max();

// Whose semantics: README.md sets one against the other.
enum class Profile {
  strict,      // what our pool promises
  sqlalchemy,  // SQLAlchemy 1.4's QueuePool as it is, lost wake-ups included
};

// Which kind of pool. README.md says what each promises.
enum class PoolClass {
  queue_pool,             // pool_size connections are kept, max_overflow more opened under load
  null_pool,              // nothing is kept, and there is no limit
  static_pool,            // one connection, which a caller shares with itself
  singleton_thread_pool,  // one for each caller, pool_size at most, shared likewise
  assertion_pool,         // one connection, and whoever wants a second is refused
};

// What a returned connection goes through before anybody else may have it.
enum class ResetOnReturn {
  rollback,
  commit,
  discard,  // rollback, then DISCARD ALL: settings, temporary tables, prepared statements, LISTEN
  none,     // goes on as it is
};

// The options, named as create_engine names them without the `pool_`.
struct PoolConfig {
  // How many connections are kept when idle. 0: every one is kept, and there is no limit at all.
  // (In sqlalchemy, 1.4 lets max_overflow limit such a pool; 2.0 does not.)
  int pool_size = 5;

  // How many more may exist at once; these are closed when returned to a full pool. -1: no limit.
  int max_overflow = 10;

  // How long an acquire that names no timeout of its own may take, waiting, connecting and pinging
  // together. 0: it does not wait for others. nullopt: it waits for ever.
  std::optional<Duration> timeout = std::chrono::seconds(30);

  // A connection strictly older than this is replaced when it is next asked for. nullopt: never.
  std::optional<Duration> recycle = std::nullopt;

  // Whether the connection given back last is taken first. If not, the one idle longest is.
  bool use_lifo = false;

  // Whether a connection that was not made for this acquire is pinged before it is leased.
  bool pre_ping = false;

  ResetOnReturn reset_on_return = ResetOnReturn::rollback;

  // A waiter who has waited this long is not overtaken any more. 0: nobody is ever overtaken.
  // Strict only.
  Duration patience{};

  // Other classes make no use of some of the above: NullPool, StaticPool and AssertionPool of
  // pool_size, none of max_overflow, SingletonThreadPool of use_lifo. This and what follows is
  // strict only.
  PoolClass pool_class = PoolClass::queue_pool;

  // Each connection lives as much less than recycle as was drawn when it was made: up to this.
  Duration recycle_jitter{};

  // Maintain closes what has been idle for longer, but for min_idle connections; and opens
  // connections until so many are idle.
  std::optional<Duration> idle_timeout = std::nullopt;
  int min_idle = 0;

  // No connect is begun for this long after one has failed, or up to a quarter less; each further
  // failure doubles it, up to kMostBackoff. 0: each acquire tries.
  Duration connect_backoff{};

  Profile profile = Profile::strict;

  friend bool operator==(const PoolConfig&, const PoolConfig&) = default;
};

// What is wrong with `config`, in one line that names the option and the mend; nullopt if nothing
// is. Everything else here demands a config without a problem.
std::optional<std::string> problem(const PoolConfig& config);

// How many slots may exist at once. nullopt: no limit.
std::optional<int> capacity(const PoolConfig& config);

// How many slots may be idle at once. nullopt: no limit.
std::optional<int> idle_limit(const PoolConfig& config);

// Whether a caller who has a lease and acquires again shares what it has.
bool shares(const PoolConfig& config);

// "strict"; "QueuePool"; "rollback".
std::string_view name(Profile profile);
std::string_view name(PoolClass pool_class);
std::string_view name(ResetOnReturn reset);

// "250ms": a whole number of the largest of s, ms, us, ns that divides it; a Time the same, counted
// from Time{}, and kNever as "never".
std::string to_string(Duration duration);
std::string to_string(Time time);
// The options, those that are as by default left out but for the first four.
std::string to_string(const PoolConfig& config);

}  // namespace poolproof::model
