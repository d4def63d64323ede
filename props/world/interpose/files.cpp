// What works on any descriptor: see ../net.hpp. Calls on real ones pass through, and what reads a
// random device is the machine's.
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <string_view>

#include "props/world/interpose/descriptors.hpp"
#include "props/world/interpose/outside.hpp"
#include "props/world/sanitizer.hpp"

using poolproof::world::Entropy;
using poolproof::world::Machine;
using poolproof::world::owner;
using poolproof::world::piece_of;
using poolproof::world::refuse;

namespace {

// Before the undefined-behaviour sanitizer looks at an object it asks a pipe whether the memory can
// be read. That pipe must be real.
bool is_for_sanitizer() {
  if (!poolproof::world::sanitizer::kPresent) return false;
  const poolproof::world::Outside outside;  // the unwinder has locks of its own
  void* frames[8];
  const int count = backtrace(frames, 8);
  for (int i = 0; i < count; ++i) {
    Dl_info found{};
    if (dladdr(static_cast<char*>(frames[i]) - 1, &found) == 0 || found.dli_sname == nullptr)
      continue;
    if (std::string_view(found.dli_sname).starts_with("__ubsan_handle_dynamic_type")) return true;
  }
  return false;
}

int control(Machine& machine, int fd, int command, long argument) {
  switch (command) {
    case F_GETFL: return machine.net.get_flags(fd);
    case F_SETFL: return machine.net.set_flags(fd, static_cast<int>(argument));
    case F_GETFD: return machine.net.get_flags(fd) < 0 ? -1 : FD_CLOEXEC;
    case F_SETFD: return machine.net.get_flags(fd) < 0 ? -1 : 0;  // there is no exec in a run
    default: refuse(machine, ("fcntl, command " + std::to_string(command)).c_str());
  }
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  POOLPROOF_OWNED_OR_RETURN(fd, write, fd, bytes, size);
  const iovec piece = piece_of(bytes, size);
  return machine->net.write(fd, {&piece, 1});
}

ssize_t writev(int fd, const iovec* pieces, int count) {
  POOLPROOF_OWNED_OR_RETURN(fd, writev, fd, pieces, count);
  return machine->net.write(fd, {pieces, static_cast<std::size_t>(count)});
}

ssize_t read(int fd, void* bytes, size_t size) {
  POOLPROOF_OWNED_OR_RETURN(fd, read, fd, bytes, size);
  if (fd == Entropy::kDescriptor) {
    machine->entropy.fill(bytes, size);
    return static_cast<ssize_t>(size);
  }
  const iovec piece{bytes, size};
  return machine->net.read(fd, {&piece, 1});
}

ssize_t readv(int fd, const iovec* pieces, int count) {
  POOLPROOF_OWNED_OR_RETURN(fd, readv, fd, pieces, count);
  return machine->net.read(fd, {pieces, static_cast<std::size_t>(count)});
}

int close(int fd) {
  POOLPROOF_OWNED_OR_RETURN(fd, close, fd);
  return fd == Entropy::kDescriptor ? 0 : machine->net.close(fd);
}

int pipe(int* ends) noexcept {
  POOLPROOF_REAL(pipe);
  auto* const machine = Machine::inside();
  const bool real = machine == nullptr || is_for_sanitizer();
  return real ? real_pipe(ends) : machine->net.pipe(ends, 0);
}

int pipe2(int* ends, int flags) noexcept {
  POOLPROOF_REAL(pipe2);
  auto* const machine = Machine::inside();
  return machine == nullptr ? real_pipe2(ends, flags) : machine->net.pipe(ends, flags);
}

// ---- two numbers for one descriptor are not modelled ----

int dup(int fd) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, dup, fd);
  refuse(*machine, "dup");
}

int dup2(int fd, int number) noexcept {
  POOLPROOF_REAL(dup2);
  for (const int each : {fd, number}) {
    if (auto* const machine = owner(each)) refuse(*machine, "dup2");
  }
  return real_dup2(fd, number);
}

int dup3(int fd, int number, int flags) noexcept {
  POOLPROOF_REAL(dup3);
  for (const int each : {fd, number}) {
    if (auto* const machine = owner(each)) refuse(*machine, "dup3");
  }
  return real_dup3(fd, number, flags);
}

// ---- flags ----

int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  POOLPROOF_OWNED_OR_RETURN(fd, fcntl, fd, command, argument);
  return control(*machine, fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  static constinit const auto real_fcntl64 = poolproof::world::real<int(int, int, ...)>("fcntl64");
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  auto* const machine = owner(fd);
  return machine == nullptr ? real_fcntl64(fd, command, argument)
                            : control(*machine, fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  POOLPROOF_OWNED_OR_RETURN(fd, ioctl, fd, request, argument);
  auto* const number = static_cast<int*>(argument);
  switch (request) {
    case FIONBIO: return machine->net.set_nonblocking(fd, *number != 0);
    case FIONREAD: return machine->net.count_unread(fd, number);
    case FIOCLEX:
    case FIONCLEX: return machine->net.get_flags(fd) < 0 ? -1 : 0;
    default: refuse(*machine, ("ioctl, request " + std::to_string(request)).c_str());
  }
}

}  // extern "C"
