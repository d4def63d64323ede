// QueuePool by example: in which order it calls hooks and driver, and who sleeps beside free room.
// What happens when something fails is in queue_pool_failures_test.cpp.
#include <chrono>

#include "model/queue_pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;

// ---- The order of hooks ----

TEST_F(QueuePool, FirstConnectHookComesBeforeTheConnectHookAndOnlyOnce) {
  pool({.pool_size = 2});
  EXPECT_EQ(acquire(kAnn), "CONNECT");
  EXPECT_EQ(connected(kAnn), "first_connect(1) connect(1) checkout(1) granted(1)");
  EXPECT_EQ(acquire(kBen), "CONNECT");
  EXPECT_EQ(connected(kBen), "connect(2) checkout(2) granted(2)");
}

TEST_F(QueuePool, ReturnedConnectionIsResetAndThenCheckedIn) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) checkin(1)");
  EXPECT_EQ(acquire(kBen), "checkout(1) granted(1)");
}

TEST_F(QueuePool, ResetHookIsCalledEvenIfNothingIsReset) {
  pool({.pool_size = 1, .reset_on_return = ResetOnReturn::none});
  lease_new(kAnn);
  EXPECT_EQ(release(kAnn), "reset(1) checkin(1)");
}

TEST_F(QueuePool, OverflowIsCheckedInBeforeItIsDiscarded) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  lease_new(kBen);
  release(kAnn);
  EXPECT_EQ(release(kBen), "reset(2) RESET(2) checkin(2) close(2) CLOSE(2)");
}

TEST_F(QueuePool, HardInvalidationEndsTheLeaseAndChecksInAnEmptyRecord) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_EQ(invalidate(kAnn), "invalidate(1) close(1) CLOSE(1) checkin(-)");
  EXPECT_TRUE(state().out.empty());
  EXPECT_EQ(acquire(kBen), "CONNECT");
  EXPECT_EQ(connected(kBen), "connect(2) checkout(2) granted(2)");
}

TEST_F(QueuePool, SoftInvalidationReplacesTheConnectionAtTheNextCheckout) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  time_is(1s);
  EXPECT_EQ(invalidate(kAnn, Invalidation::soft), "soft_invalidate(1)");
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) checkin(1)");
  EXPECT_EQ(acquire(kBen), "close(1) CLOSE(1) CONNECT");
}

TEST_F(QueuePool, TooOldAConnectionIsReplacedWithoutAnInvalidateHook) {
  pool({.pool_size = 1, .recycle = 1s});
  leave_idle(kAnn);
  time_is(1s);
  EXPECT_EQ(acquire(kBen), "checkout(1) granted(1)");
  release(kBen);
  time_is(2s);
  EXPECT_EQ(acquire(kBen), "close(1) CLOSE(1) CONNECT");
}

TEST_F(QueuePool, ConnectionWhoseConnectTookTooLongIsReplacedBeforeAnybodyHasHadIt) {
  pool({.pool_size = 1, .recycle = 0s});
  acquire(kAnn);
  time_is(1s);
  EXPECT_EQ(connected(kAnn), "first_connect(1) connect(1) close(1) CLOSE(1) CONNECT");
  time_is(2s);
  EXPECT_EQ(connected(kAnn), "connect(2) checkout(2) granted(2)") << "it looks only once";
}

TEST_F(QueuePool, OneFailedPingRetiresAllThatAreAsOld) {
  pool({.pool_size = 2, .pre_ping = true});
  lease_new(kAnn);
  lease_new(kBen);
  release(kAnn);
  release(kBen);
  time_is(1s);
  EXPECT_EQ(acquire(kAnn), "PING(1)");
  EXPECT_EQ(ping_failed(kAnn), "invalidate(1) close(1) CLOSE(1) CONNECT");
  EXPECT_EQ(connected(kAnn), "connect(3) checkout(3) granted(3)");
  EXPECT_EQ(acquire(kBen), "close(2) CLOSE(2) CONNECT") << "without a ping";
}

TEST_F(QueuePool, DetachedConnectionIsResetAndClosedByWhoeverDetachedIt) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_EQ(detach(kAnn), "detach(1)");
  EXPECT_EQ(status().idle, 1);
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) close_detached(1) CLOSE(1)");
}

TEST_F(QueuePool, DisposeClosesWhatIsIdleAndForgetsWhatIsOut) {
  pool({.pool_size = 2, .max_overflow = 0});
  lease_new(kAnn);
  leave_idle(kBen);
  EXPECT_EQ(dispose(), "close(2) CLOSE(2)");
  EXPECT_EQ(status().overflow, -2);
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) checkin(1)");
  EXPECT_EQ(status().checked_out, -1);
}

