// Sockets: see ../net.hpp. Calls on real descriptors pass through.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Entropy;
using poolproof::world::Machine;
using poolproof::world::Net;

namespace {

// The machine whose descriptor this is; null if it is a real one.
Machine* owner(int fd) { return Net::owns(fd) ? Machine::inside() : nullptr; }

int control(Net& net, int fd, int command, long argument) {
  switch (command) {
    case F_GETFL: return net.get_flags(fd);
    case F_SETFL: return net.set_flags(fd, static_cast<int>(argument));
    default: return 0;  // F_SETFD and F_GETFD: there is no exec in a run
  }
}

}  // namespace

extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  POOLPROOF_REAL(socket);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_socket(domain, type, protocol)
                            : machine->net.socket(domain, type);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  POOLPROOF_REAL(connect);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_connect(fd, address, size) : machine->net.connect(fd);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  POOLPROOF_REAL(send);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_send(fd, bytes, size, flags)
                            : machine->net.send(fd, bytes, size);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  POOLPROOF_REAL(write);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_write(fd, bytes, size) : machine->net.send(fd, bytes, size);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  POOLPROOF_REAL(recv);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_recv(fd, bytes, size, flags)
                            : machine->net.receive(fd, bytes, size, flags);
}

ssize_t read(int fd, void* bytes, size_t size) {
  POOLPROOF_REAL(read);
  auto* const machine = owner(fd);
  if (machine != nullptr && fd == Entropy::kDescriptor) {
    machine->entropy.fill(bytes, size);
    return static_cast<ssize_t>(size);
  }
  return machine == nullptr ? real_read(fd, bytes, size) : machine->net.receive(fd, bytes, size, 0);
}

int poll(pollfd* fds, nfds_t count, int timeout) {
  POOLPROOF_REAL(poll);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_poll(fds, count, timeout);
  const auto is_virtual = [](const pollfd& each) { return each.fd < 0 || Net::owns(each.fd); };
  if (!std::all_of(fds, fds + count, is_virtual)) {
    machine->scheduler.unsupported("poll: a task waits for a real file descriptor");
  }
  return machine->net.poll(fds, count, timeout);
}

int close(int fd) {
  POOLPROOF_REAL(close);
  auto* const machine = owner(fd);
  if (machine != nullptr && fd == Entropy::kDescriptor) return 0;
  return machine == nullptr ? real_close(fd) : machine->net.close(fd);
}

int shutdown(int fd, int how) noexcept {
  POOLPROOF_REAL(shutdown);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_shutdown(fd, how) : machine->net.shut_down(fd);
}

int getsockopt(int fd, int level, int option, void* value, socklen_t* size) noexcept {
  POOLPROOF_REAL(getsockopt);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_getsockopt(fd, level, option, value, size)
                            : machine->net.get_option(fd, level, option, value, size);
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t size) noexcept {
  POOLPROOF_REAL(setsockopt);
  return owner(fd) == nullptr ? real_setsockopt(fd, level, option, value, size) : 0;
}

int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  POOLPROOF_REAL(getsockname);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_getsockname(fd, address, size)
                            : machine->net.get_name(fd, address, size);
}

int fcntl(int fd, int command, ...) {
  POOLPROOF_REAL(fcntl);
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_fcntl(fd, command, argument)
                            : control(machine->net, fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  static auto* const real_fcntl64 = poolproof::world::real<int(int, int, ...)>("fcntl64");
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_fcntl64(fd, command, argument)
                            : control(machine->net, fd, command, argument);
}

}  // extern "C"
