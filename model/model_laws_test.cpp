// Every law can be broken: it is shown a true step, then the same step with one lie in it.
#include <gtest/gtest.h>

#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;

bool holds(LawId law, const Transition& transition) {
  return std::ranges::find(model_laws(), law, &Law::id)->holds(transition);
}

class ModelLaws : public PoolModel {
 protected:
  // The step that `event` would be now; the pool stays as it is.
  Transition if_happens(const Event& event, const Failures& failures = {}) const {
    return {config(), state(), event, step(config(), state(), event, failures), failures};
  }
};

// ---- CAP ----

TEST_F(ModelLaws, CapIsBrokenByASlotTooMany) {
  pool({.pool_size = 1, .max_overflow = 0});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::cap, lie));
  lie.step.after.preparing.push_back({kBen, Time{1s}, Slot{}, Time{0s}, SlotOrigin::fresh});
  EXPECT_FALSE(holds(LawId::cap, lie));
}

TEST_F(ModelLaws, CapIsBrokenByAnIdleConnectionTooMany) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  leave_idle(kBen);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::cap, lie));
  lie.step = {lie.before, {}};
  lie.step.after.out.clear();
  lie.step.after.idle.push_back(lie.before.out.at(kAnn));
  EXPECT_FALSE(holds(LawId::cap, lie));
}

TEST_F(ModelLaws, CapIsBrokenByAConnectBeforeTheCloseThatMakesRoomForIt) {
  pool({.pool_size = 1, .max_overflow = 0, .recycle = 0s});
  leave_idle(kAnn);
  time_is(1s);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::cap, lie));
  std::ranges::reverse(lie.step.answers);
  EXPECT_FALSE(holds(LawId::cap, lie));
}

// ---- DUP ----

TEST_F(ModelLaws, DupIsBrokenByAConnectionThatIsLeasedAndStillIdle) {
  pool({.pool_size = 2});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kBen, 1s});
  EXPECT_TRUE(holds(LawId::dup, lie));
  lie.step.after.idle = lie.before.idle;
  EXPECT_FALSE(holds(LawId::dup, lie));
}

TEST_F(ModelLaws, DupIsBrokenByAGrantOfTheConnectionOfAnother) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Connected{kBen});
  EXPECT_TRUE(holds(LawId::dup, lie));
  lie.step.answers = {Granted{kBen, kFirst}};
  EXPECT_FALSE(holds(LawId::dup, lie));
}

// ---- LEAK ----

TEST_F(ModelLaws, LeakIsBrokenByAConnectionThatIsDroppedAndNotClosed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::leak, lie));
  lie.step.after.idle.clear();
  EXPECT_FALSE(holds(LawId::leak, lie));
}

TEST_F(ModelLaws, LeakIsBrokenByASlotHeldAfterAFailedConnect) {
  pool({.pool_size = 1});
  acquire(kAnn);
  Transition lie = if_happens(ConnectFailed{kAnn});
  EXPECT_TRUE(holds(LawId::leak, lie));
  lie.step.after.out[kAnn] = Slot{};
  EXPECT_FALSE(holds(LawId::leak, lie));
}

// ---- WAKE ----

TEST_F(ModelLaws, WakeIsBrokenByAFailedConnectThatTellsNobody) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn);
  acquire(kBen);
  Transition lie = if_happens(ConnectFailed{kAnn});
  EXPECT_TRUE(holds(LawId::wake, lie));
  lie.step = {lie.before, {ConnectionError{kAnn}}};
  lie.step.after.preparing.clear();
  EXPECT_FALSE(holds(LawId::wake, lie));
}

TEST_F(ModelLaws, WakeIsBrokenByAReturnThatTellsNobody) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::wake, lie));
  lie.step = {lie.before, {}};
  lie.step.after.idle.push_back(lie.before.out.at(kAnn));
  lie.step.after.out.clear();
  EXPECT_FALSE(holds(LawId::wake, lie));
}

// ---- EARLY and LATE ----

TEST_F(ModelLaws, EarlyIsBrokenByATimeoutBeforeTheDeadline) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen, 2s);
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::early, lie));
  lie.step.after.now = Time{1s};
  EXPECT_FALSE(holds(LawId::early, lie));
}

TEST_F(ModelLaws, EarlyIsBrokenByATimeoutOfOneWhoDoesNotAsk) {
  pool({.pool_size = 1});
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::early, lie));
  lie.step.answers = {TimedOut{kAnn}};
  EXPECT_FALSE(holds(LawId::early, lie));
}

TEST_F(ModelLaws, LateIsBrokenByAWaiterWhoOutlivesTheDeadline) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen, 2s);
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::late, lie));
  lie.step.after.waiters = lie.before.waiters;
  EXPECT_FALSE(holds(LawId::late, lie));
}

TEST_F(ModelLaws, LateIsBrokenByAConnectThatOutlivesTheDeadline) {
  pool({.pool_size = 1});
  acquire(kAnn, 2s);
  Transition lie = if_happens(Advance{Time{2s}});
  EXPECT_TRUE(holds(LawId::late, lie));
  lie.step.after.preparing = lie.before.preparing;
  EXPECT_FALSE(holds(LawId::late, lie));
}

