// What can go wrong outside the accused: each kind has a name, and strikes, as a choice, only where
// it can and only while it is allowed.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "props/world/place.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

enum class FaultKind : std::uint8_t {
  short_read,
  short_write,
  interrupted,
  would_block,
  slow_network,
  half_open,
  connect_refused,
  connect_unreachable,
  connect_timed_out,
  connect_reset,
  connect_hung,
  too_many_connections,
  killed_idle,
  killed_in_query,
  slow_answer,
  clock_step,
};
inline constexpr std::size_t kFaultKinds = 16;

using FaultSet = std::bitset<kFaultKinds>;

struct FaultDescription {
  std::string_view name;
  std::string_view sentence;
};

inline constexpr std::array<FaultDescription, kFaultKinds> kFaults{{
    {"short_read", "recv() gives a few bytes of what is there"},
    {"short_write", "send() takes a few bytes of what it is given"},
    {"interrupted", "a call that waits, or could, fails with EINTR"},
    {"would_block", "a non-blocking socket is ready, and yet says EAGAIN, once"},
    {"slow_network", "all of a connection takes 5, 15 or 40 ms each way"},
    {"half_open", "from a send on nothing gets through, and neither end is told"},
    {"connect_refused", "nobody listens: connect() fails with ECONNREFUSED"},
    {"connect_unreachable", "no way leads there: connect() by TCP fails with EHOSTUNREACH"},
    {"connect_timed_out", "nobody answers: connect() by TCP fails with ETIMEDOUT after 127 s"},
    {"connect_reset", "connected, and then RST before a byte has come back"},
    {"connect_hung", "the server accepts and says nothing until its authentication_timeout"},
    {"too_many_connections", "the server refuses the session with FATAL 53300"},
    {"killed_idle", "the server ends an idle session with FATAL 57P01"},
    {"killed_in_query", "the server ends a session with FATAL 57P01 in place of an answer"},
    {"slow_answer", "an answer, or the end of the start-up, comes some milliseconds late"},
    {"clock_step", "the wall clock is set by an hour; the monotonic clock goes on"},
}};

// Hears of each fault that strikes, at that very instant.
class FaultObserver {
 public:
  FaultObserver() = default;
  FaultObserver(const FaultObserver&) = delete;
  FaultObserver& operator=(const FaultObserver&) = delete;
  virtual ~FaultObserver() = default;

  virtual void struck(FaultKind fault, Place place) = 0;
};

// The faults of one run.
class Faults {
 public:
  explicit Faults(Scheduler& scheduler) : scheduler_(scheduler) {}

  void allow(FaultSet kinds) { allowed_ = kinds; }
  void reset(FaultObserver& observer) {
    observer_ = &observer;
    allowed_.reset();
    struck_.fill(0);
  }

  // To ask before finding out the place, where that costs something.
  [[nodiscard]] bool allows(FaultKind kind) const {
    return allowed_[static_cast<std::size_t>(kind)];
  }

  // Asks the Chooser whether that fault happens here and now.
  bool strikes(FaultKind kind, Place place, Stream stream = Stream::faults) {
    const auto index = static_cast<std::size_t>(kind);
    if (!allowed_[index] || scheduler_.choose(stream, 2) == 0) return false;
    ++struck_[index];
    observer_->struck(kind, place);
    return true;
  }

  [[nodiscard]] const std::array<std::uint32_t, kFaultKinds>& struck() const { return struck_; }

 private:
  Scheduler& scheduler_;
  FaultObserver* observer_ = nullptr;
  FaultSet allowed_;
  std::array<std::uint32_t, kFaultKinds> struck_{};
};

}  // namespace poolproof::world
