#include "props/scenario/bounds.hpp"

#include <fmt/format.h>

namespace poolproof::scenario {

std::optional<std::string> problem(const Bounds& bounds) {
  if (bounds.callers < 1 || bounds.callers > kMostCallers) {
    return fmt::format("callers is {}: take a number from 1 to {}", bounds.callers, kMostCallers);
  }
  if (bounds.ops < 1 || bounds.ops > kMostOps) {
    return fmt::format("ops is {}: take a number from 1 to {}", bounds.ops, kMostOps);
  }
  model::PoolConfig config;
  config.pool_size = bounds.pool_size.value_or(1);
  config.max_overflow = bounds.max_overflow.value_or(0);
  if (bounds.timeout) config.timeout = *bounds.timeout;
  if (bounds.recycle) config.recycle = *bounds.recycle;
  return model::problem(config);
}

}  // namespace poolproof::scenario
