// Who gets which slot, and what becomes of it: the specification by example. Deadlines are in
// pool_model_deadline_test.cpp.
#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// ---- Making slots ----

TEST_F(PoolModel, NothingIsOpenedBeforeSomebodyAsks) {
  pool({.pool_size = 5});
  EXPECT_EQ(slots(state()), 0u);
}

TEST_F(PoolModel, FirstAcquireOpensAConnectionAndIsGrantedIt) {
  pool({.pool_size = 1});
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
  EXPECT_THAT(connected(kAnn), ElementsAre(Granted{kAnn, kFirst}));
}

TEST_F(PoolModel, ConnectionsAreNumberedInTheOrderInWhichConnectsSucceed) {
  pool({.pool_size = 3});
  acquire(kAnn);
  acquire(kBen);
  acquire(kCat);
  EXPECT_THAT(connected(kBen), ElementsAre(Granted{kBen, kFirst}));
  connect_failed(kAnn);
  EXPECT_THAT(connected(kCat), ElementsAre(Granted{kCat, kSecond}));
}

TEST_F(PoolModel, OverflowIsOpenedAtOnceAndThenCallersWait) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  lease_new(kBen);
  EXPECT_THAT(acquire(kCat), IsEmpty());
  EXPECT_EQ(state().waiters.size(), 1u);
}

TEST_F(PoolModel, ConnectUnderWayCountsAgainstCapacity) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn);
  EXPECT_THAT(acquire(kBen), IsEmpty());
}

TEST_F(PoolModel, UnlimitedOverflowNeverMakesACallerWait) {
  pool({.pool_size = 1, .max_overflow = -1});
  for (const CallerId caller : {kAnn, kBen, kCat, kDan}) lease_new(caller);
  EXPECT_THAT(release(kAnn), IsEmpty());
  EXPECT_THAT(release(kBen), ElementsAre(CloseConnection{kSecond}));
}

TEST_F(PoolModel, PoolSizeZeroKeepsEveryConnectionWithoutLimit) {
  pool({.pool_size = 0, .max_overflow = 0});
  for (const CallerId caller : {kAnn, kBen, kCat, kDan}) lease_new(caller);
  for (const CallerId caller : {kAnn, kBen, kCat, kDan}) EXPECT_THAT(release(caller), IsEmpty());
  EXPECT_EQ(state().idle.size(), 4u);
}

// ---- Returning ----

TEST_F(PoolModel, ReturnedConnectionIsUsedAgain) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  EXPECT_THAT(release(kAnn), IsEmpty());
  EXPECT_THAT(acquire(kBen), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, ConnectionThatHasBeenIdleLongestIsTakenFirst) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  lease_new(kBen);
  release(kBen);
  release(kAnn);
  EXPECT_THAT(acquire(kCat), ElementsAre(Granted{kCat, kSecond}));
  EXPECT_THAT(acquire(kDan), ElementsAre(Granted{kDan, kFirst}));
}

TEST_F(PoolModel, OverflowConnectionIsClosedWhenReturnedToAFullPool) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  lease_new(kBen);
  EXPECT_THAT(release(kAnn), IsEmpty());
  EXPECT_THAT(release(kBen), ElementsAre(CloseConnection{kSecond}));
  EXPECT_EQ(slots(state()), 1u);
}

// ---- Waiting ----

TEST_F(PoolModel, ReturnedConnectionIsHandedToTheFirstWaiter) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  EXPECT_THAT(release(kAnn), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, ReturnedOverflowConnectionIsHandedOnAndNotClosed) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  lease_new(kBen);
  acquire(kCat);
  EXPECT_THAT(release(kBen), ElementsAre(Granted{kCat, kSecond}));
}

TEST_F(PoolModel, WaitersAreServedInOrderOfArrival) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kDan);
  acquire(kBen);
  acquire(kCat);
  EXPECT_THAT(release(kAnn), ElementsAre(Granted{kDan, kFirst}));
  EXPECT_THAT(release(kDan), ElementsAre(Granted{kBen, kFirst}));
  EXPECT_THAT(release(kBen), ElementsAre(Granted{kCat, kFirst}));
}

TEST_F(PoolModel, CallerWhoComesBackGoesToTheEndOfTheQueue) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  acquire(kCat);
  release(kAnn);
  EXPECT_THAT(acquire(kAnn), IsEmpty());
  EXPECT_THAT(release(kBen), ElementsAre(Granted{kCat, kFirst}));
}

// ---- Failing connects ----

TEST_F(PoolModel, FailedConnectIsTheErrorOfItsCallerAndFreesItsFreshSlot) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn);
  EXPECT_THAT(connect_failed(kAnn), ElementsAre(ConnectionError{kAnn}));
  EXPECT_EQ(slots(state()), 0u);
}

