#include "props/world/sync/rwlocks.hpp"

#include <algorithm>
#include <cerrno>

namespace poolproof::world::sync {
namespace {

// Readers order what they do before writers, not before one another: what they release is another
// object than what they acquire.
const void* readers_of(const pthread_rwlock_t* rwlock) {
  return reinterpret_cast<const char*>(rwlock) + 1;
}

bool prefers_writers(const pthread_rwlock_t* rwlock) {
  return rwlock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

}  // namespace

bool Rwlocks::writer_waits(const pthread_rwlock_t* rwlock) {
  if (scheduler_.locks().free(rwlock)) return false;
  const auto& tasks = scheduler_.tasks();
  return std::any_of(tasks.begin(), tasks.end(), [&](const auto& task) {
    return task->state == Task::State::runnable &&
           task->pending == Operation{OperationKind::lock, rwlock};
  });
}

// Whether a reader lets a writer that waits go first.
bool Rwlocks::stands_back(const pthread_rwlock_t* rwlock, bool is_in) {
  if (!writer_waits(rwlock)) return false;
  if (prefers_writers(rwlock)) return true;
  return !is_in && scheduler_.choose(Stream::waiter, 2) != 0;
}

void Rwlocks::enter(const pthread_rwlock_t* rwlock, Locks::Held* mine) {
  if (mine != nullptr) {
    ++mine->depth;
  } else {
    scheduler_.take_shared(rwlock);
  }
}

int Rwlocks::lock_shared(pthread_rwlock_t* rwlock, std::optional<Deadline> deadline) {
  const TaskId me = scheduler_.current().id;
  const auto* const before = scheduler_.locks().find(rwlock, me);
  if (before != nullptr && !before->shared) return EDEADLK;
  for (;;) {
    scheduler_.point({OperationKind::lock_shared, rwlock}, deadline);
    if (scheduler_.current().timed_out) return ETIMEDOUT;
    auto* const mine = scheduler_.locks().find(rwlock, me);
    if (!stands_back(rwlock, mine != nullptr)) {
      enter(rwlock, mine);
      return 0;
    }
    if (!scheduler_.block({OperationKind::wait, rwlock}, deadline)) return ETIMEDOUT;
  }
}

int Rwlocks::lock(pthread_rwlock_t* rwlock, std::optional<Deadline> deadline) {
  const TaskId me = scheduler_.current().id;
  const auto* const mine = scheduler_.locks().find(rwlock, me);
  if (mine != nullptr && !mine->shared) return EDEADLK;
  scheduler_.point({OperationKind::lock, rwlock}, deadline);
  // Either way this writer does not wait any more: readers who stood back may look again.
  scheduler_.wake_all({OperationKind::wait, rwlock});
  if (scheduler_.current().timed_out) return ETIMEDOUT;
  scheduler_.take(rwlock);
  scheduler_.acquired(readers_of(rwlock));
  return 0;
}

int Rwlocks::try_lock_shared(pthread_rwlock_t* rwlock) {
  scheduler_.point({OperationKind::try_lock, rwlock});
  if (!scheduler_.locks().admits({OperationKind::lock_shared, rwlock})) return EBUSY;
  auto* const mine = scheduler_.locks().find(rwlock, scheduler_.current().id);
  if (stands_back(rwlock, mine != nullptr)) return EBUSY;
  enter(rwlock, mine);
  return 0;
}

int Rwlocks::try_lock(pthread_rwlock_t* rwlock) {
  scheduler_.point({OperationKind::try_lock, rwlock});
  if (!scheduler_.locks().free(rwlock)) return EBUSY;
  scheduler_.take(rwlock);
  scheduler_.acquired(readers_of(rwlock));
  return 0;
}

int Rwlocks::unlock(pthread_rwlock_t* rwlock) {
  auto* const mine = scheduler_.locks().find(rwlock, scheduler_.current().id);
  if (mine == nullptr) {
    scheduler_.misuse(scheduler_.locks().free(rwlock)
                          ? "a rwlock is unlocked that nobody holds"
                          : "a rwlock is unlocked by a thread that does not hold it");
  }
  if (--mine->depth != 0) return 0;
  scheduler_.give_back(*mine, mine->shared ? readers_of(rwlock) : rwlock);
  return 0;
}

void Rwlocks::retire(const pthread_rwlock_t* rwlock) {
  if (!scheduler_.locks().free(rwlock)) {
    scheduler_.misuse("a rwlock is destroyed while a thread holds it");
  }
}

}  // namespace poolproof::world::sync
