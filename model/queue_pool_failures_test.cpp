// What QueuePool makes of failures, by example: of connects, of resets, and above all of hooks.
#include <chrono>

#include "model/queue_pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;

// ---- Connecting ----

TEST_F(QueuePool, FailedConnectOfANewRecordUncountsIt) {
  pool({.pool_size = 1});
  acquire(kAnn);
  EXPECT_EQ(connect_failed(kAnn), "connect_error");
  EXPECT_EQ(slots(state()), 0u);
  EXPECT_EQ(lost(), 0);
}

TEST_F(QueuePool, FailedReconnectPutsTheRecordBackEmpty) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  invalidate(kAnn);
  acquire(kBen);
  EXPECT_EQ(connect_failed(kBen), "checkin(-) connect_error");
  EXPECT_EQ(status().idle, 1);
}

TEST_F(QueuePool, ConnectionWhoseConnectHookThrowsIsLeftOpenIfTheRecordIsNew) {
  pool({.pool_size = 1});
  acquire(kAnn);
  failing({.hooks = {Hook::connect}});
  EXPECT_EQ(connected(kAnn), "first_connect(1) connect(1) throws(connect)");
  EXPECT_EQ(slots(state()), 0u);
  EXPECT_EQ(lost(), 0);
}

TEST_F(QueuePool, ConnectionWhoseConnectHookThrowsIsClosedAtAReconnect) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  invalidate(kAnn);
  acquire(kBen);
  failing({.hooks = {Hook::connect}});
  EXPECT_EQ(connected(kBen),
            "connect(2) invalidate(2) close(2) CLOSE(2) checkin(-) throws(connect)");
  EXPECT_EQ(status().idle, 1);
}

TEST_F(QueuePool, FirstConnectHookIsCalledUntilItGetsThrough) {
  pool({.pool_size = 1});
  acquire(kAnn);
  failing({.hooks = {Hook::first_connect}});
  EXPECT_EQ(connected(kAnn), "first_connect(1) throws(first_connect)");
  failing({});
  acquire(kAnn);
  EXPECT_EQ(connected(kAnn), "first_connect(2) connect(2) checkout(2) granted(2)");
}

TEST_F(QueuePool, RecordIsLostIfTheCloseHookThrowsWhenItIsToBeReplaced) {
  pool({.pool_size = 1, .recycle = 0s});
  leave_idle(kAnn);
  time_is(1s);
  failing({.hooks = {Hook::close}});
  EXPECT_EQ(acquire(kBen), "close(1) invalidate(1) close(1) throws(close)");
  EXPECT_EQ(lost(), 1);
}

// ---- Checking out ----

TEST_F(QueuePool, CheckoutHookThatThrowsCostsTheConnection) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  failing({.hooks = {Hook::checkout}});
  EXPECT_EQ(acquire(kBen),
            "checkout(1) invalidate(1) close(1) CLOSE(1) checkin(-) throws(checkout)");
  EXPECT_EQ(status().idle, 1);
}

TEST_F(QueuePool, CheckoutHookThatCallsEveryConnectionDeadSeesTwoAndThenTheCallerGivesUp) {
  pool({.pool_size = 1});
  acquire(kAnn);
  failing({.hooks = {Hook::checkout}, .checkout_says = Disconnected::this_one});
  EXPECT_EQ(connected(kAnn),
            "first_connect(1) connect(1) checkout(1) invalidate(1) close(1) CLOSE(1) CONNECT");
  EXPECT_EQ(connected(kAnn), "connect(2) checkout(2) invalidate(2) close(2) CLOSE(2) CONNECT");
  EXPECT_EQ(connected(kAnn), "connect(3) invalidate(3) close(3) CLOSE(3) checkin(-) given_up");
  EXPECT_EQ(status().idle, 1);
}

TEST_F(QueuePool, CheckoutHookMayCallAllThatAreAsOldDead) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  leave_idle(kBen);
  release(kAnn);
  time_is(1s);
  failing({.hooks = {Hook::checkout}, .checkout_says = Disconnected::all});
  EXPECT_EQ(acquire(kAnn), "checkout(2) invalidate(2) close(2) CLOSE(2) CONNECT");
  failing({});
  EXPECT_EQ(acquire(kBen), "close(1) CLOSE(1) CONNECT");
}

TEST_F(QueuePool, ConnectionThatAHookKeepsFromBeingClosedGoesBackToThePool) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  failing({.hooks = {Hook::checkout, Hook::invalidate}});
  EXPECT_EQ(acquire(kBen),
            "checkout(1) invalidate(1) throws(invalidate) reset(1) RESET(1) checkin(1)");
  failing({});
  EXPECT_EQ(acquire(kBen), "checkout(1) granted(1)");
}

