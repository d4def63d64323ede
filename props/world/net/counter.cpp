#include "props/world/net/counter.hpp"

#include <poll.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace poolproof::world {
namespace {

constexpr std::uint64_t kNoCount = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMost = kNoCount - 1;

}  // namespace

int Counter::ready() const { return (count_ > 0 ? POLLIN : 0) | (count_ < kMost ? POLLOUT : 0); }

ssize_t Counter::take(Pieces into, int /*flags*/) {
  if (size_of(into) < sizeof count_) return fail(EINVAL);
  if (count_ == 0) return fail(EAGAIN);
  scheduler_.acquired(this);
  const std::uint64_t count = semaphore_ ? 1 : count_;
  count_ -= count;
  scatter(count, into);
  changed(POLLOUT);
  return sizeof count;
}

ssize_t Counter::give(Pieces from, int /*flags*/) {
  if (size_of(from) < sizeof count_) return fail(EINVAL);
  const std::uint64_t more = gather(from);
  if (more == kNoCount) return fail(EINVAL);
  if (more > kMost - count_) return fail(EAGAIN);
  scheduler_.released(this);
  count_ += more;
  changed(POLLIN);
  return sizeof more;
}

}  // namespace poolproof::world
