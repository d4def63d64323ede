// What the world does not model yet, refused by name: a real lock or wait would stop all tasks at
// once, or let them run without the scheduler, and either would be silent.
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <string>
#include <utility>

#include "props/world/interpose/real.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Machine;

namespace {

void refuse_inside(const char* symbol) {
  if (auto* const machine = Machine::inside()) {
    machine->scheduler.unsupported(std::string(symbol) +
                                   ": the simulated machine does not model it");
  }
}

template <class Function, class... Arguments>
auto refuse_or_call(Function* function, const char* symbol, Arguments... arguments) {
  refuse_inside(symbol);
  return function(arguments...);
}

}  // namespace

#define POOLPROOF_REFUSED(symbol, ...) \
  POOLPROOF_REAL(symbol);              \
  return refuse_or_call(real_##symbol, #symbol, __VA_ARGS__)

extern "C" {

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  POOLPROOF_REFUSED(pthread_rwlock_rdlock, lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  POOLPROOF_REFUSED(pthread_rwlock_wrlock, lock);
}
int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  POOLPROOF_REFUSED(pthread_spin_lock, lock);
}
int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  POOLPROOF_REFUSED(pthread_barrier_wait, barrier);
}
int sem_wait(sem_t* semaphore) { POOLPROOF_REFUSED(sem_wait, semaphore); }
int sem_timedwait(sem_t* semaphore, const timespec* until) {
  POOLPROOF_REFUSED(sem_timedwait, semaphore, until);
}
int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  POOLPROOF_REFUSED(sem_clockwait, semaphore, clock, until);
}
int select(int count, fd_set* readable, fd_set* writable, fd_set* failed, timeval* timeout) {
  POOLPROOF_REFUSED(select, count, readable, writable, failed, timeout);
}
int epoll_wait(int fd, epoll_event* events, int count, int timeout) {
  POOLPROOF_REFUSED(epoll_wait, fd, events, count, timeout);
}

}  // extern "C"
