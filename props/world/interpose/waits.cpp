// Waits for descriptors, and the descriptors that exist to be waited for: see ../net.hpp. What is
// made outside of a task is real, and a task that waits for it is refused.
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "props/world/interpose/descriptors.hpp"
#include "props/world/interpose/inside.hpp"
#include "props/world/net/timer.hpp"

using poolproof::world::Duration;
using poolproof::world::Machine;
using poolproof::world::Net;
using poolproof::world::Time;
using poolproof::world::Timer;
using poolproof::world::to_duration;
using poolproof::world::to_timespec;

namespace {

using Timeout = std::optional<Duration>;

Timeout in_milliseconds(int timeout) {
  if (timeout < 0) return std::nullopt;
  return std::chrono::milliseconds(timeout);
}

bool valid(const timespec* timeout) {
  if (timeout == nullptr) return true;
  return timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 && timeout->tv_nsec < 1'000'000'000;
}

Timeout timeout_of(const timespec* timeout) {
  return timeout == nullptr ? std::nullopt : Timeout(to_duration(*timeout));
}

int invalid() {
  errno = EINVAL;
  return -1;
}

[[noreturn]] void refuse_real(Machine& machine, const char* symbol) {
  machine.scheduler.unsupported(std::string(symbol) + ": a task waits for a real file descriptor");
}

void refuse_real(Machine& machine, const char* symbol, const pollfd* fds, nfds_t count) {
  const auto is_virtual = [](const pollfd& each) { return each.fd < 0 || Net::owns(each.fd); };
  if (!std::all_of(fds, fds + count, is_virtual)) refuse_real(machine, symbol);
}

void refuse_real(Machine& machine, const char* symbol, int count, const fd_set* set) {
  for (int fd = 0; set != nullptr && fd < count; ++fd) {
    if (FD_ISSET(fd, set) && !Net::owns(fd)) refuse_real(machine, symbol);
  }
}

int select_inside(Machine& machine, const char* symbol, int count, fd_set* read, fd_set* write,
                  fd_set* except, Timeout timeout) {
  for (const fd_set* const each : {read, write, except}) {
    refuse_real(machine, symbol, count, each);
  }
  return count < 0 ? invalid() : machine.net.select(count, read, write, except, timeout);
}

int epoll_inside(Machine& machine, const char* symbol, int epoll, epoll_event* events, int most,
                 Timeout timeout) {
  if (!Net::owns(epoll)) refuse_real(machine, symbol);
  return machine.net.wait_epoll(epoll, events, most, timeout);
}

itimerspec shown(const Machine& machine, const Timer::Setting& setting) {
  itimerspec value{};
  value.it_interval = to_timespec(setting.interval);
  if (setting.next) value.it_value = to_timespec(*setting.next - machine.scheduler.read_clock());
  return value;
}

}  // namespace

extern "C" {

// ---- poll ----

int poll(pollfd* fds, nfds_t count, int timeout) {
  POOLPROOF_INSIDE_OR_RETURN(poll, fds, count, timeout);
  refuse_real(*machine, "poll", fds, count);
  return machine->net.poll(fds, count, in_milliseconds(timeout));
}

// No signal comes, so that the mask changes nothing.
int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  POOLPROOF_INSIDE_OR_RETURN(ppoll, fds, count, timeout, mask);
  refuse_real(*machine, "ppoll", fds, count);
  return valid(timeout) ? machine->net.poll(fds, count, timeout_of(timeout)) : invalid();
}

// ---- select ----

// What is left of the time is handed back, as Linux does.
int select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout) {
  POOLPROOF_INSIDE_OR_RETURN(select, count, read, write, except, timeout);
  if (timeout == nullptr) {
    return select_inside(*machine, "select", count, read, write, except, std::nullopt);
  }
  if (timeout->tv_sec < 0 || timeout->tv_usec < 0) return invalid();
  const Duration whole =
      to_duration({timeout->tv_sec, 0}) + std::chrono::microseconds(timeout->tv_usec);
  const Time end = machine->scheduler.read_clock() + whole;
  const int ready = select_inside(*machine, "select", count, read, write, except, whole);
  const timespec left =
      to_timespec(std::max(end - machine->scheduler.read_clock(), Duration::zero()));
  *timeout = {left.tv_sec, left.tv_nsec / 1000};
  return ready;
}

