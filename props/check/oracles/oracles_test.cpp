// What an oracle makes of a history that is written down here, without a pool or a machine: when it
// speaks, and when it must not. Those that ask the scheduler who sleeps are tested by pools that
// break their laws, in broken_pools_test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using model::LawId;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Observation::Kind;

constexpr CallerId kAnn{0};
constexpr CallerId kBen{1};
constexpr SessionId kFirst{1};
constexpr SessionId kSecond{2};

// One oracle, and what happens before its eyes; `now_` is the time.
class Court : public testing::Test {
 protected:
  explicit Court(std::unique_ptr<Oracle> oracle) : oracle_(std::move(oracle)) { pool({}); }

  void pool(const model::PoolConfig& config) { ledger_.begin(config, 2); }

  void see(Observation observation) {
    observation.at = Time(now_);
    ledger_.see(observation);
    oracle_->see(observation, ledger_,
                 [this](LawId law, const std::string&) { broken_.push_back(law); });
  }
  // Nothing can run until then.
  void pass(Duration duration) {
    see({.kind = Kind::quiet, .until = Time(now_ + duration)});
    now_ += duration;
  }
  // The same time passes while somebody could run.
  void race(Duration duration) { now_ += duration; }

  void acquire(CallerId caller, Duration limit = 50ms) {
    see({.kind = Kind::acquire_called, .caller = caller, .limit = limit});
  }
  void end_acquire(CallerId caller, Outcome outcome) {
    see({.kind = Kind::acquire_returned, .caller = caller, .outcome = outcome});
  }
  void lease(CallerId caller) {
    acquire(caller);
    end_acquire(caller, Outcome::ok);
  }
  void query(CallerId caller, SessionId session) {
    see({.kind = Kind::query_called, .caller = caller});
    see({.kind = Kind::used, .caller = caller, .session = session});
    see({.kind = Kind::statement, .caller = caller, .session = session});
    see({.kind = Kind::query_returned, .caller = caller});
  }
  void release(CallerId caller) {
    see({.kind = Kind::release_called, .caller = caller});
    see({.kind = Kind::release_returned, .caller = caller});
  }
  void open(SessionId session) {
    see({.kind = Kind::session_opened, .session = session});
    see({.kind = Kind::session_started, .session = session});
  }
  void end(SessionId session) { see({.kind = Kind::session_ended, .session = session}); }

  world::Scheduler scheduler_;
  Ledger ledger_{scheduler_};
  std::unique_ptr<Oracle> oracle_;
  Duration now_{};
  std::vector<LawId> broken_;
};

// ---- CAP ----

struct Capacity : Court {
  Capacity() : Court(capacity_oracle()) { pool({.pool_size = 1, .max_overflow = 0}); }
};

TEST_F(Capacity, MayBeReachedAndNotPassed) {
  open(kFirst);
  EXPECT_THAT(broken_, IsEmpty());
  open(kSecond);
  EXPECT_THAT(broken_, ElementsAre(LawId::cap));
}

TEST_F(Capacity, IsFreeAgainWhenASessionHasEnded) {
  open(kFirst);
  end(kFirst);
  open(kSecond);
  EXPECT_THAT(broken_, IsEmpty());
}

// ---- DUP ----

struct Exclusivity : Court {
  Exclusivity() : Court(exclusivity_oracle()) {}
};

TEST_F(Exclusivity, IsBrokenByWhoeverUsesTheSessionOfAnotherLease) {
  open(kFirst);
  lease(kAnn);
  query(kAnn, kFirst);
  query(kAnn, kFirst);
  EXPECT_THAT(broken_, IsEmpty());
  lease(kBen);
  query(kBen, kFirst);
  EXPECT_THAT(broken_, ElementsAre(LawId::dup));
}

TEST_F(Exclusivity, EndsWithTheLease) {
  open(kFirst);
  lease(kAnn);
  query(kAnn, kFirst);
  release(kAnn);
  lease(kBen);
  query(kBen, kFirst);
  EXPECT_THAT(broken_, IsEmpty());
}

// ---- LEAK ----

class Accounting : public Court {
 protected:
  Accounting() : Court(accounting_oracle()) {}

  void ask() {
    see({.kind = Kind::returned});
    probe_ = ledger_.add_caller({});
    acquire(probe_, 10min);
  }
  void end_probe(Outcome outcome) {
    end_acquire(probe_, outcome);
    see({.kind = Kind::probe_failed, .caller = probe_});
  }

  CallerId probe_{};
};

TEST_F(Accounting, MissesWhatTheProbeHasWaitedForInVain) {
  ask();
  pass(10min);
  end_probe(Outcome::timeout);
  EXPECT_THAT(broken_, ElementsAre(LawId::leak));
}

TEST_F(Accounting, MissesWhatTheProbeIsRefused) {
  ask();
  end_probe(Outcome::connect_failed);
  EXPECT_THAT(broken_, ElementsAre(LawId::leak));
}

TEST_F(Accounting, DoesNotBlameThePoolForAProbeThatIsASlowThread) {
  ask();
  race(15min);
  end_probe(Outcome::timeout);
  EXPECT_THAT(broken_, IsEmpty());
}

