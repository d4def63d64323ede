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
  broken_off,
  reset,
  silent,
  query_lost,
  connect_refused,
  connect_unreachable,
  connect_timed_out,
  connect_reset,
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
  all_idle_killed,
  clock_step,
  kill_storm,
  refusal_storm,
  full_storm,
  slow_login_storm,
  restart_storm,
};
inline constexpr std::size_t kFaultKinds = 37;
static_assert(kFaultKinds <= kRarities);

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
    {"broken_off", "an answer gets through up to some byte, then the connection ends (FIN)"},
    {"reset", "an answer gets through up to some byte, then the connection is reset (RST)"},
    {"silent", "an answer gets through up to some byte, and nothing comes any more"},
    {"query_lost", "the connection ends, and with it a query that the server has not read"},
    {"connect_refused", "nobody listens: connect() fails with ECONNREFUSED"},
    {"connect_unreachable", "no way leads there: connect() by TCP fails with EHOSTUNREACH"},
    {"connect_timed_out", "nobody answers: connect() by TCP fails with ETIMEDOUT after 127 s"},
    {"connect_reset", "connected, and then RST before a byte has come back"},
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
    {"all_idle_killed", "the server ends all idle sessions at once with FATAL 57P01"},
    {"clock_step", "the wall clock is set by an hour; the monotonic clock goes on"},
    {"kill_storm", "all idle sessions are killed, and for a while nobody listens"},
    {"refusal_storm", "nobody listens, for a while"},
    {"full_storm", "every session is refused with FATAL 53300, for a while"},
    {"slow_login_storm", "every start-up takes some milliseconds longer, for a while"},
    {"restart_storm",
     "all sessions get FATAL 57P01, nobody listens, then FATAL 57P03, then it is back"},
}};

// What several kinds are called together.
enum class FaultGroup : std::uint8_t { network, connect, session, server, machine, storms };
inline constexpr std::array<std::string_view, 6> kFaultGroups{"network", "connect", "session",
                                                              "server",  "machine", "storms"};
FaultGroup group_of(FaultKind kind);

inline std::string_view name(FaultKind kind) {
  return kFaults[static_cast<std::size_t>(kind)].name;
}

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
    const auto index = static_cast<std::uint8_t>(kind);
    if (!allowed_[index] || !scheduler_.happens(stream, Rarity{index})) return false;
    strike(kind, place);
    return true;
  }

  // It has been decided elsewhere that it happens here and now.
  void strike(FaultKind kind, Place place) {
    ++struck_[static_cast<std::size_t>(kind)];
    observer_->struck(kind, place);
  }

  [[nodiscard]] const std::array<std::uint32_t, kFaultKinds>& struck() const { return struck_; }

 private:
  Scheduler& scheduler_;
  FaultObserver* observer_ = nullptr;
  FaultSet allowed_;
  std::array<std::uint32_t, kFaultKinds> struck_{};
};

}  // namespace poolproof::world
