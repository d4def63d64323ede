// Clocks and sleeps. Reading a clock is no scheduling point: it is frequent and changes nothing.
#include <sched.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Duration;
using poolproof::world::Machine;
using poolproof::world::OperationKind;
using poolproof::world::to_duration;

namespace {

int sleep_for(Machine& machine, Duration duration) {
  machine.scheduler.sleep_until(machine.scheduler.read_clock() + duration);
  return 0;
}

bool valid(const timespec& value) {
  return value.tv_sec >= 0 && value.tv_nsec >= 0 && value.tv_nsec < 1'000'000'000;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* result) noexcept {
  POOLPROOF_REAL(clock_gettime);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_clock_gettime(clock, result);
  *result = machine->clocks.read(clock);
  return 0;
}

int gettimeofday(timeval* result, void* zone) noexcept {
  POOLPROOF_REAL(gettimeofday);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_gettimeofday(result, zone);
  const timespec now = machine->clocks.read(CLOCK_REALTIME);
  *result = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* result) noexcept {
  POOLPROOF_REAL(time);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_time(result);
  const time_t now = machine->clocks.read(CLOCK_REALTIME).tv_sec;
  if (result != nullptr) *result = now;
  return now;
}

int timespec_get(timespec* result, int base) noexcept {
  POOLPROOF_REAL(timespec_get);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_timespec_get(result, base);
  if (base != TIME_UTC) return 0;
  *result = machine->clocks.read(CLOCK_REALTIME);
  return base;
}

// A simulated processor works in no time at all, so that its time is the time since the start.
clock_t clock() noexcept {
  POOLPROOF_REAL(clock);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_clock();
  return machine->scheduler.read_clock().time_since_epoch() /
         std::chrono::duration<clock_t, std::ratio<1, CLOCKS_PER_SEC>>(1);
}

int nanosleep(const timespec* duration, timespec* left) {
  POOLPROOF_REAL(nanosleep);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_nanosleep(duration, left);
  if (!valid(*duration)) {
    errno = EINVAL;
    return -1;
  }
  return sleep_for(*machine, to_duration(*duration));
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* duration, timespec* left) {
  POOLPROOF_REAL(clock_nanosleep);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_clock_nanosleep(clock, flags, duration, left);
  if (!valid(*duration)) return EINVAL;
  if ((flags & TIMER_ABSTIME) == 0) return sleep_for(*machine, to_duration(*duration));
  machine->scheduler.sleep_until(machine->clocks.deadline(clock, *duration));
  return 0;
}

int usleep(useconds_t microseconds) {
  POOLPROOF_REAL(usleep);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_usleep(microseconds);
  return sleep_for(*machine, std::chrono::microseconds(microseconds));
}

unsigned int sleep(unsigned int seconds) {
  POOLPROOF_REAL(sleep);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_sleep(seconds);
  return static_cast<unsigned int>(sleep_for(*machine, std::chrono::seconds(seconds)));
}

int sched_yield() noexcept {
  POOLPROOF_REAL(sched_yield);
  auto* const machine = Machine::inside();
  if (machine == nullptr) return real_sched_yield();
  machine->scheduler.point({OperationKind::yield});
  return 0;
}

}  // extern "C"
