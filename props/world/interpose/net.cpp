// Sockets: see ../net.hpp. Calls on real descriptors pass through.
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include "props/world/interpose/descriptors.hpp"

using poolproof::world::Machine;
using poolproof::world::piece_of;
using poolproof::world::Pieces;
using poolproof::world::refuse;

namespace {

Pieces pieces_of(const msghdr& message) {
  return {message.msg_iov, static_cast<std::size_t>(message.msg_iovlen)};
}

// Descriptors and credentials are for another process, and there is none.
void refuse_companions(Machine& machine, const msghdr& message, const char* symbol) {
  if (message.msg_controllen > 0) {
    machine.scheduler.unsupported(std::string(symbol) + ": control messages are not modelled");
  }
}

}  // namespace

extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  POOLPROOF_REAL(socket);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_socket(domain, type, protocol)
                            : machine->net.socket(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int* ends) noexcept {
  POOLPROOF_REAL(socketpair);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_socketpair(domain, type, protocol, ends)
                            : machine->net.socket_pair(domain, type, protocol, ends);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  POOLPROOF_OWNED_OR_RETURN(fd, connect, fd, address, size);
  return machine->net.connect(fd, address, size);
}

int shutdown(int fd, int how) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, shutdown, fd, how);
  return machine->net.shut_down(fd, how);
}

// ---- bytes ----

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  POOLPROOF_OWNED_OR_RETURN(fd, send, fd, bytes, size, flags);
  const iovec piece = piece_of(bytes, size);
  return machine->net.send(fd, {&piece, 1}, flags);
}

ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to,
               socklen_t to_size) {
  POOLPROOF_OWNED_OR_RETURN(fd, sendto, fd, bytes, size, flags, to, to_size);
  if (to != nullptr) {
    machine->scheduler.unsupported("sendto: only a connected socket is modelled, with no address");
  }
  const iovec piece = piece_of(bytes, size);
  return machine->net.send(fd, {&piece, 1}, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  POOLPROOF_OWNED_OR_RETURN(fd, sendmsg, fd, message, flags);
  refuse_companions(*machine, *message, "sendmsg");
  return machine->net.send(fd, pieces_of(*message), flags);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  POOLPROOF_OWNED_OR_RETURN(fd, recv, fd, bytes, size, flags);
  const iovec piece{bytes, size};
  return machine->net.receive(fd, {&piece, 1}, flags);
}

ssize_t recvfrom(int fd, void* bytes, size_t size, int flags, sockaddr* from,
                 socklen_t* from_size) {
  POOLPROOF_OWNED_OR_RETURN(fd, recvfrom, fd, bytes, size, flags, from, from_size);
  if (from_size != nullptr) *from_size = 0;  // a stream does not say it
  const iovec piece{bytes, size};
  return machine->net.receive(fd, {&piece, 1}, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  POOLPROOF_OWNED_OR_RETURN(fd, recvmsg, fd, message, flags);
  message->msg_namelen = 0;
  message->msg_controllen = 0;
  message->msg_flags = 0;
  return machine->net.receive(fd, pieces_of(*message), flags);
}

// ---- options and names ----

int getsockopt(int fd, int level, int option, void* value, socklen_t* size) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, getsockopt, fd, level, option, value, size);
  return machine->net.get_option(fd, level, option, value, size);
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t size) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, setsockopt, fd, level, option, value, size);
  return machine->net.set_option(fd, level, option, value, size);
}

int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, getsockname, fd, address, size);
  return machine->net.get_name(fd, address, size);
}

int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, getpeername, fd, address, size);
  return machine->net.get_peer_name(fd, address, size);
}

// ---- not modelled: servers, and many messages at once ----

int bind(int fd, const sockaddr* address, socklen_t size) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, bind, fd, address, size);
  refuse(*machine, "bind");
}

int listen(int fd, int backlog) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, listen, fd, backlog);
  refuse(*machine, "listen");
}

int accept(int fd, sockaddr* address, socklen_t* size) {
  POOLPROOF_OWNED_OR_RETURN(fd, accept, fd, address, size);
  refuse(*machine, "accept");
}

int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  POOLPROOF_OWNED_OR_RETURN(fd, accept4, fd, address, size, flags);
  refuse(*machine, "accept4");
}

int sendmmsg(int fd, mmsghdr* messages, unsigned int count, int flags) {
  POOLPROOF_OWNED_OR_RETURN(fd, sendmmsg, fd, messages, count, flags);
  refuse(*machine, "sendmmsg");
}

int recvmmsg(int fd, mmsghdr* messages, unsigned int count, int flags, timespec* timeout) {
  POOLPROOF_OWNED_OR_RETURN(fd, recvmmsg, fd, messages, count, flags, timeout);
  refuse(*machine, "recvmmsg");
}

}  // extern "C"
