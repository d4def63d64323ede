// syscall(SYS_futex): see Sync::futex_wait. std::atomic::wait, std::counting_semaphore and the
// guards of local statics reach the kernel this way. Every other system call passes through.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <ctime>
#include <optional>
#include <string>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Deadline;
using poolproof::world::Machine;
using poolproof::world::to_duration;

namespace {

constexpr std::size_t kMostArguments = 6;

// A system call has its addresses as numbers.
template <class T>
const T* address(long number) {
  return reinterpret_cast<const T*>(number);  // NOLINT(performance-no-int-to-ptr)
}

// What a futex call is asked for, by the names of futex(2).
struct FutexCall {
  explicit FutexCall(const long (&a)[kMostArguments])
      : word(address<int>(a[0])),
        operation(static_cast<int>(a[1]) & FUTEX_CMD_MASK),
        wall_clock((a[1] & FUTEX_CLOCK_REALTIME) != 0),
        value(static_cast<int>(a[2])),
        timeout(address<timespec>(a[3])),
        bits(static_cast<unsigned>(a[5])) {}

  const int* word;
  int operation;
  bool wall_clock;
  int value;
  const timespec* timeout;  // relative for FUTEX_WAIT, else an instant
  unsigned bits;            // of the bitset forms only
};

std::optional<Deadline> deadline_of(const Machine& machine, const FutexCall& call) {
  if (call.timeout == nullptr) return std::nullopt;
  if (call.operation == FUTEX_WAIT) return machine.scheduler.now() + to_duration(*call.timeout);
  return machine.clocks.deadline(call.wall_clock ? CLOCK_REALTIME : CLOCK_MONOTONIC, *call.timeout);
}

long wait(Machine& machine, const FutexCall& call) {
  errno = machine.sync.futex_wait(call.word, call.value, deadline_of(machine, call));
  return errno == 0 ? 0 : -1;
}

long futex(Machine& machine, const FutexCall& call) {
  const bool any_bit = call.bits == FUTEX_BITSET_MATCH_ANY;
  switch (call.operation) {
    case FUTEX_WAIT: return wait(machine, call);
    case FUTEX_WAKE: return machine.sync.futex_wake(call.word, call.value);
    case FUTEX_WAIT_BITSET:
      if (any_bit) return wait(machine, call);
      break;
    case FUTEX_WAKE_BITSET:
      if (any_bit) return machine.sync.futex_wake(call.word, call.value);
      break;
    default: break;
  }
  machine.scheduler.unsupported(
      "syscall(SYS_futex): the simulated machine does not model operation " +
      std::to_string(call.operation) + (any_bit ? "" : " with a bitset"));
}

}  // namespace

extern "C" {

// Takes as many arguments as there can be, whether they were given or not, as the C library does:
// what it finds on the stack in their place is passed on and ignored.
[[gnu::no_sanitize_address]] long syscall(long number, ...) noexcept {
  POOLPROOF_REAL(syscall);
  va_list arguments;
  va_start(arguments, number);
  long a[kMostArguments];
  for (long& each : a) each = va_arg(arguments, long);
  va_end(arguments);
  auto* const machine = number == SYS_futex ? Machine::inside() : nullptr;
  return machine == nullptr ? real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5])
                            : futex(*machine, FutexCall(a));
}

}  // extern "C"
