// The state of a run as far as it can be known from outside: where each caller is, which sessions
// the server has, whose lease is on which. Kept by observation alone, so that it holds for any
// pool.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "props/check/observation.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::check {

enum class Phase : std::uint8_t {
  outside,    // has no lease
  acquiring,  // inside acquire
  holding,    // has a lease, and is in none of the pool's calls
  querying,   // has a lease, inside query: the adapter's code, not the pool's
  invalidating,
  releasing,  // inside release: the lease is over
};

struct Caller {
  Phase phase = Phase::outside;
  world::TaskId task{};
  Time since{};                     // of the acquire
  std::optional<Duration> limit{};  // of the acquire; nullopt: for ever
  Duration waited{};                // in this acquire, while nothing could run
  SessionId session = kNoSession;   // its lease is on, once it has queried
  int acquires = 0;                 // so far
  int statements = 0;               // of its own, on this lease
  bool connecting = false;          // a session was opened for it in this acquire
};

class Ledger {
 public:
  explicit Ledger(world::Scheduler& scheduler) : scheduler_(scheduler) {}

  void begin(const model::PoolConfig& config, std::size_t callers);
  void see(const Observation& observation);

  [[nodiscard]] const model::PoolConfig& config() const { return config_; }
  [[nodiscard]] std::optional<int> capacity() const { return capacity_; }
  [[nodiscard]] const std::vector<Caller>& callers() const { return callers_; }
  [[nodiscard]] const Caller& caller(CallerId id) const {
    return callers_[static_cast<std::size_t>(id)];
  }
  // How reports call it: caller 2, or the probe's lease 1.
  [[nodiscard]] std::string name(CallerId id) const;
  // For the probe: makes another caller known.
  CallerId add_caller(world::TaskId task);
  void set_task(CallerId id, world::TaskId task) { of(id).task = task; }
  // The caller in whose pool call or query that task is.
  [[nodiscard]] std::optional<CallerId> caller_in_call(world::TaskId task) const;

  // Leases out, by the callers' word: from the return of acquire to the call of release.
  [[nodiscard]] int leases() const;
  // Callers who may have a slot: those with a lease, and those inside one of the pool's calls.
  [[nodiscard]] int busy() const;
  [[nodiscard]] int open_sessions() const { return open_sessions_; }
  [[nodiscard]] Time opened(SessionId session) const {
    return sessions_[static_cast<std::size_t>(session)].opened;
  }
  // An open session that nobody's lease is on; kNoSession if there is none.
  [[nodiscard]] SessionId idle_session() const;
  // Who has a lease on that session, other than `except`.
  [[nodiscard]] std::optional<CallerId> holder(SessionId session, CallerId except = kNobody) const;

  // Whether that caller sleeps inside acquire until another thread does something.
  [[nodiscard]] bool waits(const Caller& caller) const;
  // Whether it does so on a condition variable, and nobody has woken it.
  [[nodiscard]] bool asleep(const Caller& caller) const;
  // Whether, although nothing can run now, something is under way in the pool: a task inside one of
  // its calls, or one of its own, waits for the network or sleeps.
  [[nodiscard]] bool under_way() const;

 private:
  struct Session {
    bool open = false;
    Time opened{};
  };

  Caller& of(CallerId id) { return callers_[static_cast<std::size_t>(id)]; }

  world::Scheduler& scheduler_;
  model::PoolConfig config_;
  std::optional<int> capacity_;
  std::vector<Caller> callers_;
  std::size_t scenario_callers_ = 0;  // the first of them; the rest are the probe's
  std::vector<Session> sessions_;     // by number
  int open_sessions_ = 0;
};

}  // namespace poolproof::check