TEST_F(PoolModel, FailedConnectGivesItsCapacityToTheFirstWaiter) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn);
  acquire(kBen);
  EXPECT_THAT(connect_failed(kAnn), ElementsAre(ConnectionError{kAnn}, OpenConnection{kBen}));
  EXPECT_EQ(state().preparing.front().origin, SlotOrigin::fresh);
}

TEST_F(PoolModel, FailedReconnectReturnsItsSlotEmpty) {
  pool({.pool_size = 1, .max_overflow = 0});
  leave_empty_slot(kAnn);
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
  EXPECT_THAT(connect_failed(kAnn), ElementsAre(ConnectionError{kAnn}));
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

TEST_F(PoolModel, FailedReconnectHandsItsSlotToTheFirstWaiter) {
  pool({.pool_size = 1, .max_overflow = 0});
  leave_empty_slot(kAnn);
  acquire(kAnn);
  acquire(kBen);
  EXPECT_THAT(connect_failed(kAnn), ElementsAre(ConnectionError{kAnn}, OpenConnection{kBen}));
  EXPECT_EQ(state().preparing.front().origin, SlotOrigin::pooled);
}

// ---- Invalidating ----

TEST_F(PoolModel, InvalidateClosesAtOnceButTheLeaseStaysOut) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  EXPECT_THAT(invalidate(kAnn), ElementsAre(CloseConnection{kFirst}));
  EXPECT_EQ(state().waiters.size(), 1u);
  EXPECT_THAT(release(kAnn), ElementsAre(OpenConnection{kBen}));
}

TEST_F(PoolModel, InvalidatingTwiceClosesOnce) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  invalidate(kAnn);
  EXPECT_THAT(invalidate(kAnn), IsEmpty());
}

TEST_F(PoolModel, InvalidatedLeaseIsPooledAsAnEmptySlot) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  invalidate(kAnn);
  EXPECT_THAT(release(kAnn), IsEmpty());
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
  EXPECT_THAT(acquire(kBen), ElementsAre(OpenConnection{kBen}));
  EXPECT_THAT(connected(kBen), ElementsAre(Granted{kBen, kSecond}));
}

TEST_F(PoolModel, EmptySlotTakesItsTurnAmongTheIdle) {
  pool({.pool_size = 2, .max_overflow = 0});
  lease_new(kAnn);
  lease_new(kBen);
  invalidate(kAnn);
  release(kAnn);
  release(kBen);
  EXPECT_THAT(acquire(kCat), ElementsAre(OpenConnection{kCat}));
  EXPECT_THAT(acquire(kDan), ElementsAre(Granted{kDan, kSecond}));
}

TEST_F(PoolModel, EmptySlotReturnedToAFullPoolVanishes) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  lease_new(kBen);
  invalidate(kBen);
  release(kAnn);
  EXPECT_THAT(release(kBen), IsEmpty());
  EXPECT_EQ(slots(state()), 1u);
}

// ---- Recycling ----

TEST_F(PoolModel, ConnectionExactlyAsOldAsRecycleIsKept) {
  pool({.pool_size = 1, .recycle = 10s});
  lease_new(kAnn);
  release(kAnn);
  time_is(10s);
  EXPECT_THAT(acquire(kBen), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, OlderConnectionIsClosedAndReplacedInItsSlot) {
  pool({.pool_size = 1, .max_overflow = 0, .recycle = 10s});
  lease_new(kAnn);
  release(kAnn);
  time_is(10s + 1ns);
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
  EXPECT_THAT(connected(kBen), ElementsAre(Granted{kBen, kSecond}));
}

TEST_F(PoolModel, WaiterIsNotHandedAnOldConnection) {
  pool({.pool_size = 1, .max_overflow = 0, .recycle = 10s});
  lease_new(kAnn);
  acquire(kBen);
  time_is(11s);
  EXPECT_THAT(release(kAnn), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(PoolModel, AgeIsCountedFromTheBeginningOfTheConnect) {
  pool({.pool_size = 1, .max_overflow = 0, .recycle = 10s});
  acquire(kAnn);
  time_is(6s);
  connected(kAnn);
  release(kAnn);
  time_is(11s);
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(PoolModel, ConnectionJustMadeIsGrantedHoweverSlowItsConnectWas) {
  pool({.pool_size = 1, .recycle = 0s});
  acquire(kAnn);
  time_is(20s);
  EXPECT_THAT(connected(kAnn), ElementsAre(Granted{kAnn, kFirst}));
}

TEST_F(PoolModel, FailedReconnectAfterRecycleReturnsTheSlotEmpty) {
  pool({.pool_size = 1, .max_overflow = 0, .recycle = 10s});
  lease_new(kAnn);
  release(kAnn);
  time_is(11s);
  acquire(kAnn);
  EXPECT_THAT(connect_failed(kAnn), ElementsAre(ConnectionError{kAnn}));
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

}  // namespace
}  // namespace poolproof::model
