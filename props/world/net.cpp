#include "props/world/net.hpp"

#include <fcntl.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "props/world/socket.hpp"

namespace poolproof::world {

Net::Net(Scheduler& scheduler) : scheduler_(scheduler) {}

Net::~Net() = default;

void Net::reset(Listener& listener) {
  sockets_.clear();
  listener_ = &listener;
}

Socket* Net::find(int fd) {
  const auto index = static_cast<std::size_t>(fd - kFirstDescriptor);
  if (index >= sockets_.size() || sockets_[index]->closed) {
    errno = EBADF;
    return nullptr;
  }
  return sockets_[index].get();
}

int Net::socket(int domain, int type) {
  if (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6) {
    scheduler_.unsupported("socket: only unix and internet sockets are modelled");
  }
  sockets_.push_back(std::make_unique<Socket>(scheduler_, domain, (type & SOCK_NONBLOCK) != 0));
  return kFirstDescriptor + static_cast<int>(sockets_.size()) - 1;
}

int Net::connect(int fd) {
  Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  scheduler_.point({OperationKind::connect, listener_});
  socket->peer = listener_->accept(*socket);
  if (socket->peer != nullptr) return 0;
  errno = ECONNREFUSED;
  return -1;
}

ssize_t Net::send(int fd, const void* bytes, std::size_t size) {
  Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  socket->used();
  scheduler_.point({OperationKind::send, socket});
  socket->settle();
  if (socket->peer == nullptr || socket->ended()) {
    errno = EPIPE;
    return -1;
  }
  socket->peer->receive({static_cast<const char*>(bytes), size});
  return static_cast<ssize_t>(size);
}

ssize_t Net::receive(int fd, void* bytes, std::size_t size, int flags) {
  Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  socket->used();
  for (;;) {
    socket->settle();
    if (socket->readable())
      return static_cast<ssize_t>(socket->take(bytes, size, flags & MSG_PEEK));
    if (socket->nonblocking || (flags & MSG_DONTWAIT) != 0) {
      errno = EAGAIN;
      return -1;
    }
    scheduler_.point({OperationKind::poll, socket});
    socket->settle();
    if (!socket->readable()) {
      scheduler_.block({OperationKind::poll, socket}, socket->next_arrival());
    }
  }
}

int Net::look(pollfd* fds, nfds_t count) {
  int ready = 0;
  for (nfds_t i = 0; i < count; ++i) {
    fds[i].revents = static_cast<short>(fds[i].fd < 0 ? 0 : look(fds[i]));
    if (fds[i].revents != 0) ++ready;
  }
  return ready;
}

int Net::look(const pollfd& asked) {
  Socket* const socket = find(asked.fd);
  if (socket == nullptr) return POLLNVAL;
  socket->settle();
  return (asked.events & POLLOUT) | (socket->readable() ? asked.events & POLLIN : 0) |
         (socket->ended() ? POLLHUP : 0);
}

std::optional<Time> Net::next_arrival(const pollfd* fds, nfds_t count) {
  std::optional<Time> next;
  for (nfds_t i = 0; i < count; ++i) {
    const Socket* const socket = find(fds[i].fd);
    if (socket == nullptr) continue;
    const auto arrival = socket->next_arrival();
    if (arrival && (!next || *arrival < *next)) next = arrival;
  }
  return next;
}

int Net::poll(pollfd* fds, nfds_t count, int timeout_ms) {
  for (nfds_t i = 0; i < count; ++i) {
    if (const Socket* const socket = find(fds[i].fd)) socket->used();
  }
  if (const int ready = look(fds, count)) return ready;
  const std::optional<Time> deadline =
      timeout_ms < 0 ? std::nullopt
                     : std::optional(scheduler_.now() + std::chrono::milliseconds(timeout_ms));
  const void* const waits_for = count == 1 ? find(fds[0].fd) : Socket::kAny;
  scheduler_.point({OperationKind::poll, waits_for});
  for (;;) {
    if (const int ready = look(fds, count)) return ready;
    if (deadline && *deadline <= scheduler_.now()) return 0;
    const auto arrival = next_arrival(fds, count);
    const bool arrives_first = arrival && (!deadline || *arrival < *deadline);
    scheduler_.block({OperationKind::poll, waits_for}, arrives_first ? arrival : deadline);
  }
}

int Net::close(int fd) {
  Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  socket->used();
  scheduler_.point({OperationKind::close, socket});
  socket->closed = true;
  socket->wake_pollers();
  if (socket->peer != nullptr) socket->peer->hang_up();
  return 0;
}

int Net::shut_down(int fd) {
  Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  scheduler_.point({OperationKind::close, socket});
  if (socket->peer != nullptr) socket->peer->hang_up();
  socket->peer.reset();
  socket->cut();
  return 0;
}

int Net::get_flags(int fd) {
  const Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  return O_RDWR | (socket->nonblocking ? O_NONBLOCK : 0);
}

int Net::set_flags(int fd, int flags) {
  Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  socket->nonblocking = (flags & O_NONBLOCK) != 0;
  return 0;
}

int Net::get_option(int fd, int level, int option, void* value, socklen_t* size) {
  if (find(fd) == nullptr) return -1;
  if (level != SOL_SOCKET || option != SO_ERROR) {
    scheduler_.unsupported("getsockopt: only SO_ERROR is modelled");
  }
  const int none = 0;
  *size = std::min<socklen_t>(*size, sizeof none);
  std::memcpy(value, &none, *size);
  return 0;
}

// Clients only look at the family.
int Net::get_name(int fd, sockaddr* address, socklen_t* size) {
  const Socket* const socket = find(fd);
  if (socket == nullptr) return -1;
  sockaddr_storage name{};
  name.ss_family = static_cast<sa_family_t>(socket->domain);
  const socklen_t whole =
      socket->domain == AF_UNIX ? sizeof(sa_family_t) : static_cast<socklen_t>(sizeof name);
  std::memcpy(address, &name, std::min(*size, whole));
  *size = whole;
  return 0;
}

}  // namespace poolproof::world
