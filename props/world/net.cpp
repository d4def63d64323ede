#include "props/world/net.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "props/world/net/counter.hpp"
#include "props/world/net/pair.hpp"
#include "props/world/net/pipe.hpp"
#include "props/world/net/timer.hpp"
#include "props/world/socket.hpp"

namespace poolproof::world {
namespace {

int fail(int error) {
  errno = error;
  return -1;
}

// What follows the first `done` bytes.
std::vector<iovec> rest_of(Pieces pieces, std::size_t done) {
  std::vector<iovec> rest;
  for (const iovec& each : pieces) {
    const std::size_t skipped = std::min(done, each.iov_len);
    rest.push_back({static_cast<char*>(each.iov_base) + skipped, each.iov_len - skipped});
    done -= skipped;
  }
  return rest;
}

}  // namespace

void Net::reset(Listener& listener) {
  table_.clear();
  listener_ = &listener;
  interrupted_ = false;
}

void Net::heal() {
  for (const auto& each : table_.all()) {
    if (Socket* const socket = each->client()) socket->heal();
  }
}

Descriptor* Net::find_socket(int fd) {
  Descriptor* const found = table_.find(fd);
  if (found == nullptr || found->domain() != AF_UNSPEC) return found;
  errno = ENOTSOCK;
  return nullptr;
}

// ---- descriptors ----

int Net::socket(int domain, int type, int /*protocol*/) {
  const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  const bool known = domain == AF_UNIX || domain == AF_INET || domain == AF_INET6;
  if (!known || kind != SOCK_STREAM) {
    scheduler_.unsupported("socket: only unix and internet stream sockets are modelled");
  }
  return table_.add(
      std::make_unique<Socket>(scheduler_, faults_, domain, (type & SOCK_NONBLOCK) != 0));
}

int Net::socket_pair(int domain, int type, int /*protocol*/, int* ends) {
  if (domain != AF_UNIX) return fail(EOPNOTSUPP);
  if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM) {
    scheduler_.unsupported("socketpair: only stream sockets are modelled");
  }
  const bool nonblocking = (type & SOCK_NONBLOCK) != 0;
  auto one = std::make_unique<PairEnd>(scheduler_, nonblocking);
  auto other = std::make_unique<PairEnd>(scheduler_, nonblocking);
  PairEnd::join(*one, *other);
  ends[0] = table_.add(std::move(one));
  ends[1] = table_.add(std::move(other));
  return 0;
}

int Net::pipe(int* ends, int flags) {
  if ((flags & O_DIRECT) != 0) scheduler_.unsupported("pipe2: O_DIRECT is not modelled");
  if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0) return fail(EINVAL);
  const bool nonblocking = (flags & O_NONBLOCK) != 0;
  auto reader = std::make_unique<PipeReader>(scheduler_, nonblocking);
  auto writer = std::make_unique<PipeWriter>(scheduler_, nonblocking, *reader);
  ends[0] = table_.add(std::move(reader));
  ends[1] = table_.add(std::move(writer));
  return 0;
}

int Net::event_counter(unsigned count, int flags) {
  if ((flags & ~(EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE)) != 0) return fail(EINVAL);
  return table_.add(std::make_unique<Counter>(scheduler_, (flags & EFD_NONBLOCK) != 0, count,
                                              (flags & EFD_SEMAPHORE) != 0));
}

int Net::create_timer(int clock, int flags) {
  const bool known = clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME;
  if (!known || (flags & ~(TFD_NONBLOCK | TFD_CLOEXEC)) != 0) return fail(EINVAL);
  return table_.add(std::make_unique<Timer>(scheduler_, (flags & TFD_NONBLOCK) != 0, clock));
}

Timer* Net::find_timer(int fd) {
  Descriptor* const found = table_.find(fd);
  if (found == nullptr) return nullptr;
  if (found->timer() == nullptr) errno = EINVAL;
  return found->timer();
}

int Net::close(int fd) {
  Descriptor* const found = table_.find(fd);
  if (found == nullptr) return -1;
  found->used();
  scheduler_.point({OperationKind::close, found});
  if (found->client() != nullptr) scheduler_.touched(listener_);  // the server counts its sessions
  found->close();
  return 0;
}

