#include "impl/first_time.hpp"

namespace poolproof {

FirstTime::Entry FirstTime::enter(Deadline deadline, const std::stop_token& stop) {
  if (is_done()) return Entry::done;
  // Takes the mutex, so that the stop cannot fall between a look at it and the sleep that follows.
  const auto wake = [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  };
  const std::stop_callback woken_by_stop(stop, wake);

  std::unique_lock lock(mutex_);
  bool expired = false;
  while (state_ == State::taken) {
    if (stop.stop_requested() || expired) {
      return expired ? Entry::timed_out : Entry::cancelled;
    }
    if (deadline) {
      expired = changed_.wait_until(lock, *deadline) == std::cv_status::timeout;
    } else {
      changed_.wait(lock);
    }
  }
  if (state_ == State::done) return Entry::done;
  state_ = State::taken;
  return Entry::mine;
}

void FirstTime::leave(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
  done_.store(state == State::done, std::memory_order_release);
  changed_.notify_all();
}

}  // namespace poolproof
