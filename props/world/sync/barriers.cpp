#include "props/world/sync/barriers.hpp"

#include <algorithm>

#include "props/world/sync/wake.hpp"

namespace poolproof::world::sync {
namespace {

// For how many threads it was made: the third word of glibc's barrier, which never changes.
unsigned threads_of(const pthread_barrier_t* barrier) {
  return reinterpret_cast<const unsigned*>(barrier)[2];
}

}  // namespace

int Barriers::wait(pthread_barrier_t* barrier) {
  scheduler_.point({OperationKind::wait, barrier});
  scheduler_.released(barrier);
  auto& waiters = scheduler_.blocked_on({OperationKind::wait, barrier});
  if (waiters.size() + 1 < threads_of(barrier)) {
    scheduler_.block({OperationKind::wait, barrier}, std::nullopt);
  } else {
    open(barrier, waiters);
  }
  scheduler_.acquired(barrier);
  const auto told = std::find(serial_.begin(), serial_.end(), scheduler_.current().id);
  if (told == serial_.end()) return 0;
  serial_.erase(told);
  return PTHREAD_BARRIER_SERIAL_THREAD;
}

// By the last to arrive, who is the serial thread if nothing else is chosen.
void Barriers::open(pthread_barrier_t* barrier, std::vector<Task*>& waiters) {
  const auto chosen =
      scheduler_.choose(Stream::waiter, static_cast<std::uint32_t>(waiters.size()) + 1);
  serial_.push_back(chosen == 0 ? scheduler_.current().id : waiters[chosen - 1]->id);
  scheduler_.wake_all({OperationKind::wait, barrier});
}

void Barriers::retire(const pthread_barrier_t* barrier) {
  if (is_waited_on(scheduler_, barrier)) {
    scheduler_.misuse("a barrier is destroyed while a thread waits at it");
  }
}

}  // namespace poolproof::world::sync
