// A door that opens for good once somebody has done what must be done first.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include <poolproof/deadline.hpp>

namespace poolproof {

// Thread-safe.
class FirstTime {
 public:
  enum class Entry {
    mine,       // nobody has done it: do it, and then say done() or failed()
    done,       //
    timed_out,  // somebody was still doing it at the deadline
    cancelled,  // or when `stop` was requested
  };

  // Blocks while somebody is doing it.
  Entry enter(Deadline deadline, const std::stop_token& stop);
  void done() { leave(State::done); }
  // Whoever enters next is to do it.
  void failed() { leave(State::open); }

  bool is_done() const { return done_.load(std::memory_order_acquire); }

 private:
  enum class State { open, taken, done };
  void leave(State state);

  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::open;       // guarded by mutex_
  std::atomic<bool> done_ = false;  // state_ == done, for those who only ask
};

}  // namespace poolproof
