#include "impl/draw.hpp"

#include <sys/random.h>

namespace poolproof {
namespace {

constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;  // splitmix64's, and so are those below

std::uint64_t seed() {
  std::uint64_t value = 0;
  if (getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value) {
    value = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }
  return value | 1;
}

}  // namespace

std::chrono::nanoseconds Draw::up_to(std::chrono::nanoseconds most) {
  if (most <= std::chrono::nanoseconds::zero()) return std::chrono::nanoseconds::zero();
  std::uint64_t none = 0;
  if (state_.load() == 0) state_.compare_exchange_strong(none, seed());
  std::uint64_t mixed = state_.fetch_add(kStep) + kStep;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  mixed ^= mixed >> 31;
  // The remainder favours small numbers by less than one in a thousand million.
  const auto range = static_cast<std::uint64_t>(most.count()) + 1;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(mixed % range));
}

}  // namespace poolproof
