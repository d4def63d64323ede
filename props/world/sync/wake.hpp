// How those who sleep on an object are woken.
#pragma once

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

// Which one is a choice. False if nobody sleeps there.
inline bool wake_one(Scheduler& scheduler, const void* object) {
  auto& waiters = scheduler.blocked_on({OperationKind::wait, object});
  if (waiters.empty()) {
    scheduler.signalled_nobody(object);
    return false;
  }
  const auto chosen = scheduler.choose(Stream::waiter, static_cast<std::uint32_t>(waiters.size()));
  scheduler.wake(*waiters[chosen]);
  return true;
}

inline bool is_waited_on(Scheduler& scheduler, const void* object) {
  return !scheduler.blocked_on({OperationKind::wait, object}).empty();
}

}  // namespace poolproof::world::sync
