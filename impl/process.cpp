#include "impl/process.hpp"

#include <pthread.h>

namespace poolproof::process {

// A handler that cannot be registered, because memory has run out, leaves forks unnoticed.
void watch_forks() {
  [[maybe_unused]] static const int registered =
      pthread_atfork(nullptr, nullptr, [] { current.fetch_add(1, std::memory_order_relaxed); });
}

}  // namespace poolproof::process
