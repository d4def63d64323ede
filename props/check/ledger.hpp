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
  sharing,    // has a lease, and is inside acquire for one more, or releases that
  querying,   // has a lease, inside query: the adapter's code, not the pool's
  remarking,  // has a lease, inside invalidate, detach or their kin
  detached,   // has a connection of its own, which is no longer the pool's
  releasing,  // inside release: the lease is over
  choring,    // has no lease, inside dispose or close
};

struct Caller {
  Phase phase = Phase::outside;
  world::TaskId task{};
  Time since{};                         // of the acquire
  std::optional<Duration> limit{};      // of the acquire; nullopt: for ever
  Duration waited{};                    // in this acquire, while nothing could run
  std::optional<Duration> cancelled{};  // how long it had waited so when it was called off
  SessionId session = kNoSession;       // its lease is on, once it has queried
  int acquires = 0;                     // so far
  std::uint64_t asked = 0;     // the number of the observation with which it began to acquire
  int statements = 0;          // of its own, on this lease
  bool has_slot = false;       // in this acquire: it has opened a session, or used one
  std::size_t retirement = 0;  // the one that its remark or chore began
  Phase before_sharing = Phase::outside;
  bool lost = false;  // its connection, on this lease: it has said that it is broken
  std::optional<world::TaskId> canceller{};  // the task that cancels what runs on its lease
};

// One lease, with the acquire that it began with and the release it ends with: whose, and which of
// his.
struct Loan {
  CallerId caller = kNobody;
  int number = 0;

  friend bool operator==(const Loan&, const Loan&) = default;
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
  [[nodiscard]] bool is_of_probe(CallerId id) const {
    return id != kNobody && static_cast<std::size_t>(id) >= scenario_callers_;
  }
  void set_task(CallerId id, world::TaskId task) { of(id).task = task; }
  // The caller in whose pool call or query that task is.
  [[nodiscard]] std::optional<CallerId> caller_in_call(world::TaskId task) const;

  // For which caller that task does what it does: it is the caller's own, in a call, or one that
  // cancels for it.
  [[nodiscard]] std::optional<CallerId> principal(world::TaskId task) const;
  // Who asked for the cancel on that connection; whose the latest statement of that session is.
  [[nodiscard]] Loan asker(SessionId asking) const { return of(asking).asker; }
  [[nodiscard]] Loan speaker(SessionId session) const { return of(session).speaker; }

  // Leases out, by the callers' word: from the return of acquire to the call of release or detach.
  [[nodiscard]] int leases() const;
  // Callers who may have a slot: those with a lease, and those inside one of the pool's calls.
  [[nodiscard]] int busy() const;
  // Whether somebody is inside dispose or close: slots may then be in nobody's hands.
  [[nodiscard]] bool in_upheaval() const;
  // The number of the observation with which the pool had been closed; nothing if it is not.
  [[nodiscard]] std::optional<std::uint64_t> closed() const { return closed_; }
  // The same, of the first observation that tells that it is, or is being, closed: a close has
  // returned, or whoever acquires was told so.
  [[nodiscard]] std::optional<std::uint64_t> told_closed() const { return told_closed_; }
  // So far, whatever became of them.
  [[nodiscard]] int sessions() const { return static_cast<int>(sessions_.size()) - 1; }
  // Of the pool: those that were detached are apart, and cancel requests are none.
  [[nodiscard]] int open_sessions() const { return open_sessions_; }
  [[nodiscard]] bool is_open(SessionId session) const { return of(session).open; }
  [[nodiscard]] Time opened(SessionId session) const { return of(session).opened; }
  // Whether its end had come before that caller began to acquire.
  [[nodiscard]] bool had_ended_before(SessionId session, const Caller& caller) const;
  // Why no lease of an acquire that began when this caller's did may be on that session; empty if
  // it may.
  [[nodiscard]] std::string why_unfit(SessionId session, const Caller& caller) const;
  // Whether of a session that is open the pool was told, or may have been, that it is not to be
  // leased again.
  [[nodiscard]] bool any_retired_is_open() const;
  // An open session that nobody's lease is on; kNoSession if there is none, or if it cannot be
  // known because somebody has not used his.
  [[nodiscard]] SessionId idle_session() const;
  // Any connection that the server still has; kNoSession if there is none.
  [[nodiscard]] SessionId left_open() const;
  // Whether it is a session: its client has asked for one.
  [[nodiscard]] bool started(SessionId session) const { return of(session).started; }
  // Who has a lease on that session, other than `except`.
  [[nodiscard]] std::optional<CallerId> holder(SessionId session, CallerId except = kNobody) const;

  // Whether that caller sleeps inside acquire until another thread does something, other than to
  // let it go because it was called off.
  [[nodiscard]] bool waits(const Caller& caller) const;
  // Whether it does so on a condition variable, and nobody has woken it.
  [[nodiscard]] bool asleep(const Caller& caller) const;
  // Whether, although nothing can run now, something is under way in the pool: a task inside one of
  // its calls, or one of its own, waits for the network or sleeps.
  [[nodiscard]] bool under_way() const;

 private:
  struct Session {
    bool open = false;
    bool started = false;
    bool detached = false;
    bool invalidated = false;
    Time opened{};
    std::uint64_t begun = 0;    // not before the acquire in which it is opened
    std::uint64_t opening = 0;  // the numbers of these observations
    std::uint64_t end = 0;
    Loan speaker{};  // whose the latest statement is
    Loan asker{};    // of a cancel request
  };

  // All sessions of the pool are to be replaced: those opened before `called`, for those who ask
  // after `returned`.
  struct Retirement {
    std::uint64_t called;
    std::uint64_t returned;
  };

  Caller& of(CallerId id) { return callers_[static_cast<std::size_t>(id)]; }
  Session& of(SessionId id) { return sessions_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Session& of(SessionId id) const {
    return sessions_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] Loan loan(CallerId id) const {
    return id == kNobody ? Loan{} : Loan{id, caller(id).acquires};
  }
  void see_session(const Observation& observation, Caller& caller);
  void see_cancel(const Observation& observation, Caller& caller);
  void see_remark(const Observation& observation, Caller& caller);
  void see_sharing(const Observation& observation, Caller& caller);
  void see_chore(const Observation& observation, Caller& caller);
  void begin_retirement(Caller& caller);

  world::Scheduler& scheduler_;
  model::PoolConfig config_;
  std::optional<int> capacity_;
  std::vector<Caller> callers_;
  std::size_t scenario_callers_ = 0;  // the first of them; the rest are the probe's
  std::vector<Session> sessions_;     // by number; the first is none
  int open_sessions_ = 0;
  std::uint64_t seen_ = 0;  // observations so far
  std::vector<Retirement> retirements_;
  std::optional<std::uint64_t> closed_;
  std::optional<std::uint64_t> told_closed_;
};

}  // namespace poolproof::check