// ---- Generations ----

TEST_F(QueuePool, GenerationIsStampedOnceByWhoeverFindsItBrokenFirst) {
  pool({.pool_size = 3});
  lease_new(kAnn);
  lease_new(kBen);
  time_is(1s);
  EXPECT_EQ(invalidate(kAnn, Invalidation::generation),
            "invalidate(1) close(1) CLOSE(1) checkin(-)");
  leave_idle(kCat);
  time_is(2s);
  invalidate(kBen, Invalidation::generation);
  EXPECT_EQ(state().invalidated, Time{1s}) << "connection 2 is older than the stamp";
}

TEST_F(QueuePool, InvalidationAtTheInstantOfTheConnectRetiresNobodyNowOrLater) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  lease_new(kBen);
  invalidate(kAnn, Invalidation::generation);
  time_is(1s);
  invalidate(kBen, Invalidation::generation);
  EXPECT_EQ(state().invalidated, Time{}) << "connection 2 is as old as the stamp";
}

TEST_F(QueuePool, SoftInvalidationAtTheInstantOfTheConnectIsForgotten) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  invalidate(kAnn, Invalidation::soft);
  release(kAnn);
  EXPECT_EQ(acquire(kBen), "checkout(1) granted(1)");
}

TEST_F(QueuePool, ConnectUnderWayIsOfTheGenerationInWhichItBegan) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  acquire(kBen);
  time_is(1s);
  invalidate(kAnn, Invalidation::generation);
  EXPECT_EQ(connected(kBen), "connect(2) close(2) CLOSE(2) CONNECT");
}

// ---- Waiting ----

TEST_F(QueuePool, WaiterTakesWhatIsReturnedWhenItsThreadRuns) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  EXPECT_EQ(acquire(kBen), "");
  release(kAnn);
  EXPECT_EQ(wake(kBen), "checkout(1) granted(1)");
}

TEST_F(QueuePool, NewcomerRobsTheNotifiedWaiterWhoThenWaitsBehindEverybody) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  acquire(kCat);
  release(kAnn);
  EXPECT_EQ(acquire(kDan), "checkout(1) granted(1)");
  EXPECT_EQ(wake(kBen), "");
  EXPECT_EQ(state().waiters.front().caller, kCat);
  EXPECT_EQ(state().waiters.back().caller, kBen);
}

TEST_F(QueuePool, NobodyTimesOutBeforeItsThreadRuns) {
  pool({.pool_size = 1, .max_overflow = 0, .timeout = 1s});
  lease_new(kAnn);
  acquire(kBen);
  time_is(5s);
  EXPECT_EQ(wake(kBen), "timed_out");
}

TEST_F(QueuePool, TimeoutIsNoLimitToAConnect) {
  pool({.pool_size = 1, .timeout = 1s});
  acquire(kAnn);
  time_is(5s);
  EXPECT_EQ(connected(kAnn), "first_connect(1) connect(1) checkout(1) granted(1)");
}

TEST_F(QueuePool, PoolWithoutAnyCapacityTimesOutAtOnceWithTimeoutZero) {
  pool({.pool_size = 0, .max_overflow = 0, .timeout = 0s});
  EXPECT_EQ(acquire(kAnn), "timed_out");
}

// ---- Lost wake-ups ----

TEST_F(QueuePool, R1DiscardedOverflowIsRoomOfWhichNobodyIsTold) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  lease_new(kBen);
  acquire(kCat);
  acquire(kDan);
  release(kAnn);
  EXPECT_EQ(release(kBen), "reset(2) RESET(2) checkin(2) close(2) CLOSE(2)");
  wake(kCat);
  EXPECT_TRUE(sleeps_beside_room(kDan));
  EXPECT_EQ(acquire(kAnn), "CONNECT") << "a newcomer gets what the sleeper could have";
}

TEST_F(QueuePool, R2FailedConnectIsRoomOfWhichNobodyIsTold) {
  pool({.pool_size = 1, .max_overflow = 0, .timeout = 3s});
  acquire(kAnn);
  acquire(kBen);
  EXPECT_EQ(connect_failed(kAnn), "connect_error");
  EXPECT_TRUE(sleeps_beside_room(kBen));
  time_is(3s);
  EXPECT_EQ(wake(kBen), "CONNECT") << "it looks once more before it gives up";
}

TEST_F(QueuePool, R3DisposeMakesRoomOfWhichNobodyIsTold) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  dispose();
  EXPECT_TRUE(sleeps_beside_room(kBen));
  EXPECT_EQ(acquire(kCat), "CONNECT");
}

}  // namespace
}  // namespace poolproof::model
