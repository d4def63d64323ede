// pthread condition variables. Choices: which waiter a signal wakes; whether a wait ends for no
// reason. Who was signalled is told so however long it takes to come back, as glibc does; libstdc++
// then looks at the clock itself and may call it a time-out.
#pragma once

#include <pthread.h>

#include <optional>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Conditions {
 public:
  // Of a run. Few: a wake-up for no reason hides a wake-up that is missing.
  static constexpr int kSpuriousWakeUps = 4;

  explicit Conditions(Scheduler& scheduler) : scheduler_(scheduler) {}

  void reset() { spurious_left_ = kSpuriousWakeUps; }

  int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, std::optional<Deadline> deadline);
  int signal(pthread_cond_t* condition);
  int broadcast(pthread_cond_t* condition);

  // Before it is destroyed. Who was signalled may still be on the way out.
  void retire(const pthread_cond_t* condition);

 private:
  bool wakes_for_no_reason();

  Scheduler& scheduler_;
  int spurious_left_ = kSpuriousWakeUps;
};

}  // namespace poolproof::world::sync
