// Invalidating softly and by generation, detaching, cancelling, disposing, recreating, closing: the
// specification by example.
#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

// ---- Invalidating softly and by generation ----

TEST_F(PoolModel, SoftlyInvalidatedConnectionServesItsLeaseAndNoOther) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_THAT(invalidate(kAnn, Invalidation::soft), IsEmpty());
  EXPECT_THAT(release(kAnn), IsEmpty());
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(PoolModel, WaiterIsNotHandedASoftlyInvalidatedConnection) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  invalidate(kAnn, Invalidation::soft);
  EXPECT_THAT(release(kAnn), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(PoolModel, InvalidatingAGenerationClosesOneAndRetiresAllThatExist) {
  pool({.pool_size = 3});
  lease_new(kAnn);
  lease_new(kBen);
  leave_idle(kCat);
  EXPECT_THAT(invalidate(kAnn, Invalidation::generation), ElementsAre(CloseConnection{kFirst}));
  EXPECT_THAT(acquire(kCat), ElementsAre(CloseConnection{kThird}, OpenConnection{kCat}));
  release(kBen);
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kSecond}, OpenConnection{kBen}));
}

TEST_F(PoolModel, ConnectionMadeAfterItsGenerationWasRetiredIsGood) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  invalidate(kAnn, Invalidation::generation);
  leave_idle(kBen);
  EXPECT_THAT(acquire(kBen), ElementsAre(Granted{kBen, kSecond}));
}

TEST_F(PoolModel, ConnectBegunBeforeItsGenerationWasRetiredIsMadeAgain) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  acquire(kBen);
  invalidate(kAnn, Invalidation::generation);
  EXPECT_THAT(connected(kBen), ElementsAre(CloseConnection{kSecond}, OpenConnection{kBen}));
  EXPECT_THAT(connected(kBen), ElementsAre(Granted{kBen, kThird}));
}

// ---- Detaching ----

TEST_F(PoolModel, DetachedConnectionLeavesItsSlotEmpty) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  EXPECT_THAT(detach(kAnn), IsEmpty());
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
  EXPECT_EQ(status(config(), state()),
            (Status{.size = 1, .idle = 1, .checked_out = 0, .detached = 1}));
}

TEST_F(PoolModel, DetachServesTheFirstWaiter) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  EXPECT_THAT(detach(kAnn), ElementsAre(OpenConnection{kBen}));
}

TEST_F(PoolModel, DetachedConnectionIsResetAndClosedByItsHolder) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  detach(kAnn);
  EXPECT_THAT(release(kAnn), ElementsAre(CloseConnection{kFirst}));
  EXPECT_THAT(trace(),
              ElementsAre(HookCalled{Hook::reset, kFirst}, ResetConnection{kFirst},
                          HookCalled{Hook::close_detached, kFirst}, CloseConnection{kFirst}));
}

TEST_F(PoolModel, OnlyALeaseWithAConnectionIsDetached) {
  pool({.pool_size = 1});
  EXPECT_THAT(illegal(config(), state(), Detach{kAnn}),
              Optional(std::string("caller 1 has no lease")));
  lease_new(kAnn);
  invalidate(kAnn);
  EXPECT_THAT(illegal(config(), state(), Detach{kAnn}),
              Optional(std::string("caller 1 has no connection to detach")));
}

// ---- Cancelling ----

TEST_F(PoolModel, CancelledWaiterLeavesTheQueue) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  acquire(kCat);
  EXPECT_THAT(cancel(kBen), ElementsAre(Cancelled{kBen}));
  EXPECT_THAT(release(kAnn), ElementsAre(Granted{kCat, kFirst}));
}

TEST_F(PoolModel, CancelledConnectIsAbandonedAndServesTheFirstWaiter) {
  pool({.pool_size = 1, .max_overflow = 0});
  acquire(kAnn);
  acquire(kBen);
  EXPECT_THAT(cancel(kAnn),
              ElementsAre(AbandonConnect{kAnn}, Cancelled{kAnn}, OpenConnection{kBen}));
}

TEST_F(PoolModel, ConnectionWhosePingIsCancelledIsClosed) {
  pool({.pool_size = 1, .pre_ping = true});
  leave_idle(kAnn);
  acquire(kBen);
  EXPECT_THAT(cancel(kBen), ElementsAre(CloseConnection{kFirst}, Cancelled{kBen}));
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

TEST_F(PoolModel, OnlyAnAcquireIsCancelled) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_THAT(illegal(config(), state(), Cancel{kAnn}),
              Optional(std::string("caller 1 is not acquiring")));
}

// ---- Disposing and recreating ----

TEST_F(PoolModel, DisposeClosesWhatIsIdleAndKeepsTheCount) {
  pool({.pool_size = 2, .max_overflow = 0});
  lease_new(kAnn);
  leave_idle(kBen);
  EXPECT_THAT(happens(Dispose{}), ElementsAre(CloseConnection{kSecond}));
  EXPECT_EQ(slots(state()), 1U);
  lease_new(kBen);
  EXPECT_THAT(acquire(kCat), IsEmpty());
}

TEST_F(PoolModel, DisposeRetiresTheLeasesThatAreOut) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_THAT(happens(Dispose{}), IsEmpty());
  release(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(PoolModel, DisposedPoolWorksOn) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  happens(Dispose{});
  lease_new(kBen);
  release(kBen);
  EXPECT_THAT(acquire(kAnn), ElementsAre(Granted{kAnn, kSecond}));
}

TEST_F(PoolModel, RecreatedPoolIsAsNew) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  const State recreated = initial(config());
  EXPECT_EQ(slots(recreated), 0U);
  EXPECT_FALSE(recreated.initialised);
}

// ---- Closing ----

TEST_F(PoolModel, ClosedPoolClosesWhatIsIdleAndTellsItsWaiters) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  EXPECT_THAT(happens(Close{}), ElementsAre(Closed{kBen}));
  EXPECT_THAT(acquire(kCat), ElementsAre(Closed{kCat}));
}

TEST_F(PoolModel, LeaseThatComesBackToAClosedPoolIsClosed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  happens(Close{});
  EXPECT_THAT(release(kAnn), ElementsAre(CloseConnection{kFirst}));
  EXPECT_EQ(slots(state()), 0U);
}

TEST_F(PoolModel, ConnectThatEndsInAClosedPoolIsForNobody) {
  pool({.pool_size = 1});
  acquire(kAnn);
  EXPECT_THAT(happens(Close{}), IsEmpty());
  EXPECT_THAT(connected(kAnn), ElementsAre(CloseConnection{kFirst}, Closed{kAnn}));
}

TEST_F(PoolModel, PingThatEndsInAClosedPoolIsForNobody) {
  pool({.pool_size = 1, .pre_ping = true});
  leave_idle(kAnn);
  acquire(kBen);
  happens(Close{});
  EXPECT_THAT(happens(PingSucceeded{kBen}), ElementsAre(CloseConnection{kFirst}, Closed{kBen}));
}

TEST_F(PoolModel, ClosingTwiceIsClosingOnce) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  EXPECT_THAT(happens(Close{}), ElementsAre(CloseConnection{kFirst}));
  EXPECT_THAT(happens(Close{}), IsEmpty());
}

}  // namespace
}  // namespace poolproof::model
