// The system calls on virtual descriptors. They come from inside a task and answer as their
// namesakes do, in the result and in errno.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <span>

#include "props/world/faults.hpp"
#include "props/world/net/descriptor.hpp"
#include "props/world/net/table.hpp"
#include "props/world/peer.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

class Net {
 public:
  Net(Scheduler& scheduler, Faults& faults) : scheduler_(scheduler), faults_(faults) {}

  // Forgets all descriptors.
  void reset(Listener& listener);
  // Heals every line that is silent.
  void heal();

  [[nodiscard]] static bool owns(int fd) { return Table::owns(fd); }

  // ---- descriptors (net.cpp) ----
  int socket(int domain, int type, int protocol);
  int socket_pair(int domain, int type, int protocol, int* ends);
  int pipe(int* ends, int flags);
  int event_counter(unsigned count, int flags);
  int create_timer(int clock, int flags);
  // Null, and errno, if it is none.
  Timer* find_timer(int fd);
  int close(int fd);
  int get_flags(int fd);
  int set_flags(int fd, int flags);
  int set_nonblocking(int fd, bool nonblocking);
  int count_unread(int fd, int* count);

  // ---- bytes (net.cpp) ----
  int connect(int fd, const sockaddr* address, socklen_t size);
  int shut_down(int fd, int how);
  ssize_t write(int fd, Pieces from, int flags = 0);
  ssize_t read(int fd, Pieces into, int flags = 0);
  // The same, of sockets only.
  ssize_t send(int fd, Pieces from, int flags);
  ssize_t receive(int fd, Pieces into, int flags);

  // ---- what a socket says of itself (net/options.cpp) ----
  int get_option(int fd, int level, int option, void* value, socklen_t* size);
  int set_option(int fd, int level, int option, const void* value, socklen_t size);
  int get_name(int fd, sockaddr* address, socklen_t* size);
  int get_peer_name(int fd, sockaddr* address, socklen_t* size);

  // ---- waiting (net/waits.cpp); no time-out: for ever ----
  int poll(pollfd* fds, nfds_t count, std::optional<Duration> timeout);
  int select(int count, fd_set* read, fd_set* write, fd_set* except,
             std::optional<Duration> timeout);
  int create_epoll();
  int control_epoll(int epoll, int operation, int fd, const epoll_event* event);
  int wait_epoll(int epoll, epoll_event* events, int most, std::optional<Duration> timeout);

 private:
  Descriptor* find_socket(int fd);
  Epoll* find_epoll(int fd);
  bool interrupts(const Descriptor* where);
  bool wait_for(const Descriptor& descriptor, int bits);
  template <class Look>
  int wait(const Descriptor* where, std::optional<Duration> timeout, const Look& look);
  int look(std::span<pollfd> fds);

  Scheduler& scheduler_;
  Faults& faults_;
  Listener* listener_ = nullptr;
  Table table_;
  bool interrupted_ = false;  // the last call that could be
};

}  // namespace poolproof::world
