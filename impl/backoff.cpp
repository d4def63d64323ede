#include "impl/backoff.hpp"

#include <algorithm>
#include <cstdio>

namespace poolproof {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

std::optional<std::string> Backoff::refusal() {
  if (is_off()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (pause_ == nanoseconds::zero()) return std::nullopt;
  const std::chrono::duration<double> left = not_before_ - steady_clock::now();
  if (left.count() <= 0) return std::nullopt;
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3g", left.count());
  return std::string("no connect is tried for another ") + seconds +
         " s, as the last failed: " + last_failure_;
}

// The pause is shortened by up to a quarter, so that a hundred processes do not come back together.
void Backoff::failed(const std::string& why) {
  if (is_off()) return;
  const std::lock_guard lock(mutex_);
  const nanoseconds longest = std::max(options_.connect_backoff, PoolOptions::kMostBackoff);
  const auto now = steady_clock::now();
  // Those who were connecting all along are one failure.
  if (pause_ != nanoseconds::zero() && now < not_before_) return;
  pause_ = pause_ == nanoseconds::zero() ? options_.connect_backoff
                                         : std::min(longest, pause_ + std::min(pause_, longest));
  not_before_ = now + pause_ - draw_.up_to(pause_ / 4);
  last_failure_ = why;
}

void Backoff::succeeded() {
  if (is_off()) return;
  const std::lock_guard lock(mutex_);
  pause_ = nanoseconds::zero();
}

}  // namespace poolproof
