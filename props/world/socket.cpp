#include "props/world/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

// Six more tries to connect, each after twice the time of the one before.
constexpr Duration kConnectTimeout = 127s;
// Fifteen more tries to send, each after twice the time of the one before, but at most two minutes.
constexpr Duration kSendTimeout = 924'600ms;
constexpr std::array<Duration, 3> kLatencies{5ms, 15ms, 40ms};
// How often running it is "not now" for no reason. Who sends tries again at once more often than
// not, and what he leaves unsent is only seen if that is not enough.
constexpr std::uint8_t kRefusedReads = 1;
constexpr std::uint8_t kRefusedSends = 2;

}  // namespace

// ---- from the peer ----

void Socket::write(std::string_view bytes, Duration delay) {
  if (closed || link_ != Link::open) return;
  delay += latency_;
  if (delay > Duration::zero() || !coming_.empty()) {
    return come_later({InFlight::Kind::bytes, std::string(bytes)}, delay);
  }
  if (shut_read_ && (is_unix() || shut_write_)) return;
  inbox_.append(bytes);
  changed(POLLIN);
}

void Socket::end(Duration delay) {
  if (!closed && link_ == Link::open) come_later({InFlight::Kind::end, {}}, delay + latency_);
}

void Socket::reset(Duration delay) {
  if (!closed && link_ == Link::open) come_later({InFlight::Kind::reset, {}}, delay + latency_);
}

void Socket::come_later(InFlight piece, Duration delay) {
  if (delay == Duration::zero() && coming_.empty()) return arrive(piece);
  const Time when = coming_.add(std::move(piece), scheduler_.now() + delay);
  scheduler_.at(when, [this] {
    while (auto next = coming_.take(scheduler_.now())) arrive(*next);
  });
}

void Socket::arrive(const InFlight& piece) {
  if (closed || link_ == Link::silent) return;
  switch (piece.kind) {
    case InFlight::Kind::bytes:
      if (shut_read_ && (is_unix() || shut_write_)) return;
      inbox_.append(piece.bytes);
      return changed(POLLIN);
    case InFlight::Kind::end:
      fin_ = true;
      link_ = Link::gone;
      break;
    case InFlight::Kind::reset: return be_reset();
  }
  changed(kAnything);
}

void Socket::be_reset() {
  link_ = Link::gone;
  go_down(fin_ ? EPIPE : ECONNRESET);
}

void Socket::go_down(int error) {
  if (down_ || closed) return;
  error_ = error;
  down_ = true;
  changed(kAnything);
}

void Socket::silence() {
  if (link_ == Link::open) link_ = Link::silent;
}

// What was sent into the silence is sent again until it is answered.
void Socket::heal() {
  if (link_ != Link::silent) return;
  link_ = Link::gone;
  if (swallowed_) be_reset();
  hang_up();
}

// ---- to the peer ----

void Socket::send_off(InFlight::Kind kind, std::string_view bytes) {
  if (link_ == Link::silent) return swallow();
  if (latency_ == Duration::zero()) return reach(kind, bytes);
  const Time when = going_.add({kind, std::string(bytes)}, scheduler_.now() + latency_);
  scheduler_.at(when, [this] {
    while (const auto next = going_.take(scheduler_.now())) land(*next);
  });
}

void Socket::land(const InFlight& piece) {
  if (link_ != Link::silent) return reach(piece.kind, piece.bytes);
  swallow();
  if (piece.kind == InFlight::Kind::end) hung_up_ = false;
}

// It is sent again and again, until the network is healed or the kernel gives up.
void Socket::swallow() {
  if (std::exchange(swallowed_, true)) return;
  const auto set = std::find_if(options.begin(), options.end(), [](const SocketOption& each) {
    return each.level == IPPROTO_TCP && each.option == TCP_USER_TIMEOUT && each.value > 0;
  });
  const Duration patience =
      set == options.end() ? kSendTimeout : std::chrono::milliseconds(set->value);
  scheduler_.at(scheduler_.now() + patience, [this] {
    if (link_ == Link::silent) go_down(ETIMEDOUT);
  });
}

void Socket::reach(InFlight::Kind kind, std::string_view bytes) {
  if (kind == InFlight::Kind::end) {
    if (peer_ != nullptr) peer_->hang_up();
  } else if (link_ == Link::gone) {
    come_later({InFlight::Kind::reset, {}}, latency_);
  } else {
    peer_->receive(bytes);
  }
}

void Socket::hang_up() {
  if (peer_ == nullptr || hung_up_) return;
  hung_up_ = link_ != Link::silent;
  send_off(InFlight::Kind::end, {});
}

void Socket::on_close() {
  if (peer_ != nullptr) peer_->left();
  hang_up();
}

// ---- connecting ----

Reception Socket::call(Listener& listener, const Address& to) {
  const Place place{0, Phase::connecting};
  if (faults_.strikes(FaultKind::connect_refused, place)) return Reception::refused(ECONNREFUSED);
  if (!is_unix()) {
    if (faults_.strikes(FaultKind::connect_unreachable, place)) {
      return Reception::refused(EHOSTUNREACH);
    }
    if (faults_.strikes(FaultKind::connect_timed_out, place)) {
      return Reception::refused(ETIMEDOUT, kConnectTimeout);
    }
  }
  if (faults_.strikes(FaultKind::connect_reset, place)) {
    link_ = Link::gone;
    return {nullptr};
  }
  return listener.accept(to, *this);
}

