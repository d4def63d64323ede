// Pool::maintain() at regular times, on a thread of its own: for programs that have no timer which
// could call it. The one place in which this library starts a thread, and only because it is asked
// to.
//
//   poolproof::Pool pool({.conninfo = "dbname=app", .idle_timeout = 5min, .min_idle = 2});
//   poolproof::Upkeep upkeep(pool, 10s);  // after the pool, so that it ends before it
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <poolproof/export.hpp>
#include <poolproof/pool.hpp>

namespace poolproof {

class POOLPROOF_API Upkeep {
 public:
  // The first time at once. Requires that `pool` outlives it and `every` is positive.
  Upkeep(Pool& pool, std::chrono::nanoseconds every);

  // Ends the thread; waits for a maintain() under way. In a fork, where there is no such thread, it
  // does nothing.
  ~Upkeep();

  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

 private:
  void work(std::chrono::nanoseconds every);

  Pool& pool_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ends_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace poolproof
