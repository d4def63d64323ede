// When an acquire ends with nothing, and which events cannot happen: the specification by example.
#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

// ---- Waiting until the deadline ----

TEST_F(PoolModel, WaiterTimesOutAtItsDeadlineAndNotBefore) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen, 2s);
  EXPECT_THAT(time_is(2s - 1ns), IsEmpty());
  EXPECT_THAT(time_is(2s), ElementsAre(TimedOut{kBen}));
}

TEST_F(PoolModel, WaiterWithoutTimeoutWaitsForEver) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  EXPECT_THAT(happens(Advance{kNever - 1ns}), IsEmpty());
}

TEST_F(PoolModel, TimeoutPastTheEndOfTimeIsNone) {
  pool({.pool_size = 1, .max_overflow = 0});
  time_is(1s);
  lease_new(kAnn);
  acquire(kBen, Duration::max());
  EXPECT_EQ(state().waiters.front().deadline, kNever);
}

TEST_F(PoolModel, ZeroTimeoutTimesOutAtOnceIfThereIsNothingToHave) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  EXPECT_THAT(acquire(kBen, 0s), ElementsAre(TimedOut{kBen}));
}

TEST_F(PoolModel, ZeroTimeoutTakesAnIdleConnection) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  release(kAnn);
  EXPECT_THAT(acquire(kBen, 0s), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, TimedOutWaiterIsNoLongerInTheQueue) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen, 1s);
  acquire(kCat);
  time_is(1s);
  EXPECT_THAT(release(kAnn), ElementsAre(Granted{kCat, kFirst}));
}

// ---- Connecting until the deadline ----

TEST_F(PoolModel, ConnectIsAbandonedAtTheDeadlineOfItsCaller) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn, 2s);
  EXPECT_THAT(time_is(2s - 1ns), IsEmpty());
  EXPECT_THAT(time_is(2s), ElementsAre(AbandonConnect{kAnn}, TimedOut{kAnn}));
  EXPECT_EQ(slots(state()), 0u);
}

TEST_F(PoolModel, AbandonedReconnectReturnsItsSlotEmpty) {
  pool({.pool_size = 1, .max_overflow = 0});
  leave_empty_slot(kAnn);
  acquire(kAnn, 2s);
  time_is(2s);
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

TEST_F(PoolModel, ZeroTimeoutDoesNotWaitForOthersButForItsOwnConnectAsLongAsThePoolAllows) {
  pool({.pool_size = 1, .max_overflow = 0, .timeout = 5s});
  acquire(kAnn, 0s);
  EXPECT_THAT(acquire(kBen, 0s), ElementsAre(TimedOut{kBen}));
  EXPECT_THAT(time_is(5s - 1ns), IsEmpty());
  EXPECT_THAT(time_is(5s), ElementsAre(AbandonConnect{kAnn}, TimedOut{kAnn}));
}

TEST_F(PoolModel, PoolWithTimeoutZeroAllowsAConnectThirtySeconds) {
  pool({.pool_size = 1, .timeout = 0s});
  acquire(kAnn, 0s);
  EXPECT_EQ(state().preparing.front().deadline, Time{kConnectLimit});
}

TEST_F(PoolModel, OneDeadlineCoversWaitingAndConnecting) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  invalidate(kAnn);
  acquire(kBen, 3s);
  time_is(2s);
  EXPECT_THAT(release(kAnn), ElementsAre(OpenConnection{kBen}));
  EXPECT_THAT(time_is(3s), ElementsAre(AbandonConnect{kBen}, TimedOut{kBen}));
}

// ---- Several deadlines in one advance ----

TEST_F(PoolModel, AbandonedConnectServesTheNextWaiterAtThatInstant) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn, 2s);
  acquire(kBen, 9s);
  EXPECT_THAT(time_is(5s), ElementsAre(AbandonConnect{kAnn}, TimedOut{kAnn}, OpenConnection{kBen}));
  EXPECT_EQ(state().preparing.front().began, Time{2s});
  EXPECT_EQ(state().now, Time{5s});
}

TEST_F(PoolModel, SlotHandedOnAtADeadlineMayExpireAgainInTheSameAdvance) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn, 2s);
  acquire(kBen, 3s);
  EXPECT_THAT(time_is(5s), ElementsAre(AbandonConnect{kAnn}, TimedOut{kAnn}, OpenConnection{kBen},
                                       AbandonConnect{kBen}, TimedOut{kBen}));
}

