#include "props/world/interpose/futex.hpp"

#include <linux/futex.h>

#include <cerrno>
#include <ctime>
#include <optional>
#include <string>

namespace poolproof::world {
namespace {

// A system call has its addresses as numbers.
template <class T>
T* address(long number) {
  return reinterpret_cast<T*>(number);  // NOLINT(performance-no-int-to-ptr)
}

// What a futex call is asked for, by the names of futex(2).
struct FutexCall {
  explicit FutexCall(const long (&a)[kSystemCallArguments])
      : word(address<const int>(a[0])),
        operation(static_cast<int>(a[1]) & FUTEX_CMD_MASK),
        wall_clock((a[1] & FUTEX_CLOCK_REALTIME) != 0),
        value(static_cast<int>(a[2])),
        timeout(address<const timespec>(a[3])),
        value2(static_cast<int>(a[3])),
        other(address<int>(a[4])),
        value3(static_cast<unsigned>(a[5])) {}

  const int* word;
  int operation;
  bool wall_clock;
  int value;
  const timespec* timeout;  // relative for FUTEX_WAIT, else an instant
  int value2;               // in its place, of the forms with two words
  int* other;
  unsigned value3;  // the bits of the bitset forms, a value or a change of others
};

int failed(int error) {
  errno = error;
  return -1;
}

bool valid(const timespec& value) {
  return value.tv_sec >= 0 && value.tv_nsec >= 0 && value.tv_nsec < 1'000'000'000;
}

std::optional<Deadline> deadline_of(const Machine& machine, const FutexCall& call) {
  if (call.timeout == nullptr) return std::nullopt;
  if (call.operation == FUTEX_WAIT)
    return machine.scheduler.read_clock() + to_duration(*call.timeout);
  return machine.clocks.deadline(call.wall_clock ? CLOCK_REALTIME : CLOCK_MONOTONIC, *call.timeout);
}

long wait(Machine& machine, const FutexCall& call, unsigned bits) {
  if (bits == 0 || (call.timeout != nullptr && !valid(*call.timeout))) return failed(EINVAL);
  const int error =
      machine.sync.futexes.wait(call.word, call.value, deadline_of(machine, call), bits);
  return error == 0 ? 0 : failed(error);
}

long requeue(Machine& machine, const FutexCall& call, std::optional<int> expected) {
  if (call.value < 0 || call.value2 < 0) return failed(EINVAL);
  const auto done =
      machine.sync.futexes.requeue(call.word, expected, call.value, call.other, call.value2);
  if (!done) return failed(EAGAIN);
  return expected ? done->woken + done->moved : done->woken;
}

long wake_and_change(Machine& machine, const FutexCall& call) {
  const auto woken = machine.sync.futexes.wake_and_change(call.word, call.value, call.other,
                                                          call.value2, call.value3);
  return woken ? *woken : failed(ENOSYS);
}

}  // namespace

long futex(Machine& machine, const long (&arguments)[kSystemCallArguments]) {
  const FutexCall call(arguments);
  auto& futexes = machine.sync.futexes;
  switch (call.operation) {
    case FUTEX_WAIT: return wait(machine, call, sync::Futexes::kAllBits);
    case FUTEX_WAIT_BITSET: return wait(machine, call, call.value3);
    case FUTEX_WAKE: return futexes.wake(call.word, call.value);
    case FUTEX_WAKE_BITSET:
      return call.value3 == 0 ? failed(EINVAL) : futexes.wake(call.word, call.value, call.value3);
    case FUTEX_REQUEUE: return requeue(machine, call, std::nullopt);
    case FUTEX_CMP_REQUEUE: return requeue(machine, call, static_cast<int>(call.value3));
    case FUTEX_WAKE_OP: return wake_and_change(machine, call);
    default: break;
  }
  machine.scheduler.unsupported(
      "syscall(SYS_futex): the simulated machine does not model operation " +
      std::to_string(call.operation));
}

}  // namespace poolproof::world
