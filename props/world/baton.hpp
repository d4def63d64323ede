// A baton between OS threads: who takes it sleeps until somebody gives it. The kernel's futex
// itself, because every lock and wait of the C library belongs to the simulated machine here.
#pragma once

#include <atomic>
#include <cstdint>

namespace poolproof::world {

class Baton {
 public:
  // Wakes the one who takes it, now or later.
  void give();
  // Sleeps until it is given. One at a time.
  void take();

 private:
  std::atomic<std::int32_t> given_{0};
};

}  // namespace poolproof::world