int Net::get_flags(int fd) {
  const Descriptor* const found = table_.find(fd);
  if (found == nullptr) return -1;
  return found->access() | (found->nonblocking ? O_NONBLOCK : 0);
}

int Net::set_flags(int fd, int flags) { return set_nonblocking(fd, (flags & O_NONBLOCK) != 0); }

int Net::set_nonblocking(int fd, bool nonblocking) {
  Descriptor* const found = table_.find(fd);
  if (found == nullptr) return -1;
  found->nonblocking = nonblocking;
  return 0;
}

int Net::count_unread(int fd, int* count) {
  const Descriptor* const found = table_.find(fd);
  if (found == nullptr) return -1;
  const auto unread = found->pending();
  if (!unread) return fail(ENOTTY);
  *count = static_cast<int>(*unread);
  return 0;
}

// ---- bytes ----

int Net::connect(int fd, const sockaddr* address, socklen_t size) {
  Descriptor* const found = find_socket(fd);
  if (found == nullptr) return -1;
  Socket* const socket = found->client();
  if (socket == nullptr) return fail(EISCONN);
  const auto to = to_address(socket->domain(), address, size);
  if (!to) return -1;
  scheduler_.point({OperationKind::connect, listener_});
  int answer = socket->connect(*listener_, *to);
  while (answer < 0 && errno == EAGAIN) {
    if (!wait_for(*socket, POLLOUT)) return -1;
    answer = socket->connected();
  }
  return answer;
}

int Net::shut_down(int fd, int how) {
  Descriptor* const found = table_.find(fd);
  if (found == nullptr) return -1;
  scheduler_.point({OperationKind::close, found});
  return found->shut_down(how);
}

ssize_t Net::write(int fd, Pieces from, int flags) {
  Descriptor* const to = table_.find(fd);
  if (to == nullptr) return -1;
  to->used();
  scheduler_.point({OperationKind::send, to});
  const bool waits = !to->nonblocking && (flags & MSG_DONTWAIT) == 0;
  const std::size_t size = size_of(from);
  std::size_t written = 0;
  std::vector<iovec> rest;
  for (;;) {
    const ssize_t given = to->give(from, flags);
    if (given >= 0) {
      written += static_cast<std::size_t>(given);
      if (written == size || !waits || !to->fills_up()) break;
      rest = rest_of(from, static_cast<std::size_t>(given));
      from = rest;
    } else if (errno != EAGAIN || !waits || !wait_for(*to, POLLOUT)) {
      if (written == 0) return -1;
      break;
    }
  }
  return static_cast<ssize_t>(written);
}

ssize_t Net::read(int fd, Pieces into, int flags) {
  Descriptor* const from = table_.find(fd);
  if (from == nullptr) return -1;
  from->used();
  scheduler_.looked_at(from);
  const bool waits = !from->nonblocking && (flags & MSG_DONTWAIT) == 0;
  const bool all = waits && (flags & MSG_WAITALL) != 0;
  const std::size_t size = all ? size_of(into) : 0;
  std::size_t read = 0;
  std::vector<iovec> rest;
  for (;;) {
    const ssize_t taken = from->take(into, flags);
    if (taken >= 0) {
      scheduler_.touched(from);
      read += static_cast<std::size_t>(taken);
      if (!all || taken == 0 || read == size || (flags & MSG_PEEK) != 0) break;
      rest = rest_of(into, static_cast<std::size_t>(taken));
      into = rest;
    } else if (errno != EAGAIN || !waits || !wait_for(*from, POLLIN)) {
      if (read == 0) return -1;
      break;
    }
  }
  return static_cast<ssize_t>(read);
}

ssize_t Net::send(int fd, Pieces from, int flags) {
  return find_socket(fd) == nullptr ? -1 : write(fd, from, flags);
}

ssize_t Net::receive(int fd, Pieces into, int flags) {
  return find_socket(fd) == nullptr ? -1 : read(fd, into, flags);
}

}  // namespace poolproof::world