int Socket::connect(Listener& listener, const Address& to) {
  switch (state_) {
    case State::fresh: break;
    case State::connecting: return nonblocking ? static_cast<int>(fail(EALREADY)) : connected();
    case State::connected:
      if (told_) return static_cast<int>(fail(EISCONN));
      told_ = true;
      return 0;
    case State::failed: return connected();
  }
  called_ = to;
  link_ = Link::open;
  Reception reception = call(listener, to);
  peer_ = std::move(reception.peer);
  const int error = peer_ != nullptr || link_ == Link::gone ? 0 : reception.error;
  if (peer_ != nullptr && strikes(FaultKind::slow_network)) {
    latency_ = kLatencies[scheduler_.choose(Stream::faults, kLatencies.size())];
  }
  state_ = State::connecting;
  if (is_unix()) {
    finish_connect(error);
    return connected();
  }
  const Duration after = reception.after + 2 * latency_;
  if (after == Duration::zero()) {
    finish_connect(error);
  } else {
    scheduler_.at(scheduler_.now() + after, [this, error] { finish_connect(error); });
  }
  return nonblocking ? static_cast<int>(fail(EINPROGRESS)) : connected();
}

void Socket::finish_connect(int error) {
  if (closed || state_ != State::connecting) return;
  state_ = error == 0 ? State::connected : State::failed;
  error_ = error;
  down_ = error != 0;
  changed(kAnything);
}

int Socket::connected() {
  if (state_ == State::connecting) return static_cast<int>(fail(EAGAIN));
  told_ = true;
  if (state_ == State::connected) return 0;
  state_ = State::fresh;
  down_ = false;
  const int error = take_error();
  return static_cast<int>(fail(error != 0 ? error : ECONNABORTED));
}

// ---- from the system calls ----

int Socket::ready() const {
  if (state_ == State::connecting) return 0;
  const int writable = POLLOUT | POLLWRNORM | (is_unix() ? POLLWRBAND : 0);
  if (state_ == State::fresh) return writable | POLLHUP;
  int bits = writable;
  if (unread() > 0 || nothing_more_to_read()) bits |= POLLIN | POLLRDNORM;
  if (nothing_more_to_read()) bits |= POLLRDHUP;
  if (nothing_more_to_read() && nothing_more_to_send()) bits |= POLLHUP;
  if (error_ != 0) bits |= POLLERR;
  return bits;
}

int Socket::take_error() { return std::exchange(error_, 0); }

ssize_t Socket::take(Pieces into, int flags) {
  if (state_ == State::fresh) return fail(is_unix() ? EINVAL : ENOTCONN);
  if (state_ == State::connecting) return fail(EAGAIN);
  if (unread() > 0) {
    if (would_block(kRefusedReads)) return fail(EAGAIN);
    const std::size_t most = strike_short(FaultKind::short_read, std::min(unread(), size_of(into)));
    const bool peek = (flags & MSG_PEEK) != 0;
    return static_cast<ssize_t>(peek ? inbox_.peek(into, most) : inbox_.take(into, most));
  }
  if (fin_ && !is_unix()) return 0;
  if (error_ != 0) return fail(take_error());
  return nothing_more_to_read() ? 0 : fail(EAGAIN);
}

ssize_t Socket::give(Pieces from, int /*flags*/) {
  if (state_ == State::fresh) return fail(is_unix() ? ENOTCONN : EPIPE);
  if (state_ == State::connecting) return fail(EAGAIN);
  if (error_ != 0 && !is_unix()) return fail(take_error());
  if (nothing_more_to_send()) return fail(EPIPE);
  if (would_block(kRefusedSends)) return fail(EAGAIN);
  if (link_ == Link::open && strikes(FaultKind::half_open)) silence();
  std::size_t left = strike_short(FaultKind::short_write, size_of(from));
  const std::size_t size = left;
  for (const iovec& each : from) {
    const std::size_t part = std::min(left, each.iov_len);
    if (part > 0) send_off(InFlight::Kind::bytes, {static_cast<const char*>(each.iov_base), part});
    left -= part;
  }
  return static_cast<ssize_t>(size);
}

int Socket::shut_down(int how) {
  if (how < SHUT_RD || how > SHUT_RDWR) return static_cast<int>(fail(EINVAL));
  if (state_ == State::connecting) {  // Linux gives it up, and wakes who waits for it
    hang_up();
    finish_connect(ECONNRESET);
    return 0;
  }
  if (!is_unix() && !is_connected()) return static_cast<int>(fail(ENOTCONN));
  if (how != SHUT_WR) shut_read_ = true;
  if (how != SHUT_RD && !shut_write_) {
    shut_write_ = true;
    hang_up();
  }
  changed(kAnything);
  return 0;
}

// ---- faults ----

bool Socket::strikes(FaultKind kind) {
  return faults_.allows(kind) && faults_.strikes(kind, place());
}

// How much of that gets through. Not all of it, if it strikes.
std::size_t Socket::strike_short(FaultKind kind, std::size_t size) {
  if (size < 2 || !strikes(kind)) return size;
  const std::array<std::size_t, 4> amounts{1, 4, 5, size / 2};  // 5: a message's type and length
  return std::min(amounts[scheduler_.choose(Stream::faults, amounts.size())], size - 1);
}

// Never more than that running, so that whoever looks again gets on.
bool Socket::would_block(std::uint8_t refusals) {
  if (!nonblocking) return false;
  if (held_back_ > 0) return --held_back_ > 0;
  if (!strikes(FaultKind::would_block)) return false;
  held_back_ = refusals;
  return true;
}

}  // namespace poolproof::world
