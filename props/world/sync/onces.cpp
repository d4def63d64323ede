#include "props/world/sync/onces.hpp"

#include <mutex>

namespace poolproof::world::sync {
namespace {

// glibc's mark of a routine that has run.
constexpr int kDone = 2;

bool done(const pthread_once_t* control) {
  return (__atomic_load_n(control, __ATOMIC_ACQUIRE) & kDone) != 0;
}

// libstdc++ hands std::call_once's callable to the routine in thread_local variables, which all
// fibers share: another task may have put its own there before this one is scheduled.
class Callable {
 public:
  void restore() const {
    std::__once_callable = callable_;
    std::__once_call = call_;
  }

 private:
  void* const callable_ = std::__once_callable;
  void (*const call_)() = std::__once_call;
};

class InProgress {
 public:
  InProgress(Scheduler& scheduler, const pthread_once_t* control)
      : scheduler_(scheduler), control_(control) {
    scheduler_.take(control_);
  }
  ~InProgress() { scheduler_.give_back(*scheduler_.locks().find(control_)); }
  InProgress(const InProgress&) = delete;
  InProgress& operator=(const InProgress&) = delete;

 private:
  Scheduler& scheduler_;
  const pthread_once_t* const control_;
};

}  // namespace

int Onces::call(pthread_once_t* control, void (*routine)()) {
  // Also when it is done, because that is so in all runs of a process but the first (the unwinder's
  // own once, say), and they must not differ.
  const Callable callable;
  scheduler_.point({OperationKind::lock, control});
  if (!done(control)) {
    const InProgress in_progress(scheduler_, control);
    callable.restore();
    routine();
    __atomic_store_n(control, kDone, __ATOMIC_RELEASE);
  } else {
    scheduler_.looked_at(control);
    scheduler_.acquired(control);
  }
  return 0;
}

}  // namespace poolproof::world::sync
