// What a virtual descriptor stands for: something that is read, written and waited for.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "props/world/place.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

class Descriptor;
class Epoll;
class Socket;
class Timer;

// Memory that is read into, or written from, in order.
using Pieces = std::span<const iovec>;
std::size_t size_of(Pieces pieces);
void scatter(std::uint64_t value, Pieces into);
std::uint64_t gather(Pieces from);

struct SocketOption {
  int level;
  int option;
  int value;
};

// Hears that something has happened to a descriptor: an epoll.
class Watcher {
 public:
  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;

  // Those bits of poll() may have begun to hold, or hold once more.
  virtual void stirred(Descriptor& descriptor, int bits) = 0;
  // It is closed and never heard of again.
  virtual void gone(Descriptor& descriptor) = 0;
};

// The calls never block, and answer as their namesakes do, in the result and in errno: where one
// would have to wait it says EAGAIN.
class Descriptor {
 public:
  // What a task waits for that waits for several.
  static constexpr const Descriptor* kAny = nullptr;
  // Whatever poll() can say.
  static constexpr int kAnything = ~0;

  Descriptor(Scheduler& scheduler, bool nonblocking)
      : nonblocking(nonblocking), scheduler_(scheduler) {
    scheduler_.retired(this);  // what lay there before
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  virtual ~Descriptor() = default;

  // The bits of poll() that hold now, whether or not somebody asks for them.
  [[nodiscard]] virtual int ready() const = 0;
  virtual ssize_t take(Pieces into, int flags) = 0;
  virtual ssize_t give(Pieces from, int flags) = 0;
  // As FIONREAD says; nothing where that is not known.
  [[nodiscard]] virtual std::optional<std::size_t> pending() const { return std::nullopt; }
  // Nobody refers to it any more.
  void close();

  // As F_GETFL says.
  [[nodiscard]] virtual int access() const { return O_RDWR; }
  // A task is about to do something here.
  virtual void used() {}
  [[nodiscard]] virtual Place place() const { return {}; }

  // Of sockets only; of all others the call fails with ENOTSOCK.
  [[nodiscard]] virtual int domain() const { return AF_UNSPEC; }
  virtual int shut_down(int how);
  // The error that SO_ERROR reports, and forgets.
  virtual int take_error() { return 0; }

  virtual Socket* client() { return nullptr; }
  virtual Timer* timer() { return nullptr; }
  virtual Epoll* epoll() { return nullptr; }

  // Whether a blocking write may have to wait in its middle.
  [[nodiscard]] virtual bool fills_up() const { return false; }

  // Those who wait for it look again.
  void changed(int bits);
  void watch(Watcher& watcher) { watchers_.push_back(&watcher); }
  void unwatch(Watcher& watcher) { std::erase(watchers_, &watcher); }

  bool nonblocking;
  bool closed = false;
  std::vector<SocketOption> options;  // that were set

 protected:
  virtual void on_close() = 0;
  static ssize_t fail(int error);

  Scheduler& scheduler_;

 private:
  std::vector<Watcher*> watchers_;
};

}  // namespace poolproof::world
