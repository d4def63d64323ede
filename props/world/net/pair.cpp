#include "props/world/net/pair.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace poolproof::world {

void PairEnd::join(PairEnd& one, PairEnd& other) {
  one.other_ = &other;
  other.other_ = &one;
}

int PairEnd::ready() const {
  int bits = 0;
  if (other_->inbox_.size() * 4 <= kCapacity) bits |= POLLOUT | POLLWRNORM | POLLWRBAND;
  if (!inbox_.empty() || no_more_to_read_) bits |= POLLIN | POLLRDNORM;
  if (no_more_to_read_) bits |= POLLRDHUP;
  if (no_more_to_read_ && no_more_to_send_) bits |= POLLHUP;
  if (error_ != 0) bits |= POLLERR;
  return bits;
}

ssize_t PairEnd::take(Pieces into, int flags) {
  if (!inbox_.empty()) {
    scheduler_.acquired(this);
    if ((flags & MSG_PEEK) != 0) return static_cast<ssize_t>(inbox_.peek(into, inbox_.size()));
    const auto taken = static_cast<ssize_t>(inbox_.take(into, inbox_.size()));
    other_->changed(POLLOUT);
    return taken;
  }
  if (error_ != 0) return fail(take_error());
  return no_more_to_read_ ? 0 : fail(EAGAIN);
}

ssize_t PairEnd::give(Pieces from, int /*flags*/) {
  if (no_more_to_send_) return fail(EPIPE);
  const std::size_t size = size_of(from);
  const std::size_t room = kCapacity - other_->inbox_.size();
  if (size > 0 && room == 0) return fail(EAGAIN);
  scheduler_.released(other_);
  const std::size_t sent = other_->inbox_.append(from, std::min(size, room));
  other_->changed(POLLIN);
  return static_cast<ssize_t>(sent);
}

int PairEnd::shut_down(int how) {
  if (how < SHUT_RD || how > SHUT_RDWR) return static_cast<int>(fail(EINVAL));
  if (how != SHUT_WR) no_more_to_read_ = other_->no_more_to_send_ = true;
  if (how != SHUT_RD) no_more_to_send_ = other_->no_more_to_read_ = true;
  changed(kAnything);
  other_->changed(kAnything);
  return 0;
}

int PairEnd::take_error() { return std::exchange(error_, 0); }

void PairEnd::on_close() {
  other_->no_more_to_read_ = other_->no_more_to_send_ = true;
  if (!inbox_.empty()) other_->error_ = ECONNRESET;
  other_->changed(kAnything);
}

}  // namespace poolproof::world
