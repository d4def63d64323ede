#include "props/world/baton.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "props/world/interpose/real.hpp"

namespace poolproof::world {
namespace {

void futex(std::atomic<std::int32_t>& word, int operation, std::int32_t value) {
  static constinit const auto real_syscall = real<long(long, ...)>("syscall");
  real_syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

}  // namespace

void Baton::give() {
  given_.store(1, std::memory_order_release);
  futex(given_, FUTEX_WAKE, 1);
}

void Baton::take() {
  while (given_.exchange(0, std::memory_order_acquire) == 0) futex(given_, FUTEX_WAIT, 0);
}

}  // namespace poolproof::world
