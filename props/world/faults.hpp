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
  connect_refused,
  connect_hung,
  too_many_connections,
  starting_up,
  bad_password,
  slow_authentication,
  killed_idle,
  killed_in_query,
  slow_answer,
  notice,
  release_lag,
  late_cancel,
  shutdown_smart,
  shutdown_fast,
  shutdown_immediate,
  crash,
  failover,
  clock_step,
};
inline constexpr std::size_t kFaultKinds = 18;

using FaultSet = std::bitset<kFaultKinds>;

struct FaultDescription {
  std::string_view name;
  std::string_view sentence;
};

inline constexpr std::array<FaultDescription, kFaultKinds> kFaults{{
    {"connect_refused", "nobody listens: connect() fails with ECONNREFUSED"},
    {"connect_hung", "the server accepts and says nothing until its authentication_timeout"},
    {"too_many_connections", "the server refuses the session with FATAL 53300"},
    {"starting_up", "the server refuses the session with FATAL 57P03: it is starting up"},
    {"bad_password", "the server refuses the session with FATAL 28P01, whatever the password"},
    {"slow_authentication", "the server takes some seconds to let a client in"},
    {"killed_idle", "the server ends an idle session with FATAL 57P01"},
    {"killed_in_query", "the server ends a session with FATAL 57P01 in place of an answer"},
    {"slow_answer", "an answer, or the end of the start-up, comes some milliseconds late"},
    {"notice", "a notice, or a change of a setting, comes when the session is idle"},
    {"release_lag", "a session's place stays taken for a while after its end"},
    {"late_cancel", "a cancel request's signal comes late, at whatever then runs there"},
    {"shutdown_smart", "the server waits for its clients to go and refuses new ones: 57P03"},
    {"shutdown_fast", "the server ends all sessions with 57P01 and is down for a second"},
    {"shutdown_immediate", "the server ends all processes at once and is down for a second"},
    {"crash", "a server process dies in a query: all others end with 57P02, then 57P03"},
    {"failover", "the primary's host dies; for a second nobody listens, then its standby does"},
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
