#include "props/world/sync/conditions.hpp"

#include <cerrno>

#include "props/world/sync/wake.hpp"

namespace poolproof::world::sync {

// Whoever wakes for no reason does so at once, as far as anybody can tell: it goes on when it is
// scheduled, and no signal counts on it any more.
bool Conditions::wakes_for_no_reason() {
  if (spurious_left_ == 0 || scheduler_.choose(Stream::machine, 2) == 0) return false;
  --spurious_left_;
  return true;
}

int Conditions::wait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                     std::optional<Deadline> deadline) {
  const TaskId me = scheduler_.current().id;
  scheduler_.point({OperationKind::wait, condition});
  auto* held = scheduler_.locks().find(mutex);
  if (held == nullptr || held->owner != me) {
    scheduler_.misuse("a condition variable is waited on without its mutex");
  }
  const int depth = held->depth;
  scheduler_.give_back(*held);
  const Operation relock{OperationKind::lock, mutex};
  bool woken = true;
  if (wakes_for_no_reason()) {
    scheduler_.point(relock);
  } else {
    woken = scheduler_.block({OperationKind::wait, condition}, deadline, relock);
  }
  scheduler_.take(mutex, depth);
  return woken ? 0 : ETIMEDOUT;
}

int Conditions::signal(pthread_cond_t* condition) {
  scheduler_.point({OperationKind::signal, condition});
  wake_one(scheduler_, condition);
  return 0;
}

int Conditions::broadcast(pthread_cond_t* condition) {
  scheduler_.point({OperationKind::broadcast, condition});
  if (!is_waited_on(scheduler_, condition)) scheduler_.signalled_nobody(condition);
  scheduler_.wake_all({OperationKind::wait, condition});
  return 0;
}

void Conditions::retire(const pthread_cond_t* condition) {
  if (is_waited_on(scheduler_, condition)) {
    scheduler_.misuse("a condition variable is destroyed while a thread waits on it");
  }
  scheduler_.retired(condition);
}

}  // namespace poolproof::world::sync
