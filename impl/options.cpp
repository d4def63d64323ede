#include <poolproof/options.hpp>

#include <limits>

#include "impl/hook_calls.hpp"

namespace poolproof {

std::optional<std::string> problem(const PoolOptions& options) {
  using std::chrono::nanoseconds;
  if (!Connection::can_parse(options.conninfo)) {
    // libpq's own message would say more, but it quotes from the string.
    return "conninfo: libpq cannot parse it; write \"host=... dbname=...\" (values with spaces "
           "in single quotes) or \"postgresql://user@host/dbname\" (percent-encoded)";
  }
  if (options.pool_size < 0) {
    return "pool_size: " + std::to_string(options.pool_size) +
           " is negative; use 0 for no limit, or how many connections to keep";
  }
  if (options.max_overflow < -1) {
    return "max_overflow: " + std::to_string(options.max_overflow) +
           " is below -1; use -1 for no limit, or how many connections beyond pool_size to allow";
  }
  if (options.max_overflow > std::numeric_limits<int>::max() - options.pool_size) {
    return "max_overflow: its sum with pool_size does not fit an int; use -1 for no limit";
  }
  if (options.timeout && *options.timeout < nanoseconds::zero()) {
    return "timeout: it is negative; use 0 for not waiting at all, or nullopt for waiting for ever";
  }
  if (options.recycle && *options.recycle < nanoseconds::zero()) {
    return "recycle: it is negative; use nullopt for never";
  }
  if (options.patience < nanoseconds::zero()) {
    return "patience: it is negative; use 0 for no overtaking at all";
  }
  if (options.recycle_jitter < nanoseconds::zero()) {
    return "recycle_jitter: it is negative; use 0 for none";
  }
  if (options.recycle_jitter > options.recycle.value_or(nanoseconds::zero())) {
    return "recycle_jitter: it is more than recycle, from which it is taken; use less";
  }
  if (options.idle_timeout && *options.idle_timeout < nanoseconds::zero()) {
    return "idle_timeout: it is negative; use nullopt for never";
  }
  if (options.min_idle < 0 || (options.pool_size > 0 && options.min_idle > options.pool_size)) {
    return "min_idle: " + std::to_string(options.min_idle) +
           " is not between 0 and pool_size, which is " + std::to_string(options.pool_size);
  }
  if (options.connect_backoff < nanoseconds::zero()) {
    return "connect_backoff: it is negative; use 0 for none";
  }
  if (const char* const name = list_with_empty_hook(options.hooks)) {
    return std::string("hooks.") + name + ": holds an empty function; leave it out";
  }
  return std::nullopt;
}

}  // namespace poolproof
