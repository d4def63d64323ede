#include "model/config.hpp"

#include <limits>

namespace poolproof::model {
namespace {

std::optional<std::string> problem_of_queue_pool(const PoolConfig& config) {
  if (config.patience != Duration::zero()) {
    return "patience is " + to_string(config.patience) + ": the profile sqlalchemy has none";
  }
  if (config.reset_on_return == ResetOnReturn::discard) {
    return "reset_on_return is discard: the profile sqlalchemy knows rollback, commit and none";
  }
  PoolConfig plain = config;
  plain.pool_class = PoolClass::queue_pool;
  plain.recycle_jitter = plain.connect_backoff = Duration::zero();
  plain.idle_timeout.reset();
  plain.min_idle = 0;
  if (plain != config) {
    return "the profile sqlalchemy is QueuePool: it has no jitter, idle_timeout, min_idle or "
           "connect_backoff";
  }
  return std::nullopt;
}

std::optional<std::string> problem_of_upkeep(const PoolConfig& config) {
  if (config.recycle_jitter < Duration::zero() ||
      config.recycle_jitter > config.recycle.value_or(Duration::zero())) {
    return "recycle_jitter is " + to_string(config.recycle_jitter) +
           ": give 0s (none) or more, but not more than recycle, from which it is taken";
  }
  if (config.idle_timeout && *config.idle_timeout < Duration::zero()) {
    return "idle_timeout is " + to_string(*config.idle_timeout) +
           ": give 0s or more, or none at all (keep what is idle)";
  }
  if (config.min_idle < 0 || (config.pool_size > 0 && config.min_idle > config.pool_size)) {
    return "min_idle is " + std::to_string(config.min_idle) +
           ": give 0 (none) or more, but not more than pool_size, which is " +
           std::to_string(config.pool_size);
  }
  if (config.connect_backoff < Duration::zero()) {
    return "connect_backoff is " + to_string(config.connect_backoff) + ": give 0s (none) or more";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> problem(const PoolConfig& config) {
  if (config.pool_size < 0) {
    return "pool_size is " + std::to_string(config.pool_size) +
           ": give 0 (keep every idle connection, without limit) or more";
  }
  if (config.max_overflow < -1) {
    return "max_overflow is " + std::to_string(config.max_overflow) +
           ": give -1 (no limit), 0 (no overflow) or more";
  }
  constexpr int kMost = std::numeric_limits<int>::max();
  if (config.max_overflow > kMost - config.pool_size) {
    return "pool_size + max_overflow is more than " + std::to_string(kMost) +
           ": give less, or max_overflow -1 for no limit";
  }
  if (config.timeout && *config.timeout < Duration::zero()) {
    return "timeout is " + to_string(*config.timeout) +
           ": give 0s (never wait) or more, or none at all (wait for ever)";
  }
  if (config.recycle && *config.recycle < Duration::zero()) {
    return "recycle is " + to_string(*config.recycle) +
           ": give 0s or more, or none at all (never recycle)";
  }
  if (config.patience < Duration::zero()) {
    return "patience is " + to_string(config.patience) +
           ": give 0s (first come, first served) or more";
  }
  if (config.profile == Profile::sqlalchemy) return problem_of_queue_pool(config);
  return problem_of_upkeep(config);
}

std::optional<int> capacity(const PoolConfig& config) {
  switch (config.pool_class) {
    case PoolClass::queue_pool: break;
    case PoolClass::null_pool: return std::nullopt;
    case PoolClass::static_pool:
    case PoolClass::assertion_pool: return 1;
    case PoolClass::singleton_thread_pool: return idle_limit(config);
  }
  if (config.max_overflow == -1) return std::nullopt;
  if (config.pool_size == 0 && config.profile == Profile::strict) return std::nullopt;
  return config.pool_size + config.max_overflow;
}

std::optional<int> idle_limit(const PoolConfig& config) {
  switch (config.pool_class) {
    case PoolClass::queue_pool:
    case PoolClass::singleton_thread_pool: break;
    case PoolClass::null_pool: return 0;
    case PoolClass::static_pool:
    case PoolClass::assertion_pool: return 1;
  }
  if (config.pool_size == 0) return std::nullopt;
  return config.pool_size;
}

bool shares(const PoolConfig& config) {
  return config.pool_class == PoolClass::static_pool ||
         config.pool_class == PoolClass::singleton_thread_pool;
}

std::string to_string(Duration duration) {
  using namespace std::chrono_literals;
  if (duration % 1s == 0s) return std::to_string(duration / 1s) + "s";
  if (duration % 1ms == 0s) return std::to_string(duration / 1ms) + "ms";
  if (duration % 1us == 0s) return std::to_string(duration / 1us) + "us";
  return std::to_string(duration.count()) + "ns";
}

std::string to_string(Time time) {
  return time == kNever ? "never" : to_string(time.time_since_epoch());
}

std::string_view name(Profile profile) {
  return profile == Profile::strict ? "strict" : "sqlalchemy";
}

std::string_view name(PoolClass pool_class) {
  switch (pool_class) {
    case PoolClass::queue_pool: return "QueuePool";
    case PoolClass::null_pool: return "NullPool";
    case PoolClass::static_pool: return "StaticPool";
    case PoolClass::singleton_thread_pool: return "SingletonThreadPool";
    case PoolClass::assertion_pool: return "AssertionPool";
  }
  return "?";
}

std::string_view name(ResetOnReturn reset) {
  switch (reset) {
    case ResetOnReturn::rollback: return "rollback";
    case ResetOnReturn::commit: return "commit";
    case ResetOnReturn::discard: return "discard";
    case ResetOnReturn::none: return "none";
  }
  return "?";
}

std::string to_string(const PoolConfig& config) {
  const PoolConfig by_default;
  const std::string timeout = config.timeout ? to_string(*config.timeout) : "for ever";
  const std::string recycle = config.recycle ? to_string(*config.recycle) : "never";
  std::string text = "pool_size " + std::to_string(config.pool_size) + ", max_overflow " +
                     std::to_string(config.max_overflow) + ", timeout " + timeout + ", recycle " +
                     recycle;
  if (config.use_lifo) text += ", lifo";
  if (config.pre_ping) text += ", pre_ping";
  if (config.reset_on_return != by_default.reset_on_return) {
    text += ", reset_on_return " + std::string(name(config.reset_on_return));
  }
  if (config.patience != by_default.patience) text += ", patience " + to_string(config.patience);
  if (config.recycle_jitter != by_default.recycle_jitter) {
    text += ", recycle_jitter " + to_string(config.recycle_jitter);
  }
  if (config.idle_timeout) text += ", idle_timeout " + to_string(*config.idle_timeout);
  if (config.min_idle != by_default.min_idle) {
    text += ", min_idle " + std::to_string(config.min_idle);
  }
  if (config.connect_backoff != by_default.connect_backoff) {
    text += ", connect_backoff " + to_string(config.connect_backoff);
  }
  if (config.pool_class != by_default.pool_class) {
    text += ", class " + std::string(name(config.pool_class));
  }
  return text;
}

}  // namespace poolproof::model
