#include "props/world/sync.hpp"

#include <cerrno>

namespace poolproof::world {
namespace {

// The kind is set by pthread_mutex_init or a static initialiser and never changes; glibc keeps it
// in the mutex, beside flags that do not concern us.
int kind_of(const pthread_mutex_t* mutex) { return mutex->__data.__kind & 3; }

}  // namespace

// ---- mutexes ----

// By its owner. A normal mutex has no answer for that: the owner waits for itself.
std::optional<int> Sync::lock_again(Locks::Held& held, int kind) {
  if (kind == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
  if (kind != PTHREAD_MUTEX_RECURSIVE) return std::nullopt;
  ++held.depth;
  return 0;
}

int Sync::lock(pthread_mutex_t* mutex, std::optional<Deadline> deadline) {
  const TaskId me = scheduler_.current().id;
  if (auto* held = scheduler_.locks().find(mutex); held != nullptr && held->owner == me) {
    if (const auto result = lock_again(*held, kind_of(mutex))) return *result;
  }
  scheduler_.point({OperationKind::lock, mutex}, deadline);
  if (scheduler_.current().timed_out) return ETIMEDOUT;
  scheduler_.locks().take(mutex, me);
  scheduler_.acquired(mutex);
  return 0;
}

int Sync::try_lock(pthread_mutex_t* mutex) {
  const TaskId me = scheduler_.current().id;
  scheduler_.point({OperationKind::try_lock, mutex});
  if (auto* held = scheduler_.locks().find(mutex)) {
    if (held->owner != me || kind_of(mutex) != PTHREAD_MUTEX_RECURSIVE) return EBUSY;
    ++held->depth;
    return 0;
  }
  scheduler_.locks().take(mutex, me);
  scheduler_.acquired(mutex);
  return 0;
}

// No scheduling point: what another task could see of an unlock, it sees when it locks.
int Sync::unlock(pthread_mutex_t* mutex) {
  auto* held = scheduler_.locks().find(mutex);
  if (held == nullptr || held->owner != scheduler_.current().id) {
    if (kind_of(mutex) != PTHREAD_MUTEX_NORMAL) return EPERM;
    scheduler_.misuse(held == nullptr ? "a mutex is unlocked that nobody holds"
                                      : "a mutex is unlocked by a thread that does not hold it");
  }
  if (--held->depth == 0) {
    scheduler_.locks().release(mutex);
    scheduler_.released(mutex);
  }
  return 0;
}

// ---- condition variables ----

int Sync::wait(pthread_cond_t* condition, pthread_mutex_t* mutex,
               std::optional<Deadline> deadline) {
  const TaskId me = scheduler_.current().id;
  scheduler_.point({OperationKind::wait, condition});
  auto* held = scheduler_.locks().find(mutex);
  if (held == nullptr || held->owner != me) {
    scheduler_.misuse("a condition variable is waited on without its mutex");
  }
  const int depth = held->depth;
  scheduler_.locks().release(mutex);
  scheduler_.released(mutex);
  const bool woken =
      scheduler_.block({OperationKind::wait, condition}, deadline, {OperationKind::lock, mutex});
  scheduler_.locks().take(mutex, me, depth);
  scheduler_.acquired(mutex);
  return woken ? 0 : ETIMEDOUT;
}

int Sync::signal(pthread_cond_t* condition) {
  scheduler_.point({OperationKind::signal, condition});
  wake_one(condition);
  return 0;
}

// False if nobody waits.
bool Sync::wake_one(const void* object) {
  auto& waiters = scheduler_.blocked_on({OperationKind::wait, object});
  if (waiters.empty()) return false;
  const auto chosen = scheduler_.choose(Stream::waiter, static_cast<std::uint32_t>(waiters.size()));
  scheduler_.wake(*waiters[chosen]);
  return true;
}

int Sync::broadcast(pthread_cond_t* condition) {
  scheduler_.point({OperationKind::broadcast, condition});
  scheduler_.wake_all({OperationKind::wait, condition});
  return 0;
}

// ---- futexes ----

// Nothing runs between the look at the word and the sleep: whoever changes it and then wakes is
// seen here or finds a sleeper.
int Sync::futex_wait(const int* word, int expected, std::optional<Deadline> deadline) {
  scheduler_.point({OperationKind::wait, word});
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != expected) return EAGAIN;
  return scheduler_.block({OperationKind::wait, word}, deadline) ? 0 : ETIMEDOUT;
}

int Sync::futex_wake(const int* word, int most) {
  scheduler_.point({OperationKind::signal, word});
  int woken = 0;
  while (woken < most && wake_one(word)) ++woken;
  return woken;
}

}  // namespace poolproof::world