// ---- EARLY, LATE ----

struct DeadlineCourt : Court {
  DeadlineCourt() : Court(deadline_oracle()) {}
};

TEST_F(DeadlineCourt, LetsATimeoutComeAtTheDeadlineAndNotBefore) {
  acquire(kAnn, 50ms);
  pass(50ms);
  end_acquire(kAnn, Outcome::timeout);
  EXPECT_THAT(broken_, IsEmpty());
  acquire(kAnn, 50ms);
  pass(49ms);
  end_acquire(kAnn, Outcome::timeout);
  EXPECT_THAT(broken_, ElementsAre(LawId::early));
}

TEST_F(DeadlineCourt, IsLateForWhoeverIsHeldUpBeyondIt) {
  acquire(kAnn, 50ms);
  pass(50ms);
  EXPECT_THAT(broken_, IsEmpty());
  pass(1ms);
  EXPECT_THAT(broken_, ElementsAre(LawId::late));
}

TEST_F(DeadlineCourt, IsNotLateForASlowThread) {
  acquire(kAnn, 50ms);
  race(100ms);
  end_acquire(kAnn, Outcome::ok);
  EXPECT_THAT(broken_, IsEmpty());
}

// ---- SPUR ----

struct Exhaustion : Court {
  Exhaustion() : Court(exhaustion_oracle()) { pool({.pool_size = 1, .max_overflow = 0}); }

  // What Ben gives back lies there before Ann's deadline; she runs when that has come.
  void wake_ann_in_time_who_is_slow() {
    acquire(kAnn, 50ms);
    pass(20ms);
    release(kBen);
    race(30ms);
    end_acquire(kAnn, Outcome::timeout);
  }
};

TEST_F(Exhaustion, ExcusesATimeoutWhileAnotherHasAll) {
  lease(kBen);
  acquire(kAnn, 50ms);
  pass(50ms);
  end_acquire(kAnn, Outcome::timeout);
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Exhaustion, ExcusesNoTimeoutIfNobodyHadAnything) {
  acquire(kAnn, 50ms);
  pass(50ms);
  end_acquire(kAnn, Outcome::timeout);
  EXPECT_THAT(broken_, ElementsAre(LawId::spur));
}

TEST_F(Exhaustion, ExcusesNoTimeoutByWhatWasLongBeforeTheDeadline) {
  lease(kBen);
  acquire(kAnn, 50ms);
  pass(20ms);
  release(kBen);
  pass(30ms);
  end_acquire(kAnn, Outcome::timeout);
  EXPECT_THAT(broken_, ElementsAre(LawId::spur));
}

TEST_F(Exhaustion, ExcusesWhoeverWasToldInTimeAndIsASlowThread) {
  lease(kBen);
  wake_ann_in_time_who_is_slow();
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Exhaustion, DoesNotExcuseASlowThreadForWhomAnOpenConnectionLiesThere) {
  open(kFirst);
  lease(kBen);
  wake_ann_in_time_who_is_slow();
  EXPECT_THAT(broken_, ElementsAre(LawId::spur));
}

TEST_F(Exhaustion, ExcusesASlowThreadIfTheConnectionCameBackAtTheDeadline) {
  open(kFirst);
  lease(kBen);
  acquire(kAnn, 50ms);
  race(50ms);
  release(kBen);
  race(10ms);
  end_acquire(kAnn, Outcome::timeout);
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Exhaustion, LeavesATimeoutBeforeItsDeadlineToEarly) {
  open(kFirst);
  lease(kBen);
  acquire(kAnn, 50ms);
  release(kBen);
  end_acquire(kAnn, Outcome::timeout);
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Exhaustion, ExcusesASlowThreadWhoWouldHaveToPing) {
  pool({.pool_size = 1, .max_overflow = 0, .pre_ping = true});
  open(kFirst);
  lease(kBen);
  wake_ann_in_time_who_is_slow();
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Exhaustion, DoesNotExcuseASlowThreadByARetirementThatIsLongOver) {
  open(kFirst);
  see({.kind = Kind::chore_called, .caller = kBen, .chore = scenario::Chore::dispose});
  end(kFirst);
  see({.kind = Kind::chore_returned, .caller = kBen, .chore = scenario::Chore::dispose});
  acquire(kBen);
  see({.kind = Kind::session_opened, .caller = kBen, .session = kSecond});
  see({.kind = Kind::session_started, .caller = kBen, .session = kSecond});
  end_acquire(kBen, Outcome::ok);
  wake_ann_in_time_who_is_slow();
  EXPECT_THAT(broken_, ElementsAre(LawId::spur));
}

TEST_F(Exhaustion, ExcusesASlowThreadForWhomOnlyARetiredConnectionLiesThere) {
  open(kFirst);
  lease(kBen);
  query(kBen, kFirst);
  see({.kind = Kind::remark_called, .caller = kBen, .remark = scenario::Remark::invalidate_softly});
  see({.kind = Kind::remark_returned,
       .caller = kBen,
       .remark = scenario::Remark::invalidate_softly});
  wake_ann_in_time_who_is_slow();
  EXPECT_THAT(broken_, IsEmpty());
}

