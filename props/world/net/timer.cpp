#include "props/world/net/timer.hpp"

#include <poll.h>

#include <cerrno>

namespace poolproof::world {

void Timer::set(Setting setting) {
  call_off();
  setting_ = setting;
  arm();
}

// Wakes whoever waits, only for the first expiry that nobody has read of: nothing changes with
// those that follow.
void Timer::arm() {
  if (!setting_.next) return;
  if (*setting_.next <= scheduler_.read_clock()) return changed(POLLIN);
  event_ = scheduler_.at(*setting_.next, [this] {
    event_.reset();
    changed(POLLIN);
  });
}

void Timer::call_off() {
  if (event_) scheduler_.call_off(*event_);
  event_.reset();
}

std::uint64_t Timer::expiries() const {
  if (!setting_.next || *setting_.next > scheduler_.read_clock()) return 0;
  if (setting_.interval == Duration::zero()) return 1;
  return static_cast<std::uint64_t>((scheduler_.read_clock() - *setting_.next) /
                                    setting_.interval) +
         1;
}

Timer::Setting Timer::setting() const {
  const std::uint64_t passed = expiries();
  if (passed == 0) return setting_;
  if (setting_.interval == Duration::zero()) return {};
  return {*setting_.next + passed * setting_.interval, setting_.interval};
}

int Timer::ready() const { return expiries() > 0 ? POLLIN : 0; }

ssize_t Timer::take(Pieces into, int /*flags*/) {
  std::uint64_t passed = 0;
  if (size_of(into) < sizeof passed) return fail(EINVAL);
  passed = expiries();
  if (passed == 0) return fail(EAGAIN);
  scatter(passed, into);
  set(setting());
  return sizeof passed;
}

ssize_t Timer::give(Pieces /*from*/, int /*flags*/) { return fail(EINVAL); }

}  // namespace poolproof::world
