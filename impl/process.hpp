// Which process this is, for what must not be used by another: a fork copies a pool's memory, and
// its sockets are then everybody's.
#pragma once

#include <atomic>
#include <cstdint>

namespace poolproof {

// Never 0.
using ProcessId = std::uint64_t;

namespace process {

// Another one after each fork. A getpid() for each acquire would cost more than the acquire.
inline std::atomic<ProcessId> current = 1;

inline ProcessId id() { return current.load(std::memory_order_relaxed); }

// From now on a fork changes the id. Called by each who keeps one.
void watch_forks();

}  // namespace process
}  // namespace poolproof
