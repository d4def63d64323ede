// TEND: what a pool does between leases and at its end. Judged from outside, so only where it is
// sure what the pool could know: sessions that nobody's lease can be on, leases that last through a
// whole call, connects that began after another had failed.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "model/event.hpp"
#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;
using scenario::Chore;

class UpkeepOracle final : public Oracle {
 public:
  void begin() override {
    callers_.clear();
    idle_since_.clear();
    openers_.clear();
    errands_.clear();
    failed_ = {};
    restful_until_ = {};
    killed_ = probed_ = false;
  }

  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    callers_.resize(ledger.callers().size());
    note(observation, ledger);
    switch (observation.kind) {
      case Kind::chore_called: call(observation, ledger); break;
      case Kind::chore_returned: judge(observation, ledger, report); break;
      case Kind::quiet: judge_drains(observation, ledger, report); break;
      case Kind::session_opened: judge_pause(observation, ledger, report); break;
      case Kind::acquire_returned: note_failure(observation, ledger); break;
      default: break;
    }
  }

 private:
  struct OfCaller {
    Time leased{};                   // when its lease began
    SessionId session = kNoSession;  // which its lease is known to be on
    bool connecting = false;         // in this acquire it has tried to
    bool beside_others = false;      // another was connecting meanwhile, or may have been
  };
  // A chore that somebody is at.
  struct Errand {
    CallerId caller;
    Chore chore;
    Time since;
    std::optional<Duration> limit;
    std::vector<CallerId> leases;    // of a report: that last all the time
    std::size_t most = 0;            // and how many there can have been
    std::vector<SessionId> overdue;  // of a maintain
  };

  OfCaller& of(CallerId id) { return callers_[static_cast<std::size_t>(id)]; }

  static bool has_lease(Phase phase) {
    return phase == Phase::holding || phase == Phase::querying || phase == Phase::remarking ||
           phase == Phase::detached || phase == Phase::sharing;
  }

  // ---- what is known ----

  void note(const Observation& observation, const Ledger& ledger) {
    const CallerId who = observation.caller;
    switch (observation.kind) {
      case Kind::acquire_called:
        of(who) = {.beside_others = any_other_connects(who, ledger)};
        for (Errand& each : errands_) ++each.most;
        forget_overdue();
        break;
      case Kind::acquire_returned: of(who).leased = observation.at; break;
      case Kind::used:
        if (who != kNobody && ledger.caller(who).phase == Phase::querying) {
          of(who).session = observation.session;
        }
        break;
      case Kind::fault:
        if (who != kNobody && observation.phase == world::Phase::connecting) {
          of(who).connecting = true;
        }
        break;
      case Kind::session_started:
        restful_until_ = {};
        for (std::size_t i = 0; i < callers_.size(); ++i) {
          const CallerId opener = openers_[static_cast<std::size_t>(observation.session)];
          callers_[i].beside_others |= opener != static_cast<CallerId>(i);
        }
        break;
      case Kind::session_opened:
        if (who != kNobody) of(who).connecting = true;
        openers_.resize(static_cast<std::size_t>(observation.session) + 1, kNobody);
        openers_.back() = who;
        idle_since_.resize(static_cast<std::size_t>(observation.session) + 1, Time::max());
        break;
      case Kind::session_ended: killed_ |= observation.by_server; break;
      case Kind::release_called:
        for (Errand& each : errands_) std::erase(each.leases, who);
        break;
      case Kind::release_returned: note_return(observation); break;
      case Kind::returned: probed_ = true; break;
      default: break;
    }
  }

  // Which session has come back is not known of a lease that was never used: it may be any.
  void note_return(const Observation& observation) {
    const SessionId session = of(observation.caller).session;
    if (session != kNoSession) {
      idle_since_[static_cast<std::size_t>(session)] = observation.at;
    } else {
      for (Time& each : idle_since_) {
        if (each != Time::max()) each = observation.at;
      }
    }
  }

  void forget_overdue() {
    for (Errand& each : errands_) each.overdue.clear();
  }

  // ---- chores ----

  void call(const Observation& observation, const Ledger& ledger) {
    Errand errand{
        observation.caller, observation.chore, observation.at, observation.limit, {}, {}, {}};
    bool all_idle = true;
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      const Phase phase = ledger.callers()[i].phase;
      if (phase == Phase::outside) continue;
      // What another is about to close is still open.
      all_idle &= static_cast<CallerId>(i) == observation.caller;
      if (phase == Phase::choring) continue;
      ++errand.most;
      if (has_lease(phase) && callers_[i].leased < observation.at) {
        errand.leases.push_back(static_cast<CallerId>(i));
      }
    }
    const auto limit = ledger.config().idle_timeout;
    for (std::size_t i = 0; all_idle && limit && i < idle_since_.size(); ++i) {
      if (!ledger.is_open(static_cast<SessionId>(i)) || idle_since_[i] == Time::max()) continue;
      if (observation.at - idle_since_[i] > *limit) {
        errand.overdue.push_back(static_cast<SessionId>(i));
      }
    }
    forget_overdue();
    errands_.push_back(errand);
  }

  void judge(const Observation& observation, const Ledger& ledger, const Report& report) {
    const auto found = std::ranges::find(errands_, observation.caller, &Errand::caller);
    const Errand errand = *found;
    errands_.erase(found);
    switch (observation.chore) {
      case Chore::maintain: judge_maintain(errand, ledger, report); break;
      case Chore::report: judge_report(errand, observation, report); break;
      case Chore::drain: judge_drain(errand, observation, ledger, report); break;
      default: break;
    }
  }

  void judge_maintain(const Errand& errand, const Ledger& ledger, const Report& report) const {
    const model::PoolConfig& pool = ledger.config();
    const auto left =
        std::ranges::count_if(errand.overdue, [&](SessionId each) { return ledger.is_open(each); });
    if (left > pool.min_idle) {
      report(model::LawId::tend,
             fmt::format("{} connections had been idle for more than {} and are still open after a "
                         "maintain; min_idle is {}",
                         left, model::to_string(*pool.idle_timeout), pool.min_idle));
    }
    // Which connections are dead the pool need not know.
    if (!probed_ || killed_) return;
    const int wanted = std::min(pool.min_idle, model::idle_limit(pool).value_or(pool.min_idle));
    if (ledger.open_sessions() >= wanted) return;
    report(model::LawId::tend, fmt::format("all is well, yet only {} connections are open after a "
                                           "maintain; min_idle is {}",
                                           ledger.open_sessions(), pool.min_idle));
  }

  static void judge_report(const Errand& errand, const Observation& observation,
                           const Report& report) {
    if (observation.held >= errand.leases.size() && observation.held <= errand.most) return;
    report(model::LawId::tend,
           fmt::format("the leak report tells of {} leases, but there are {}", observation.held,
                       observation.held < errand.leases.size()
                           ? fmt::format("{} at least", errand.leases.size())
                           : fmt::format("{} at most", errand.most)));
  }

  static void judge_drain(const Errand& errand, const Observation& observation,
                          const Ledger& ledger, const Report& report) {
    if (observation.outcome == Outcome::ok) {
      const auto& callers = ledger.callers();
      const auto who =
          std::ranges::find_if(callers, [](const Caller& each) { return has_lease(each.phase); });
      if (who == callers.end()) return;
      report(model::LawId::tend,
             fmt::format("a drain says that all is back, but {} has a lease",
                         ledger.name(static_cast<CallerId>(who - callers.begin()))));
    } else if (!errand.limit || observation.at < errand.since + *errand.limit) {
      report(model::LawId::tend, fmt::format("a drain gives up after {}",
                                             model::to_string(observation.at - errand.since)));
    }
  }

  // Time is about to pass, and nothing can run.
  void judge_drains(const Observation& observation, const Ledger& ledger, const Report& report) {
    for (const Errand& each : errands_) {
      if (each.chore != Chore::drain) continue;
      const bool is_late = each.limit && observation.at > each.since + *each.limit;
      const auto& callers = ledger.callers();
      const bool all_back = std::ranges::all_of(callers, [](const Caller& caller) {
        return caller.phase == Phase::outside || caller.phase == Phase::choring;
      });
      if (!is_late && (!all_back || ledger.under_way())) continue;
      report(model::LawId::tend, is_late ? "a drain sleeps beyond its deadline"
                                         : "a drain sleeps although every lease is back");
    }
  }

  // ---- back-off ----

  // At least three quarters of it, from when the connect that failed can have begun. Nobody knows
  // how another goes on that is under way; its success would end the pause.
  void note_failure(const Observation& observation, const Ledger& ledger) {
    const Duration pause = ledger.config().connect_backoff;
    if (observation.outcome != Outcome::connect_failed || pause == Duration::zero()) return;
    const OfCaller& caller = of(observation.caller);
    if (!caller.connecting || caller.beside_others) return;
    if (any_other_connects(observation.caller, ledger)) return;
    failed_ = observation.at;
    restful_until_ = ledger.caller(observation.caller).since + pause * 3 / 4;
  }

  static bool any_other_connects(CallerId who, const Ledger& ledger) {
    for (std::size_t i = 0; i < ledger.callers().size(); ++i) {
      const Phase phase = ledger.callers()[i].phase;
      if (static_cast<CallerId>(i) == who) continue;
      if (phase == Phase::choring || phase == Phase::sharing || phase == Phase::acquiring) {
        return true;
      }
    }
    return false;
  }

  void judge_pause(const Observation& observation, const Ledger& ledger,
                   const Report& report) const {
    if (observation.caller == kNobody || observation.at >= restful_until_) return;
    const Caller& caller = ledger.caller(observation.caller);
    if (caller.phase != Phase::acquiring || caller.since < failed_) return;
    report(model::LawId::tend,
           fmt::format("{} connects {} after a connect has failed; connect_backoff is {}",
                       ledger.name(observation.caller), model::to_string(observation.at - failed_),
                       model::to_string(ledger.config().connect_backoff)));
  }

  std::vector<OfCaller> callers_;
  std::vector<Time> idle_since_;   // by session; max: not known to be idle at all
  std::vector<CallerId> openers_;  // by session: for whom it was opened
  std::vector<Errand> errands_;
  Time failed_{};         // the last connect
  Time restful_until_{};  // none begins after that before this
  bool killed_ = false;   // the server has ended a session
  bool probed_ = false;   // every lease is back, and nothing goes wrong any more
};

}  // namespace

std::unique_ptr<Oracle> upkeep_oracle() { return std::make_unique<UpkeepOracle>(); }

}  // namespace poolproof::check
