#include "props/scenario/bounds.hpp"

#include <fmt/format.h>

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
  return otherwise;
}

std::optional<std::string> problem(const Bounds& bounds) {
  if (bounds.callers < 1 || bounds.callers > kMostCallers) {
    return fmt::format("callers is {}: take a number from 1 to {}", bounds.callers, kMostCallers);
  }
  if (bounds.ops < 1 || bounds.ops > kMostOps) {
    return fmt::format("ops is {}: take a number from 1 to {}", bounds.ops, kMostOps);
  }
  return model::problem(fixed_in(bounds, {.pool_size = 1, .max_overflow = 0}));
}

}  // namespace poolproof::scenario
