// Linux's futex: what std::atomic::wait, std::counting_semaphore, the guards of local statics and
// Rust's locks are made of. No wait is interrupted by a signal.
#pragma once

#include <optional>
#include <vector>

#include "props/world/scheduler.hpp"

namespace poolproof::world::sync {

class Futexes {
 public:
  static constexpr unsigned kAllBits = ~0U;

  explicit Futexes(Scheduler& scheduler) : scheduler_(scheduler) {}

  // Ends at once with EAGAIN if the word is not `expected`; 0 or ETIMEDOUT if it slept.
  int wait(const int* word, int expected, std::optional<Deadline> deadline,
           unsigned bits = kAllBits);

  // Wakes at most so many of those who wait with one of these bits, and says how many.
  int wake(const int* word, int most, unsigned bits = kAllBits);

  // Wakes some, and lets at most `most_moved` others wait for `other` instead.
  struct Requeued {
    int woken;
    int moved;
  };
  // Nothing happens if the word is not `expected`.
  std::optional<Requeued> requeue(const int* word, std::optional<int> expected, int most_woken,
                                  const int* other, int most_moved);

  // FUTEX_WAKE_OP: changes `other` as `change` encodes, wakes at the word and, if the old value
  // was as `change` asks, at the other too. Nothing is woken if it asks for what does not exist.
  std::optional<int> wake_and_change(const int* word, int most, int* other, int most_there,
                                     unsigned change);

 private:
  int wake_now(const int* word, int most, unsigned bits);
  unsigned& bits_of(const Task& task);

  Scheduler& scheduler_;
  std::vector<unsigned> bits_;  // by task: of its last wait
};

}  // namespace poolproof::world::sync
