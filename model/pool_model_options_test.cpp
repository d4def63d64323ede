// What use_lifo, pre_ping, reset_on_return and patience change: the specification by example.
#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::VariantWith;

// ---- use_lifo ----

TEST_F(PoolModel, WithLifoTheConnectionGivenBackLastIsTakenFirst) {
  pool({.pool_size = 2, .use_lifo = true});
  lease_new(kAnn);
  lease_new(kBen);
  release(kAnn);
  release(kBen);
  EXPECT_THAT(acquire(kCat), ElementsAre(Granted{kCat, kSecond}));
  EXPECT_THAT(acquire(kDan), ElementsAre(Granted{kDan, kFirst}));
}

// ---- pre_ping ----

TEST_F(PoolModel, ConnectionFromThePoolIsPingedBeforeItIsLeased) {
  pool({.pool_size = 1, .pre_ping = true});
  leave_idle(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(PingConnection{kBen, kFirst}));
  EXPECT_THAT(happens(PingSucceeded{kBen}), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, ConnectionJustMadeIsNotPinged) {
  pool({.pool_size = 1, .pre_ping = true});
  acquire(kAnn);
  EXPECT_THAT(connected(kAnn), ElementsAre(Granted{kAnn, kFirst}));
}

TEST_F(PoolModel, DeadConnectionIsReplacedAndSoAreAllThatAreAsOld) {
  pool({.pool_size = 2, .pre_ping = true});
  lease_new(kAnn);
  lease_new(kBen);
  release(kAnn);
  release(kBen);
  acquire(kCat);
  EXPECT_THAT(happens(PingFailed{kCat}),
              ElementsAre(CloseConnection{kFirst}, OpenConnection{kCat}));
  EXPECT_THAT(connected(kCat), ElementsAre(Granted{kCat, kThird}));
  EXPECT_THAT(acquire(kDan), ElementsAre(CloseConnection{kSecond}, OpenConnection{kDan}));
}

TEST_F(PoolModel, PingWithoutAnAnswerEndsAtTheDeadlineAndBreaksTheConnection) {
  pool({.pool_size = 1, .max_overflow = 0, .pre_ping = true});
  leave_idle(kAnn);
  acquire(kBen, 2s);
  EXPECT_THAT(time_is(2s), ElementsAre(CloseConnection{kFirst}, TimedOut{kBen}));
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

TEST_F(PoolModel, DeadlineOfAnAcquireIsNotPutOffByPingAndReconnect) {
  pool({.pool_size = 1, .max_overflow = 0, .pre_ping = true});
  leave_idle(kAnn);
  acquire(kBen, 3s);
  time_is(2s);
  happens(PingFailed{kBen});
  EXPECT_THAT(time_is(3s), ElementsAre(AbandonConnect{kBen}, TimedOut{kBen}));
}

TEST_F(PoolModel, ConnectionWhoseGenerationIsRetiredDuringItsPingIsReplaced) {
  pool({.pool_size = 1, .pre_ping = true});
  leave_idle(kAnn);
  acquire(kBen);
  happens(Dispose{});
  EXPECT_THAT(happens(PingSucceeded{kBen}),
              ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

// ---- reset_on_return ----

TEST_F(PoolModel, ReturnedConnectionIsResetBeforeAnybodyElseMayHaveIt) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  acquire(kBen);
  release(kAnn);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::reset, kFirst}, ResetConnection{kFirst},
                                   HookCalled{Hook::checkin, kFirst},
                                   HookCalled{Hook::checkout, kFirst}, Granted{kBen, kFirst}));
}

TEST_F(PoolModel, WithResetNoneAConnectionGoesOnAsItIs) {
  pool({.pool_size = 1, .reset_on_return = ResetOnReturn::none});
  lease_new(kAnn);
  release(kAnn);
  EXPECT_THAT(trace(), Not(Contains(VariantWith<ResetConnection>(testing::_))));
}

TEST_F(PoolModel, ConnectionThatCannotBeResetIsClosedAndItsSlotPooledEmpty) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_THAT(happens(Release{kAnn}, {.reset = true}), ElementsAre(CloseConnection{kFirst}));
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

// ---- patience ----

TEST_F(PoolModel, PatientWaiterIsToldToLookAndMayBeOvertaken) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 5s});
  lease_new(kAnn);
  acquire(kBen);
  EXPECT_THAT(release(kAnn), IsEmpty());
  EXPECT_TRUE(state().waiters.front().notified);
  EXPECT_THAT(acquire(kCat), ElementsAre(Granted{kCat, kFirst}));
  EXPECT_THAT(wake(kBen), IsEmpty());
  EXPECT_FALSE(state().waiters.front().notified);
}

TEST_F(PoolModel, NotifiedWaiterTakesWhatIsStillThere) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 5s});
  lease_new(kAnn);
  acquire(kBen);
  release(kAnn);
  EXPECT_THAT(wake(kBen), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, WaiterWhosePatienceIsAtItsEndIsNotOvertaken) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 5s});
  lease_new(kAnn);
  acquire(kBen);
  release(kAnn);
  time_is(5s);
  EXPECT_THAT(acquire(kCat), IsEmpty());
  EXPECT_THAT(wake(kBen), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, WaiterWhosePatienceIsAtItsEndIsHandedWhatComesBack) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 5s});
  lease_new(kAnn);
  acquire(kBen);
  time_is(5s);
  EXPECT_THAT(release(kAnn), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, OverflowReturnedToAFullPoolIsHandedOnAndNotClosedHoweverPatientTheWaiterIs) {
  pool({.pool_size = 1, .max_overflow = 1, .patience = 5s});
  lease_new(kAnn);
  lease_new(kBen);
  acquire(kCat);
  acquire(kDan);
  EXPECT_THAT(release(kAnn), IsEmpty());
  EXPECT_THAT(release(kBen), ElementsAre(Granted{kCat, kSecond}));
  EXPECT_TRUE(state().waiters.front().notified);
}

TEST_F(PoolModel, NotifiedWaiterWhoGivesUpPassesItsNoticeOn) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 5s});
  lease_new(kAnn);
  acquire(kBen);
  acquire(kCat);
  release(kAnn);
  EXPECT_FALSE(state().waiters.back().notified);
  cancel(kBen);
  EXPECT_TRUE(state().waiters.front().notified);
}

TEST_F(PoolModel, WaiterTakesWhatIsThereAtItsDeadlineRatherThanATimeOut) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 5s});
  lease_new(kAnn);
  acquire(kBen, 2s);
  release(kAnn);
  EXPECT_THAT(time_is(2s), ElementsAre(Granted{kBen, kFirst}));
}

// Found by the walk over all states: it killed a healthy connection with a ping of no time.
TEST_F(PoolModel, WaiterAtItsDeadlineBeginsNoPing) {
  pool({.pool_size = 1, .max_overflow = 0, .pre_ping = true, .patience = 5s});
  lease_new(kAnn);
  acquire(kBen, 2s);
  release(kAnn);
  EXPECT_THAT(time_is(2s), ElementsAre(TimedOut{kBen}));
  EXPECT_EQ(state().idle.front().connection->id, kFirst);
}

TEST_F(PoolModel, FreedCapacityTellsAPatientWaiter) {
  pool({.pool_size = 1, .max_overflow = 0, .patience = 5s});
  acquire(kAnn);
  acquire(kBen);
  connect_failed(kAnn);
  EXPECT_TRUE(state().waiters.front().notified);
  EXPECT_THAT(wake(kBen), ElementsAre(OpenConnection{kBen}));
}

}  // namespace
}  // namespace poolproof::model
