// What each class of pools promises, beside QueuePool: README.md has the table.
#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ClassOfPool : public PoolModel {
 protected:
  void pool_of(PoolClass pool_class, int pool_size = 1) {
    pool({.pool_size = pool_size, .max_overflow = 5, .timeout = 10s, .pool_class = pool_class});
  }
};

using NullPool = ClassOfPool;
using StaticPool = ClassOfPool;
using SingletonThreadPool = ClassOfPool;
using AssertionPool = ClassOfPool;

TEST_F(NullPool, KeepsNothing) {
  pool_of(PoolClass::null_pool);
  lease_new(kAnn);
  EXPECT_THAT(release(kAnn), ElementsAre(CloseConnection{kFirst}));
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
}

TEST_F(NullPool, MakesNobodyWait) {
  pool_of(PoolClass::null_pool);
  for (const CallerId caller : {kAnn, kBen, kCat, kDan}) {
    EXPECT_THAT(acquire(caller), ElementsAre(OpenConnection{caller}));
  }
}

TEST_F(StaticPool, HasOneConnectionForAllInTurn) {
  pool_of(PoolClass::static_pool);
  lease_new(kAnn);
  EXPECT_THAT(acquire(kBen), IsEmpty());
  EXPECT_THAT(release(kAnn), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(StaticPool, ACallerSharesItWithItself) {
  pool_of(PoolClass::static_pool);
  lease_new(kAnn);
  EXPECT_THAT(acquire(kAnn), ElementsAre(Granted{kAnn, kFirst}));
  EXPECT_THAT(acquire(kBen), IsEmpty());
  release(kAnn);
  EXPECT_THAT(trace(), IsEmpty()) << "no reset: it is not back yet";
  EXPECT_THAT(release(kAnn), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(StaticPool, WhatWasInvalidatedIsMadeAnewForAllLeasesOfItsCaller) {
  pool_of(PoolClass::static_pool);
  lease_new(kAnn);
  invalidate(kAnn);
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
  EXPECT_THAT(connected(kAnn), ElementsAre(Granted{kAnn, kSecond}));
  release(kAnn);
  release(kAnn);
  EXPECT_EQ(status(config(), state()), (Status{.size = 1, .idle = 1}));
}

TEST_F(StaticPool, AConnectThatFailsLeavesTheOtherLeasesAsTheyWere) {
  pool_of(PoolClass::static_pool);
  lease_new(kAnn);
  invalidate(kAnn);
  acquire(kAnn);
  EXPECT_THAT(connect_failed(kAnn), ElementsAre(ConnectionError{kAnn}));
  EXPECT_THAT(acquire(kBen), IsEmpty()) << "Ann has a lease still";
  EXPECT_THAT(release(kAnn), ElementsAre(OpenConnection{kBen}));
}

TEST_F(StaticPool, AClosedPoolSharesWhatIsThereAndOpensNothing) {
  pool_of(PoolClass::static_pool);
  lease_new(kAnn);
  happens(Close{});
  EXPECT_THAT(acquire(kAnn), ElementsAre(Granted{kAnn, kFirst}));
  invalidate(kAnn);
  EXPECT_THAT(acquire(kAnn), ElementsAre(Closed{kAnn}));
}

TEST_F(SingletonThreadPool, GivesEachItsOwnAndTheSameEachTime) {
  pool_of(PoolClass::singleton_thread_pool, 2);
  lease_new(kAnn);
  lease_new(kBen);
  release(kAnn);
  release(kBen);
  EXPECT_THAT(acquire(kBen), ElementsAre(Granted{kBen, kSecond}));
  EXPECT_THAT(acquire(kAnn), ElementsAre(Granted{kAnn, kFirst}));
}

TEST_F(SingletonThreadPool, ClosesWhatWasUsedLeastRecentlyAndIsNotInUse) {
  pool_of(PoolClass::singleton_thread_pool, 2);
  lease_new(kAnn);
  lease_new(kBen);
  release(kBen);
  release(kAnn);
  EXPECT_THAT(acquire(kCat), ElementsAre(CloseConnection{kSecond}, OpenConnection{kCat}));
}

TEST_F(SingletonThreadPool, MakesWaitIfAllAreInUse) {
  pool_of(PoolClass::singleton_thread_pool, 1);
  lease_new(kAnn);
  EXPECT_THAT(acquire(kBen), IsEmpty());
  EXPECT_THAT(release(kAnn), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(SingletonThreadPool, WhatWasWarmedUpIsNobodysUntilItIsUsed) {
  pool_of(PoolClass::singleton_thread_pool, 2);
  happens(WarmUp{kDan, 1});
  connected(kDan);
  EXPECT_THAT(acquire(kAnn), ElementsAre(Granted{kAnn, kFirst}));
}

TEST_F(AssertionPool, RefusesASecondLeaseAtOnce) {
  pool_of(PoolClass::assertion_pool);
  lease_new(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(InUse{kBen}));
  release(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(AssertionPool, IsInUseWhileItsConnectionIsMade) {
  pool_of(PoolClass::assertion_pool);
  acquire(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(InUse{kBen}));
}

// Upstream forgets the one that is out, and gives its record to two.
TEST_F(AssertionPool, IsLentOnceWhateverADisposeMeets) {
  pool_of(PoolClass::assertion_pool);
  lease_new(kAnn);
  happens(Dispose{});
  EXPECT_THAT(acquire(kBen), ElementsAre(InUse{kBen}));
  release(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

}  // namespace
}  // namespace poolproof::model
