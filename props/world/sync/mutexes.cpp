#include "props/world/sync/mutexes.hpp"

#include <cerrno>

namespace poolproof::world::sync {
namespace {

// The kind is set by pthread_mutex_init or a static initialiser and never changes; glibc keeps it
// in the mutex, beside flags of which one concerns us.
constexpr int kKinds = 3;
constexpr int kRobust = 16;
// What pthread_mutex_destroy leaves there.
constexpr int kDestroyed = -1;

int kind_of(const pthread_mutex_t* mutex) { return mutex->__data.__kind & kKinds; }

}  // namespace

int Mutexes::checked_kind(const pthread_mutex_t* mutex) {
  const int kind = mutex->__data.__kind;
  if (kind == kDestroyed) scheduler_.misuse("a mutex is locked that has been destroyed");
  if ((kind & kRobust) != 0) {
    scheduler_.unsupported(
        "pthread_mutex_lock: the simulated machine does not model a robust mutex");
  }
  return kind & kKinds;
}

// By its owner. A normal mutex has no answer for that: the owner waits for itself.
std::optional<int> Mutexes::lock_again(Locks::Held& held, int kind) {
  if (kind == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
  if (kind != PTHREAD_MUTEX_RECURSIVE) return std::nullopt;
  ++held.depth;
  return 0;
}

int Mutexes::lock(pthread_mutex_t* mutex, std::optional<Deadline> deadline) {
  const int kind = checked_kind(mutex);
  const TaskId me = scheduler_.current().id;
  if (auto* held = scheduler_.locks().find(mutex); held != nullptr && held->owner == me) {
    if (const auto result = lock_again(*held, kind)) return *result;
  }
  scheduler_.point({OperationKind::lock, mutex}, deadline);
  if (scheduler_.current().timed_out) return ETIMEDOUT;
  scheduler_.take(mutex);
  return 0;
}

int Mutexes::try_lock(pthread_mutex_t* mutex) {
  const int kind = checked_kind(mutex);
  const TaskId me = scheduler_.current().id;
  scheduler_.point({OperationKind::try_lock, mutex});
  if (auto* held = scheduler_.locks().find(mutex)) {
    if (held->owner != me || kind != PTHREAD_MUTEX_RECURSIVE) return EBUSY;
    ++held->depth;
    return 0;
  }
  scheduler_.take(mutex);
  return 0;
}

// No scheduling point: what another task could see of an unlock, it sees when it locks.
int Mutexes::unlock(pthread_mutex_t* mutex) {
  auto* held = scheduler_.locks().find(mutex);
  if (held == nullptr || held->owner != scheduler_.current().id) {
    const int kind = kind_of(mutex);
    if (kind == PTHREAD_MUTEX_ERRORCHECK || kind == PTHREAD_MUTEX_RECURSIVE) return EPERM;
    scheduler_.misuse(held == nullptr ? "a mutex is unlocked that nobody holds"
                                      : "a mutex is unlocked by a thread that does not hold it");
  }
  if (--held->depth == 0) scheduler_.give_back(*held);
  return 0;
}

void Mutexes::retire(const pthread_mutex_t* mutex) {
  if (!scheduler_.locks().free(mutex)) {
    scheduler_.misuse("a mutex is destroyed while a thread holds it");
  }
  scheduler_.retired(mutex);
}

}  // namespace poolproof::world::sync
