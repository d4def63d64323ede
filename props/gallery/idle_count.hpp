// How many slots are idle, for those who wait for one. By sem_t: libstdc++ 12's counting_semaphore
// goes to sleep by the clock when it has been woken for nothing, and passes its deadline in that.
#pragma once

#include <semaphore.h>

#include <cerrno>
#include <chrono>

#include <poolproof/deadline.hpp>

namespace poolproof::gallery {

class IdleCount {
 public:
  explicit IdleCount(int slots) { sem_init(&count_, 0, static_cast<unsigned>(slots)); }
  ~IdleCount() { sem_destroy(&count_); }
  IdleCount(const IdleCount&) = delete;
  IdleCount& operator=(const IdleCount&) = delete;

  // False at the deadline.
  bool take(Deadline deadline) {
    const auto wait = [&] { return deadline ? wait_until(*deadline) : sem_wait(&count_); };
    while (wait() != 0) {
      if (errno == ETIMEDOUT) return false;
    }
    return true;
  }

  void give() { sem_post(&count_); }

 private:
  int wait_until(std::chrono::steady_clock::time_point deadline) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(deadline.time_since_epoch());
    const timespec until{static_cast<time_t>(whole.count()),
                         static_cast<long>((deadline.time_since_epoch() - whole).count())};
    return sem_clockwait(&count_, CLOCK_MONOTONIC, &until);
  }

  sem_t count_;
};

}  // namespace poolproof::gallery
