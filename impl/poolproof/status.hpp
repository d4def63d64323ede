// The pool's counters at one instant.
#pragma once

#include <cstddef>
#include <string>

#include <poolproof/export.hpp>

namespace poolproof {

// A slot is the right to one server connection. size = idle + checked_out.
struct PoolStatus {
  std::size_t size = 0;  // slots there are
  std::size_t idle = 0;  // in the pool, for the next caller; some may have lost their connection
  std::size_t checked_out = 0;  // leased, or being prepared, reset or closed
  std::size_t overflow = 0;     // how many of `size` are beyond pool_size
  std::size_t waiting = 0;      // callers inside acquire with no slot yet
  std::size_t detached = 0;     // leases whose connection is no longer the pool's: not in `size`

  bool operator==(const PoolStatus&) const = default;
};

// "15 slots: 0 idle, 15 checked out, 10 overflow; 3 callers waiting", then "; 1 detached" if any
// is.
[[nodiscard]] POOLPROOF_API std::string to_string(const PoolStatus& status);

}  // namespace poolproof