TEST_F(PoolModel, DeadlinesExpireInOrderOfTime) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen, 3s);
  acquire(kCat, 1s);
  acquire(kDan, 2s);
  EXPECT_THAT(time_is(3s), ElementsAre(TimedOut{kCat}, TimedOut{kDan}, TimedOut{kBen}));
}

TEST_F(PoolModel, EqualDeadlinesExpireInOrderOfArrival) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kCat, 2s);
  acquire(kAnn, 2s);
  acquire(kBen, 2s);
  EXPECT_THAT(time_is(2s), ElementsAre(AbandonConnect{kCat}, TimedOut{kCat}, OpenConnection{kAnn},
                                       AbandonConnect{kAnn}, TimedOut{kAnn}, OpenConnection{kBen},
                                       AbandonConnect{kBen}, TimedOut{kBen}));
}

// ---- Events that cannot happen ----

TEST_F(PoolModel, CallerAsksForOneThingAtATime) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn);
  EXPECT_THAT(illegal(config(), state(), Acquire{kAnn, {}}),
              Optional(std::string("caller 1 is connecting already")));
  connected(kAnn);
  EXPECT_THAT(illegal(config(), state(), Acquire{kAnn, {}}),
              Optional(std::string("caller 1 has a lease already")));
  acquire(kBen);
  EXPECT_THAT(illegal(config(), state(), Acquire{kBen, {}}),
              Optional(std::string("caller 2 waits already")));
}

TEST_F(PoolModel, OnlyALeaseIsReleasedOrInvalidated) {
  pool({.pool_size = 1});
  const std::string reason = "caller 1 has no lease";
  EXPECT_THAT(illegal(config(), state(), Release{kAnn}), Optional(reason));
  EXPECT_THAT(illegal(config(), state(), Invalidate{kAnn}), Optional(reason));
}

TEST_F(PoolModel, OnlyAConnectUnderWayEnds) {
  pool({.pool_size = 1});
  acquire(kAnn, 1s);
  time_is(1s);
  const std::string reason = "caller 1 is not connecting";
  EXPECT_THAT(illegal(config(), state(), Connected{kAnn}), Optional(reason));
  EXPECT_THAT(illegal(config(), state(), ConnectFailed{kAnn}), Optional(reason));
}

TEST_F(PoolModel, TimeNeitherGoesBackNorReachesItsEnd) {
  pool({.pool_size = 1});
  time_is(2s);
  EXPECT_THAT(illegal(config(), state(), Advance{Time{1s}}),
              Optional(std::string("time would go back from 2s to 1s")));
  EXPECT_THAT(illegal(config(), state(), Advance{kNever}),
              Optional(std::string("time would reach its end")));
}

TEST_F(PoolModel, NegativeTimeoutCannotBeAskedFor) {
  pool({.pool_size = 1});
  EXPECT_THAT(illegal(config(), state(), Acquire{kAnn, -1s}),
              Optional(std::string("the timeout -1s is negative")));
}

using PoolModelDeathTest = PoolModel;

TEST_F(PoolModelDeathTest, IllegalEventAborts) {
  pool({.pool_size = 1});
  EXPECT_DEATH(release(kAnn), "misused: caller 1 has no lease");
}

TEST_F(PoolModelDeathTest, PoolWithAProblemAborts) {
  EXPECT_DEATH(pool({.pool_size = -1}), "misused: pool_size is -1");
}

TEST_F(PoolModel, StateReadsAsOneLine) {
  pool({.pool_size = 2, .max_overflow = 0});
  lease_new(kAnn);
  leave_empty_slot(kBen);
  acquire(kBen, 2s);
  acquire(kCat);
  EXPECT_EQ(to_string(state()),
            "at 0s; out: caller 1 with connection 1 born 0s; connecting: caller 2 until 2s; "
            "waiting: caller 3 until never");
  time_is(2s);
  connect_failed(kCat);
  EXPECT_EQ(to_string(state()), "at 2s; idle: empty; out: caller 1 with connection 1 born 0s");
}

}  // namespace
}  // namespace poolproof::model