TEST_F(ModelLaws, LateIsBrokenByADeadlineThatStartsAnewWithTheConnect) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  invalidate(kAnn);
  acquire(kBen, 2s);
  time_is(1s);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::late, lie));
  lie.step.after.preparing.front().deadline = Time{3s};
  EXPECT_FALSE(holds(LawId::late, lie));
}

// ---- FAIR ----

TEST_F(ModelLaws, FairIsBrokenByAGrantToTheSecondInTheQueue) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  acquire(kCat);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::fair, lie));
  lie.step.answers = {Granted{kCat, kFirst}};
  lie.step.after.waiters = {lie.before.waiters.front()};
  EXPECT_FALSE(holds(LawId::fair, lie));
}

TEST_F(ModelLaws, FairIsBrokenByANewcomerWhoOvertakes) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Acquire{kCat, 1s});
  EXPECT_TRUE(holds(LawId::fair, lie));
  lie.step = {lie.before, {OpenConnection{kCat}}};
  EXPECT_FALSE(holds(LawId::fair, lie));
}

TEST_F(ModelLaws, FairIsBrokenByAQueueThatChangesItsOrder) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  Transition lie = if_happens(Acquire{kCat, 1s});
  EXPECT_TRUE(holds(LawId::fair, lie));
  std::ranges::reverse(lie.step.after.waiters);
  EXPECT_FALSE(holds(LawId::fair, lie));
}

// ---- AGE ----

TEST_F(ModelLaws, AgeIsBrokenByAGrantOfAConnectionOlderThanRecycle) {
  pool({.pool_size = 1, .recycle = 10s});
  leave_idle(kAnn);
  time_is(10s);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.config.recycle = 9s;
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByAGrantOfAConnectionThatWasClosed) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.before.idle.front() = Slot{};
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByAReplacementWithoutCause) {
  pool({.pool_size = 1, .recycle = 10s});
  leave_idle(kAnn);
  time_is(11s);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.config.recycle = 11s;
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByACloseOfWhatTheIdleHaveRoomFor) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  leave_idle(kBen);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.config.pool_size = 2;
  EXPECT_FALSE(holds(LawId::age, lie));
}

TEST_F(ModelLaws, AgeIsBrokenByAGrantOfARetiredConnection) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::age, lie));
  lie.before.idle.front().connection->retired = true;
  EXPECT_FALSE(holds(LawId::age, lie));
}

// ---- FAIR with patience ----

TEST_F(ModelLaws, FairIsBrokenByOneWhoOvertakesAWaiterAtTheEndOfItsPatience) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 2s});
  lease_new(kAnn);
  acquire(kBen);
  release(kAnn);
  Transition lie = if_happens(Acquire{kCat, 1s});
  EXPECT_TRUE(holds(LawId::fair, lie));
  lie.before.waiters.front().since -= 2s;
  EXPECT_FALSE(holds(LawId::fair, lie));
}

// ---- DEAD ----

TEST_F(ModelLaws, DeadIsBrokenByALeaseOfWhatWasNotPinged) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::dead, lie));
  lie.config.pre_ping = true;
  EXPECT_FALSE(holds(LawId::dead, lie));
}

// ---- CLEAN ----

TEST_F(ModelLaws, CleanIsBrokenByAReturnWithoutAReset) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::clean, lie));
  std::erase(lie.step.answers, Answer(ResetConnection{kFirst}));
  EXPECT_FALSE(holds(LawId::clean, lie));
}

TEST_F(ModelLaws, CleanIsBrokenByAConnectionThatIsKeptAfterAFailedReset) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn});
  lie.failures.reset = true;
  EXPECT_FALSE(holds(LawId::clean, lie));
}

// ---- LIFE ----

TEST_F(ModelLaws, LifeIsBrokenByAnAcquireFromAClosedPool) {
  pool({.pool_size = 1});
  Transition lie = if_happens(Acquire{kAnn, 1s});
  EXPECT_TRUE(holds(LawId::life, lie));
  lie.before.closed = lie.step.after.closed = true;
  EXPECT_FALSE(holds(LawId::life, lie));
}

TEST_F(ModelLaws, LifeIsBrokenByAConnectionThatAClosedPoolKeeps) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  happens(Close{});
  Transition lie = if_happens(Release{kAnn});
  EXPECT_TRUE(holds(LawId::life, lie));
  lie.step.after.idle.push_back(lie.before.out.at(kAnn));
  EXPECT_FALSE(holds(LawId::life, lie));
}

// ---- HOOK ----

// What QueuePool does when a connect listener throws.
TEST_F(ModelLaws, HookIsBrokenByAConnectionThatNobodyCloses) {
  pool({.pool_size = 1});
  acquire(kAnn);
  Transition lie = if_happens(Connected{kAnn}, {.hooks = {Hook::connect}});
  EXPECT_TRUE(holds(LawId::hook, lie));
  std::erase(lie.step.answers, Answer(CloseConnection{kFirst}));
  EXPECT_FALSE(holds(LawId::hook, lie));
  EXPECT_TRUE(holds(LawId::leak, lie));
}

TEST_F(ModelLaws, HookIsBrokenByALeaseThatAThrowingCheckinLeavesOut) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  Transition lie = if_happens(Release{kAnn}, {.hooks = {Hook::checkin}});
  EXPECT_TRUE(holds(LawId::hook, lie));
  lie.step.after = lie.before;
  EXPECT_FALSE(holds(LawId::hook, lie));
}

}  // namespace
}  // namespace poolproof::model
