#include "props/scenario/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace poolproof::scenario {

model::PoolConfig fixed_in(const Bounds& bounds, model::PoolConfig otherwise) {
  otherwise.pool_size = bounds.pool_size.value_or(otherwise.pool_size);
  otherwise.max_overflow = bounds.max_overflow.value_or(otherwise.max_overflow);
  otherwise.timeout = bounds.timeout.value_or(otherwise.timeout);
  otherwise.recycle = bounds.recycle.value_or(otherwise.recycle);
  otherwise.use_lifo = bounds.use_lifo.value_or(otherwise.use_lifo);
  otherwise.pre_ping = bounds.pre_ping.value_or(otherwise.pre_ping);
  otherwise.reset_on_return = bounds.reset_on_return.value_or(otherwise.reset_on_return);
  otherwise.patience = bounds.patience.value_or(otherwise.patience);
  otherwise.pool_class = bounds.pool_class.value_or(otherwise.pool_class);
  otherwise.recycle_jitter = bounds.recycle_jitter.value_or(otherwise.recycle_jitter);
  otherwise.idle_timeout = bounds.idle_timeout.value_or(otherwise.idle_timeout);
  otherwise.min_idle = bounds.min_idle.value_or(otherwise.min_idle);
  otherwise.connect_backoff = bounds.connect_backoff.value_or(otherwise.connect_backoff);
  return otherwise;
}

bool fix_class_or_upkeep(const Bounds& bounds) {
  return bounds.pool_class || bounds.recycle_jitter || bounds.idle_timeout || bounds.min_idle ||
         bounds.connect_backoff;
}

std::optional<std::string> problem(const Bounds& bounds) {
  if (bounds.callers < 1 || bounds.callers > kMostCallers) {
    return fmt::format("callers is {}: take a number from 1 to {}", bounds.callers, kMostCallers);
  }
  if (bounds.ops < 1 || bounds.ops > kMostOps) {
    return fmt::format("ops is {}: take a number from 1 to {}", bounds.ops, kMostOps);
  }
  model::PoolConfig pool{.pool_size = 1, .max_overflow = 0};
  // What is drawn is made to fit what is given.
  if (!bounds.recycle) pool.recycle = bounds.recycle_jitter;
  if (!bounds.pool_size) pool.pool_size = std::max(1, bounds.min_idle.value_or(1));
  return model::problem(fixed_in(bounds, pool));
}

}  // namespace poolproof::scenario
