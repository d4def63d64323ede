// Other names of the C library for what the world has: of its own, of the checks that
// _FORTIFY_SOURCE puts in, and of programs of before glibc 2.34.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <ctime>

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the C library's names
extern "C" {

int __clock_gettime(clockid_t clock, timespec* result) { return clock_gettime(clock, result); }
int __gettimeofday(timeval* result, void* zone) { return gettimeofday(result, zone); }
int __nanosleep(const timespec* duration, timespec* left) { return nanosleep(duration, left); }
int __sched_yield() { return sched_yield(); }
// In the header this is a macro of sorts for sched_yield.
int poolproof_pthread_yield() __asm__("pthread_yield");
int poolproof_pthread_yield() { return sched_yield(); }

int __poll(pollfd* fds, nfds_t count, int timeout) { return poll(fds, count, timeout); }
int __poll_chk(pollfd* fds, nfds_t count, int timeout, size_t size) {
  if (size / sizeof *fds < count) std::abort();
  return poll(fds, count, timeout);
}

int __ppoll_chk(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask,
                size_t size) {
  if (size / sizeof *fds < count) std::abort();
  return ppoll(fds, count, timeout, mask);
}
int __select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout) {
  return select(count, read, write, except, timeout);
}

ssize_t __read(int fd, void* bytes, size_t size) { return read(fd, bytes, size); }
ssize_t __read_chk(int fd, void* bytes, size_t size, size_t room) {
  if (room < size) std::abort();
  return read(fd, bytes, size);
}
ssize_t __write(int fd, const void* bytes, size_t size) { return write(fd, bytes, size); }
ssize_t __send(int fd, const void* bytes, size_t size, int flags) {
  return send(fd, bytes, size, flags);
}
ssize_t __recv_chk(int fd, void* bytes, size_t size, size_t room, int flags) {
  if (room < size) std::abort();
  return recv(fd, bytes, size, flags);
}
ssize_t __recvfrom_chk(int fd, void* bytes, size_t size, size_t room, int flags, sockaddr* from,
                       socklen_t* from_size) {
  if (room < size) std::abort();
  return recvfrom(fd, bytes, size, flags, from, from_size);
}
int __connect(int fd, const sockaddr* address, socklen_t size) {
  return connect(fd, address, size);
}
int __pipe(int* ends) { return pipe(ends); }
int __dup2(int fd, int number) { return dup2(fd, number); }
int __close(int fd) { return close(fd); }
int __fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  return fcntl(fd, command, argument);
}

int __pthread_once(pthread_once_t* control, void (*routine)()) {
  return pthread_once(control, routine);
}

int __pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) {
  return pthread_mutex_init(mutex, attributes);
}
int __pthread_mutex_destroy(pthread_mutex_t* mutex) { return pthread_mutex_destroy(mutex); }
int __pthread_mutex_lock(pthread_mutex_t* mutex) { return pthread_mutex_lock(mutex); }
int __pthread_mutex_trylock(pthread_mutex_t* mutex) { return pthread_mutex_trylock(mutex); }
int __pthread_mutex_unlock(pthread_mutex_t* mutex) { return pthread_mutex_unlock(mutex); }

int __pthread_rwlock_init(pthread_rwlock_t* rwlock, const pthread_rwlockattr_t* attributes) {
  return pthread_rwlock_init(rwlock, attributes);
}
int __pthread_rwlock_destroy(pthread_rwlock_t* rwlock) { return pthread_rwlock_destroy(rwlock); }
int __pthread_rwlock_rdlock(pthread_rwlock_t* rwlock) { return pthread_rwlock_rdlock(rwlock); }
int __pthread_rwlock_tryrdlock(pthread_rwlock_t* rwlock) {
  return pthread_rwlock_tryrdlock(rwlock);
}
int __pthread_rwlock_wrlock(pthread_rwlock_t* rwlock) { return pthread_rwlock_wrlock(rwlock); }
int __pthread_rwlock_trywrlock(pthread_rwlock_t* rwlock) {
  return pthread_rwlock_trywrlock(rwlock);
}
int __pthread_rwlock_unlock(pthread_rwlock_t* rwlock) { return pthread_rwlock_unlock(rwlock); }

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
