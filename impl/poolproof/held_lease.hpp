// A lease that is out, as a pool with PoolOptions::track_leases knows it.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include <poolproof/export.hpp>
#include <poolproof/place.hpp>

namespace poolproof {

struct HeldLease {
  Place acquired_at;                    // where acquire was called
  std::thread::id acquired_by;          // the thread that did
  std::chrono::nanoseconds held_for{};  // since then
  int backend = 0;  // the server process of its first connection: pg_stat_activity.pid
};

// "orders.cpp:42 has held server process 4711 for 12.5 s"
[[nodiscard]] POOLPROOF_API std::string to_string(const HeldLease& lease);

}  // namespace poolproof
