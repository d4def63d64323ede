// The system calls on stream sockets. Descriptors are virtual: they start where no real one reaches
// and are not used twice in a run.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "props/world/peer.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

class Socket;

// Who listens, at every address.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  // Null refuses the connection. `line` lives until the next run.
  virtual std::unique_ptr<Peer> accept(Line& line) = 0;
};

// The calls come from inside a task and answer as their namesakes do, in the result and in errno.
class Net {
 public:
  static constexpr int kFirstDescriptor = 1 << 20;

  explicit Net(Scheduler& scheduler);
  ~Net();
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;

  void reset(Listener& listener);

  [[nodiscard]] static bool owns(int fd) { return fd >= kFirstDescriptor; }

  int socket(int domain, int type);
  int connect(int fd);
  ssize_t send(int fd, const void* bytes, std::size_t size);
  ssize_t receive(int fd, void* bytes, std::size_t size, int flags);
  int poll(pollfd* fds, nfds_t count, int timeout_ms);
  int close(int fd);
  int shut_down(int fd);
  int get_flags(int fd);
  int set_flags(int fd, int flags);
  int get_option(int fd, int level, int option, void* value, socklen_t* size);
  int get_name(int fd, sockaddr* address, socklen_t* size);

 private:
  Socket* find(int fd);
  int look(pollfd* fds, nfds_t count);
  int look(const pollfd& asked);
  [[nodiscard]] std::optional<Time> next_arrival(const pollfd* fds, nfds_t count);

  Scheduler& scheduler_;
  Listener* listener_ = nullptr;
  std::vector<std::unique_ptr<Socket>> sockets_;  // by descriptor, also those that were closed
};

}  // namespace poolproof::world
