// What a lease and its Cancellers share: whether a request may still begin, and whether one has.
//
//   canceller             lease                    the next lease
//   reads that it lasts
//                         ends, is pooled
//   sends                                          begins a statement, and loses it
//
// Therefore the first column is one step, under the mutex, which also leaves word for the second.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <poolproof/canceller.hpp>

namespace poolproof {

// Thread-safe. The mutex is held for a few instructions at a time, never while a request is under
// way.
class Cancelling {
 public:
  explicit Cancelling(std::shared_ptr<PGcancel> key) : key_(std::move(key)) {}

  Canceller::Outcome request();

  // No request begins any more. Whether one has: the session may then be hit at any later time.
  bool end();

 private:
  bool begin();

  const std::shared_ptr<PGcancel> key_;
  std::mutex mutex_;
  bool over_ = false;   // guarded by mutex_
  bool tried_ = false;  // guarded by mutex_
};

}  // namespace poolproof