int pselect(int count, fd_set* read, fd_set* write, fd_set* except, const timespec* timeout,
            const sigset_t* mask) {
  POOLPROOF_INSIDE_OR_RETURN(pselect, count, read, write, except, timeout, mask);
  if (!valid(timeout)) return invalid();
  return select_inside(*machine, "pselect", count, read, write, except, timeout_of(timeout));
}

// ---- epoll ----

int epoll_create(int size) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(epoll_create, size);
  return size <= 0 ? invalid() : machine->net.create_epoll();
}

int epoll_create1(int flags) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(epoll_create1, flags);
  return (flags & ~EPOLL_CLOEXEC) != 0 ? invalid() : machine->net.create_epoll();
}

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(epoll_ctl, epoll, operation, fd, event);
  if (!Net::owns(epoll) && !Net::owns(fd)) return real_epoll_ctl(epoll, operation, fd, event);
  const bool real_target = !Net::owns(fd) && fcntl(fd, F_GETFD) >= 0;
  if (!Net::owns(epoll) || real_target) refuse_real(*machine, "epoll_ctl");
  return machine->net.control_epoll(epoll, operation, fd, event);
}

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  POOLPROOF_INSIDE_OR_RETURN(epoll_wait, epoll, events, most, timeout);
  return epoll_inside(*machine, "epoll_wait", epoll, events, most, in_milliseconds(timeout));
}

int epoll_pwait(int epoll, epoll_event* events, int most, int timeout, const sigset_t* mask) {
  POOLPROOF_INSIDE_OR_RETURN(epoll_pwait, epoll, events, most, timeout, mask);
  return epoll_inside(*machine, "epoll_pwait", epoll, events, most, in_milliseconds(timeout));
}

int epoll_pwait2(int epoll, epoll_event* events, int most, const timespec* timeout,
                 const sigset_t* mask) {
  POOLPROOF_INSIDE_OR_RETURN(epoll_pwait2, epoll, events, most, timeout, mask);
  if (!valid(timeout)) return invalid();
  return epoll_inside(*machine, "epoll_pwait2", epoll, events, most, timeout_of(timeout));
}

// ---- eventfd ----

int eventfd(unsigned int count, int flags) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(eventfd, count, flags);
  return machine->net.event_counter(count, flags);
}

int eventfd_read(int fd, eventfd_t* value) {
  return read(fd, value, sizeof *value) == sizeof *value ? 0 : -1;
}

int eventfd_write(int fd, eventfd_t value) {
  return write(fd, &value, sizeof value) == sizeof value ? 0 : -1;
}

// ---- timerfd ----

int timerfd_create(clockid_t clock, int flags) noexcept {
  POOLPROOF_INSIDE_OR_RETURN(timerfd_create, clock, flags);
  return machine->net.create_timer(clock, flags);
}

int timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* before) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, timerfd_settime, fd, flags, value, before);
  if (!valid(&value->it_value) || !valid(&value->it_interval)) return invalid();
  if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0) return invalid();
  Timer* const timer = machine->net.find_timer(fd);
  if (timer == nullptr) return -1;
  if (before != nullptr) *before = shown(*machine, timer->setting());
  Timer::Setting setting{std::nullopt, to_duration(value->it_interval)};
  if (value->it_value.tv_sec != 0 || value->it_value.tv_nsec != 0) {
    setting.next = (flags & TFD_TIMER_ABSTIME) != 0
                       ? machine->clocks.deadline(timer->clock, value->it_value).when
                       : machine->scheduler.read_clock() + to_duration(value->it_value);
  }
  timer->set(setting);
  return 0;
}

int timerfd_gettime(int fd, itimerspec* value) noexcept {
  POOLPROOF_OWNED_OR_RETURN(fd, timerfd_gettime, fd, value);
  const Timer* const timer = machine->net.find_timer(fd);
  if (timer == nullptr) return -1;
  *value = shown(*machine, timer->setting());
  return 0;
}

}  // extern "C"