// ---- AGE, DEAD, CLEAN, LIFE ----

struct Sessions : Court {
  Sessions() : Court(session_oracle()) {}
};

TEST_F(Sessions, AreNotLeasedWhenOlderThanRecycle) {
  pool({.recycle = 20ms});
  open(kFirst);
  pass(20ms);
  lease(kAnn);
  query(kAnn, kFirst);
  EXPECT_THAT(broken_, IsEmpty()) << "as old as recycle is not too old";
  release(kAnn);
  pass(1ms);
  lease(kBen);
  query(kBen, kFirst);
  EXPECT_THAT(broken_, ElementsAre(LawId::age));
}

TEST_F(Sessions, AreAsOldAsTheyWereWhenTheCallerAsked) {
  pool({.recycle = 20ms});
  open(kFirst);
  acquire(kAnn);
  pass(21ms);
  end_acquire(kAnn, Outcome::ok);
  query(kAnn, kFirst);
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Sessions, ThatHadEndedBeforeTheCallerAskedAreNotLeasedByAPoolThatPings) {
  pool({.pre_ping = true});
  open(kFirst);
  end(kFirst);
  lease(kAnn);
  see({.kind = Kind::query_called, .caller = kAnn});
  see({.kind = Kind::used, .caller = kAnn, .session = kFirst});
  EXPECT_THAT(broken_, ElementsAre(LawId::dead));
}

TEST_F(Sessions, MayEndBetweenThePingAndTheLease) {
  pool({.pre_ping = true});
  open(kFirst);
  acquire(kAnn);
  end(kFirst);
  end_acquire(kAnn, Outcome::ok);
  see({.kind = Kind::query_called, .caller = kAnn});
  see({.kind = Kind::used, .caller = kAnn, .session = kFirst});
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Sessions, MayBeDeadInAPoolThatDoesNotPing) {
  open(kFirst);
  end(kFirst);
  lease(kAnn);
  see({.kind = Kind::query_called, .caller = kAnn});
  see({.kind = Kind::used, .caller = kAnn, .session = kFirst});
  see({.kind = Kind::query_returned, .caller = kAnn, .outcome = Outcome::failed});
  EXPECT_THAT(broken_, IsEmpty());
}

TEST_F(Sessions, WhoseEndHadBeenReadAreKnownByAQueryThatSendsNothing) {
  pool({.pre_ping = true});
  lease(kAnn);
  see({.kind = Kind::query_called, .caller = kAnn});
  see({.kind = Kind::query_returned, .caller = kAnn, .outcome = Outcome::failed});
  EXPECT_THAT(broken_, ElementsAre(LawId::dead));
}

TEST_F(Sessions, BeginALeaseOutsideOfAnyTransaction) {
  open(kFirst);
  lease(kAnn);
  see({.kind = Kind::query_called, .caller = kAnn});
  see({.kind = Kind::statement,
       .caller = kAnn,
       .session = kFirst,
       .state = {.transaction = TransactionStatus::in_transaction}});
  EXPECT_THAT(broken_, ElementsAre(LawId::clean));
}

TEST_F(Sessions, AreAllGoneWhenThePoolIsDestroyed) {
  open(kFirst);
  end(kFirst);
  see({.kind = Kind::destroyed});
  EXPECT_THAT(broken_, IsEmpty());
  open(kSecond);
  see({.kind = Kind::destroyed});
  EXPECT_THAT(broken_, ElementsAre(LawId::life));
}

TEST_F(Sessions, AreNotLeasedToWhoAsksAfterAnotherWasToldThatThePoolIsClosed) {
  acquire(kAnn);
  acquire(kBen);
  see({.kind = Kind::chore_called, .caller = kNobody, .chore = scenario::Chore::close});
  end_acquire(kAnn, Outcome::closed);
  end_acquire(kBen, Outcome::ok);
  EXPECT_THAT(broken_, IsEmpty());
  lease(kAnn);
  EXPECT_THAT(broken_, ElementsAre(LawId::life));
}

// ---- CXL ----

struct Cancels : Court {
  Cancels() : Court(cancelling_oracle()) {}
};

TEST_F(Cancels, HitTheLeaseThatAskedForThemAndNoOther) {
  constexpr SessionId request{3};
  open(kFirst);
  see({.kind = Kind::session_opened, .session = request});
  lease(kAnn);
  query(kAnn, kFirst);
  see({.kind = Kind::cancel_requested, .caller = kAnn, .asking = request});
  see({.kind = Kind::cancel_hit, .session = kFirst, .asking = request});
  EXPECT_THAT(broken_, IsEmpty());
  release(kAnn);
  lease(kBen);
  query(kBen, kFirst);
  see({.kind = Kind::cancel_hit, .session = kFirst, .asking = request});
  EXPECT_THAT(broken_, ElementsAre(LawId::cxl));
}

}  // namespace
}  // namespace poolproof::check
