#include <poolproof/upkeep.hpp>

#include <new>

#include "impl/assert.hpp"

namespace poolproof {

Upkeep::Upkeep(Pool& pool, std::chrono::nanoseconds every) : pool_(pool) {
  POOL_ASSERT(every > std::chrono::nanoseconds::zero(),
              "the time between upkeeps must be positive");
  thread_ = std::thread([this, every] { work(every); });
}

Upkeep::~Upkeep() {
  if (pool_.is_inherited()) {
    new (&thread_) std::thread;              // what it named is in another process
    new (&ending_) std::condition_variable;  // where that thread may wait
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    ending_.notify_all();
  }
  thread_.join();
}

void Upkeep::work(std::chrono::nanoseconds every) {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    lock.unlock();
    pool_.maintain();
    lock.lock();
    ending_.wait_until(lock, std::chrono::steady_clock::now() + every, [this] { return ends_; });
  }
}

}  // namespace poolproof
