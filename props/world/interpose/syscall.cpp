// syscall(): those that block, start threads, read clocks or are random are the machine's too,
// whichever way they are called. All others pass through.
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <ctime>
#include <optional>
#include <string>

#include "props/world/interpose/futex.hpp"
#include "props/world/interpose/real.hpp"

using poolproof::world::futex;
using poolproof::world::kSystemCallArguments;
using poolproof::world::Machine;

namespace {

struct NamedCall {
  long number;
  const char* name;
};

// They block, start threads or processes, or end them.
constexpr std::array kRefused = {
    NamedCall{SYS_clone, "clone"},
    NamedCall{SYS_clone3, "clone3"},
    NamedCall{SYS_epoll_pwait2, "epoll_pwait2"},
    NamedCall{SYS_exit, "exit"},
    NamedCall{SYS_flock, "flock"},
#ifdef SYS_futex_waitv
    NamedCall{SYS_futex_waitv, "futex_waitv"},
#endif
    NamedCall{SYS_io_getevents, "io_getevents"},
    NamedCall{SYS_io_pgetevents, "io_pgetevents"},
    NamedCall{SYS_io_uring_enter, "io_uring_enter"},
    NamedCall{SYS_mq_timedreceive, "mq_timedreceive"},
    NamedCall{SYS_mq_timedsend, "mq_timedsend"},
    NamedCall{SYS_msgrcv, "msgrcv"},
    NamedCall{SYS_msgsnd, "msgsnd"},
    NamedCall{SYS_rt_sigsuspend, "rt_sigsuspend"},
    NamedCall{SYS_rt_sigtimedwait, "rt_sigtimedwait"},
    NamedCall{SYS_semop, "semop"},
    NamedCall{SYS_semtimedop, "semtimedop"},
    NamedCall{SYS_wait4, "wait4"},
    NamedCall{SYS_waitid, "waitid"},
#ifdef SYS_fork  // of some processors only
    NamedCall{SYS_fork, "fork"},
    NamedCall{SYS_pause, "pause"},
    NamedCall{SYS_vfork, "vfork"},
#endif
};

// A system call has its addresses as numbers.
template <class T>
T* address(long number) {
  return reinterpret_cast<T*>(number);  // NOLINT(performance-no-int-to-ptr)
}

// As a system call answers what the C library answers with an error number.
long answer(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

// Through the interposed functions; nothing if that call is none of the machine's.
std::optional<long> forward(long number, const long (&a)[kSystemCallArguments]) {
  const auto clock = static_cast<clockid_t>(a[0]);
  switch (number) {
    case SYS_clock_gettime: return clock_gettime(clock, address<timespec>(a[1]));
    case SYS_clock_nanosleep:
      return answer(clock_nanosleep(clock, static_cast<int>(a[1]), address<const timespec>(a[2]),
                                    address<timespec>(a[3])));
    case SYS_gettimeofday: return gettimeofday(address<timeval>(a[0]), address<void>(a[1]));
    case SYS_getpid: return getpid();
    case SYS_gettid: return gettid();
    case SYS_getrandom:
      return getrandom(address<void>(a[0]), static_cast<std::size_t>(a[1]),
                       static_cast<unsigned int>(a[2]));
    case SYS_epoll_create1: return epoll_create1(static_cast<int>(a[0]));
    case SYS_epoll_ctl:
      return epoll_ctl(static_cast<int>(a[0]), static_cast<int>(a[1]), static_cast<int>(a[2]),
                       address<epoll_event>(a[3]));
    case SYS_epoll_pwait:
      return epoll_pwait(static_cast<int>(a[0]), address<epoll_event>(a[1]), static_cast<int>(a[2]),
                         static_cast<int>(a[3]), address<const sigset_t>(a[4]));
    case SYS_eventfd2: return eventfd(static_cast<unsigned>(a[0]), static_cast<int>(a[1]));
    case SYS_pipe2: return pipe2(address<int>(a[0]), static_cast<int>(a[1]));
    case SYS_ppoll:
      return ppoll(address<pollfd>(a[0]), static_cast<nfds_t>(a[1]), address<const timespec>(a[2]),
                   address<const sigset_t>(a[3]));
    case SYS_pselect6:
      return pselect(static_cast<int>(a[0]), address<fd_set>(a[1]), address<fd_set>(a[2]),
                     address<fd_set>(a[3]), address<const timespec>(a[4]), nullptr);
    case SYS_read:
      return read(static_cast<int>(a[0]), address<void>(a[1]), static_cast<std::size_t>(a[2]));
    case SYS_write:
      return write(static_cast<int>(a[0]), address<const void>(a[1]),
                   static_cast<std::size_t>(a[2]));
    case SYS_close: return close(static_cast<int>(a[0]));
    case SYS_nanosleep: return nanosleep(address<const timespec>(a[0]), address<timespec>(a[1]));
    case SYS_sched_yield: return sched_yield();
    case SYS_exit_group: _exit(static_cast<int>(a[0]));
#ifdef SYS_poll
    case SYS_poll:
      return poll(address<pollfd>(a[0]), static_cast<nfds_t>(a[1]), static_cast<int>(a[2]));
    case SYS_epoll_wait:
      return epoll_wait(static_cast<int>(a[0]), address<epoll_event>(a[1]), static_cast<int>(a[2]),
                        static_cast<int>(a[3]));
    case SYS_select:
      return select(static_cast<int>(a[0]), address<fd_set>(a[1]), address<fd_set>(a[2]),
                    address<fd_set>(a[3]), address<timeval>(a[4]));
    case SYS_time: return time(address<time_t>(a[0]));
#endif
    default: return std::nullopt;
  }
}

void refuse(Machine& machine, long number) {
  const auto* const refused =
      std::find_if(kRefused.begin(), kRefused.end(),
                   [&](const NamedCall& call) { return call.number == number; });
  if (refused == kRefused.end()) return;
  machine.scheduler.unsupported("syscall(SYS_" + std::string(refused->name) +
                                "): the simulated machine does not model it");
}

}  // namespace

extern "C" {

// Takes as many arguments as there can be, whether they were given or not, as the C library does:
// what it finds on the stack in their place is passed on and ignored.
[[gnu::no_sanitize_address]] long syscall(long number, ...) noexcept {
  POOLPROOF_REAL(syscall);
  va_list arguments;
  va_start(arguments, number);
  long a[kSystemCallArguments];
  for (long& each : a) each = va_arg(arguments, long);
  va_end(arguments);
  if (auto* const machine = Machine::inside()) {
    if (number == SYS_futex) return futex(*machine, a);
    if (const auto answered = forward(number, a)) return *answered;
    refuse(*machine, number);
  }
  return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // extern "C"
