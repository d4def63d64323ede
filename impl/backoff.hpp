// How long no connect is tried after others have failed.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include <poolproof/options.hpp>

#include "impl/draw.hpp"

namespace poolproof {

// Thread-safe. Its lock is held for a few instructions at a time.
class Backoff {
 public:
  // `options` must outlive it.
  explicit Backoff(const PoolOptions& options) : options_(options) {}

  // Why no connect is to be tried now; nullopt: one may be.
  std::optional<std::string> refusal();

  void failed(const std::string& why);
  void succeeded();

 private:
  bool is_off() const { return options_.connect_backoff == std::chrono::nanoseconds::zero(); }

  const PoolOptions& options_;
  Draw draw_;
  std::mutex mutex_;
  std::chrono::nanoseconds pause_{0};                 // the last one; 0: the last connect succeeded
  std::chrono::steady_clock::time_point not_before_;  // all guarded by mutex_
  std::string last_failure_;
};

}  // namespace poolproof