TEST_F(QueuePool, ConnectionThatNobodyCouldUseYetIsNotPingedWhenItComesBack) {
  pool({.pool_size = 1, .pre_ping = true});
  leave_idle(kAnn);
  acquire(kBen);
  ping_failed(kBen);
  failing({.hooks = {Hook::connect, Hook::invalidate}});
  EXPECT_EQ(connected(kBen),
            "connect(2) invalidate(2) throws(invalidate) reset(2) RESET(2) checkin(2)");
  failing({});
  EXPECT_EQ(acquire(kBen), "checkout(2) granted(2)");
}

// ---- Checking in ----

TEST_F(QueuePool, FailedResetCostsTheConnectionAndNobodyIsTold) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  failing({.reset = true});
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) invalidate(1) close(1) CLOSE(1) checkin(-)");
  EXPECT_EQ(status().idle, 1);
}

TEST_F(QueuePool, ResetHookThatThrowsIsAFailedReset) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  failing({.hooks = {Hook::reset}});
  EXPECT_EQ(release(kAnn), "reset(1) invalidate(1) close(1) CLOSE(1) checkin(-)");
}

TEST_F(QueuePool, RecordIsLostForEverIfTheCheckinHookThrows) {
  pool({.pool_size = 1, .max_overflow = 0, .timeout = 0s});
  lease_new(kAnn);
  failing({.hooks = {Hook::checkin}});
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) checkin(1) throws(checkin)");
  EXPECT_EQ(lost(), 1);
  EXPECT_EQ(acquire(kBen), "timed_out");
}

TEST_F(QueuePool, RecordIsLostIfItsConnectionCanNeitherBeResetNorClosed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  failing({.hooks = {Hook::close}, .reset = true});
  EXPECT_EQ(release(kAnn),
            "reset(1) RESET(1) invalidate(1) close(1) throws(close) "
            "reset(1) RESET(1) invalidate(1) close(1)")
      << "the caller is told, and the garbage collector tries again";
  EXPECT_EQ(lost(), 1);
}

TEST_F(QueuePool, CloseHookThatThrowsWhenOverflowIsDiscardedLeavesTheConnectionOpen) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  lease_new(kBen);
  release(kAnn);
  failing({.hooks = {Hook::close}});
  EXPECT_EQ(release(kBen), "reset(2) RESET(2) checkin(2) close(2) throws(close)");
  EXPECT_EQ(lost(), 0);
}

TEST_F(QueuePool, DriverThatComplainsOfACloseChangesNothing) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  failing({.close = true});
  EXPECT_EQ(invalidate(kAnn), "invalidate(1) close(1) CLOSE(1) checkin(-)");
}

// ---- Invalidating, detaching, disposing ----

TEST_F(QueuePool, LeaseStaysOutIfAHookThrowsWhenItIsInvalidated) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  failing({.hooks = {Hook::close}});
  EXPECT_EQ(invalidate(kAnn), "invalidate(1) close(1) throws(close)");
  failing({});
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) checkin(1)");
}

TEST_F(QueuePool, RecordIsLostIfTheCheckinHookThrowsAfterAnInvalidation) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  failing({.hooks = {Hook::checkin}});
  EXPECT_EQ(invalidate(kAnn), "invalidate(1) close(1) CLOSE(1) checkin(-) throws(checkin)");
  EXPECT_TRUE(state().out.empty());
  EXPECT_EQ(lost(), 1);
}

TEST_F(QueuePool, ConnectionIsNotMarkedIfTheSoftInvalidateHookThrows) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  time_is(1s);
  failing({.hooks = {Hook::soft_invalidate}});
  EXPECT_EQ(invalidate(kAnn, Invalidation::soft), "soft_invalidate(1) throws(soft_invalidate)");
  failing({});
  release(kAnn);
  EXPECT_EQ(acquire(kAnn), "checkout(1) granted(1)");
}

TEST_F(QueuePool, ConnectionIsDetachedEvenIfTheDetachHookThrows) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  failing({.hooks = {Hook::detach}});
  EXPECT_EQ(detach(kAnn), "detach(1) throws(detach)");
  failing({});
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) close_detached(1) CLOSE(1)");
}

TEST_F(QueuePool, DetachedConnectionThatCannotBeResetIsNeverClosed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  detach(kAnn);
  failing({.reset = true});
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1)");
}

TEST_F(QueuePool, DetachedConnectionWhoseHookThrowsIsNeverClosed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  detach(kAnn);
  failing({.hooks = {Hook::close_detached}});
  EXPECT_EQ(release(kAnn), "reset(1) RESET(1) close_detached(1)");
}

TEST_F(QueuePool, DisposeStopsAtACloseHookThatThrowsAndLosesThatRecord) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  leave_idle(kBen);
  release(kAnn);
  failing({.hooks = {Hook::close}});
  EXPECT_EQ(dispose(), "close(2) throws(close)");
  EXPECT_EQ(status().idle, 1);
  EXPECT_EQ(status().overflow, 0);
  EXPECT_EQ(lost(), 1);
}

}  // namespace
}  // namespace poolproof::model
