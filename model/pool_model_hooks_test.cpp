// Which hooks are called, in which order, and what becomes of a pool when they throw: nothing is
// lost. The specification by example; the order is QueuePool's.
#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using testing::ElementsAre;
using testing::Optional;

Failures throwing(Hook hook) { return {.hooks = {hook}}; }

Failures disconnected(Disconnected which) {
  return {.hooks = {Hook::checkout}, .checkout_says = which};
}

// ---- Order ----

TEST_F(PoolModel, NewConnectionIsShownToFirstConnectConnectAndCheckout) {
  pool({.pool_size = 2});
  acquire(kAnn);
  connected(kAnn);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::first_connect, kFirst},
                                   HookCalled{Hook::connect, kFirst},
                                   HookCalled{Hook::checkout, kFirst}, Granted{kAnn, kFirst}));
}

TEST_F(PoolModel, FirstConnectIsCalledForTheFirstConnectionOnly) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  acquire(kBen);
  connected(kBen);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::connect, kSecond},
                                   HookCalled{Hook::checkout, kSecond}, Granted{kBen, kSecond}));
}

TEST_F(PoolModel, SurplusIsCheckedInBeforeItIsClosed) {
  pool({.pool_size = 1, .max_overflow = 1});
  lease_new(kAnn);
  leave_idle(kBen);
  release(kAnn);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::reset, kFirst}, ResetConnection{kFirst},
                                   HookCalled{Hook::checkin, kFirst},
                                   HookCalled{Hook::close, kFirst}, CloseConnection{kFirst}));
}

TEST_F(PoolModel, HardInvalidationIsToldBeforeTheClose) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  invalidate(kAnn);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::invalidate, kFirst},
                                   HookCalled{Hook::close, kFirst}, CloseConnection{kFirst}));
  release(kAnn);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::checkin, std::nullopt}));
}

TEST_F(PoolModel, ReplacedConnectionIsClosedWithoutBeingCalledInvalid) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  invalidate(kAnn, Invalidation::soft);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::soft_invalidate, kFirst}));
  release(kAnn);
  acquire(kBen);
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::close, kFirst}, CloseConnection{kFirst},
                                   OpenConnection{kBen}));
}

TEST_F(PoolModel, DeadConnectionIsCalledInvalidAndItsReplacementChecksOut) {
  pool({.pool_size = 1, .pre_ping = true});
  leave_idle(kAnn);
  acquire(kBen);
  happens(PingFailed{kBen});
  EXPECT_THAT(trace(),
              ElementsAre(HookCalled{Hook::invalidate, kFirst}, HookCalled{Hook::close, kFirst},
                          CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(PoolModel, DisposeCallsCloseAndNothingElse) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  happens(Dispose{});
  EXPECT_THAT(trace(), ElementsAre(HookCalled{Hook::close, kFirst}, CloseConnection{kFirst}));
}

// ---- Hooks that throw ----

TEST_F(PoolModel, ThrowingConnectHookIsTheErrorOfItsCallerAndTheConnectionIsClosed) {
  for (const Hook hook : {Hook::first_connect, Hook::connect}) {
    pool({.pool_size = 1, .max_overflow = 0});
    acquire(kAnn);
    EXPECT_THAT(happens(Connected{kAnn}, throwing(hook)),
                ElementsAre(CloseConnection{kFirst}, HookError{kAnn, hook}));
    EXPECT_EQ(slots(state()), 0U);
  }
}

TEST_F(PoolModel, FirstConnectIsCalledAgainUntilItGetsThrough) {
  pool({.pool_size = 1});
  acquire(kAnn);
  happens(Connected{kAnn}, throwing(Hook::first_connect));
  acquire(kAnn);
  connected(kAnn);
  EXPECT_EQ(trace().front(), Answer(HookCalled{Hook::first_connect, kSecond}));
}

TEST_F(PoolModel, ThrowingConnectHookAtAReconnectReturnsTheSlotEmptyToTheFirstWaiter) {
  pool({.pool_size = 1, .max_overflow = 0});
  leave_empty_slot(kAnn);
  acquire(kAnn);
  acquire(kBen);
  EXPECT_THAT(
      happens(Connected{kAnn}, throwing(Hook::connect)),
      ElementsAre(CloseConnection{kSecond}, HookError{kAnn, Hook::connect}, OpenConnection{kBen}));
}

TEST_F(PoolModel, ThrowingCheckoutHookIsTheErrorOfItsCallerAndTheSlotIsPooledEmpty) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  EXPECT_THAT(happens(Acquire{kBen, {}}, throwing(Hook::checkout)),
              ElementsAre(CloseConnection{kFirst}, HookError{kBen, Hook::checkout}));
  EXPECT_THAT(
      trace(),
      ElementsAre(HookCalled{Hook::checkout, kFirst}, HookCalled{Hook::invalidate, kFirst},
                  HookCalled{Hook::close, kFirst}, CloseConnection{kFirst},
                  HookError{kBen, Hook::checkout}, HookCalled{Hook::checkin, std::nullopt}));
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

TEST_F(PoolModel, CheckoutHookMaySayThatAConnectionIsDeadAndIsShownAnother) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  EXPECT_THAT(happens(Acquire{kBen, {}}, disconnected(Disconnected::this_one)),
              ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
  EXPECT_THAT(connected(kBen), ElementsAre(Granted{kBen, kSecond}));
}

TEST_F(PoolModel, CheckoutHookThatCallsTwoConnectionsDeadIsGivenNoThird) {
  pool({.pool_size = 1});
  leave_idle(kAnn);
  happens(Acquire{kBen, {}}, disconnected(Disconnected::this_one));
  EXPECT_THAT(happens(Connected{kBen}, disconnected(Disconnected::this_one)),
              ElementsAre(CloseConnection{kSecond}, GivenUp{kBen}));
  EXPECT_THAT(state().idle, ElementsAre(Slot{}));
}

TEST_F(PoolModel, CheckoutHookMaySayThatAllOfTheGenerationAreDead) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  leave_idle(kBen);
  happens(Acquire{kBen, {}}, disconnected(Disconnected::all));
  EXPECT_TRUE(state().out.at(kAnn).connection->retired);
}

TEST_F(PoolModel, ThrowingResetHookIsAResetThatFailed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_THAT(happens(Release{kAnn}, throwing(Hook::reset)), ElementsAre(CloseConnection{kFirst}));
  EXPECT_THAT(trace(),
              ElementsAre(HookCalled{Hook::reset, kFirst}, HookCalled{Hook::invalidate, kFirst},
                          HookCalled{Hook::close, kFirst}, CloseConnection{kFirst},
                          HookCalled{Hook::checkin, std::nullopt}));
}

TEST_F(PoolModel, ThrowingCheckinHookCostsNothing) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  happens(Release{kAnn}, throwing(Hook::checkin));
  EXPECT_THAT(acquire(kBen), ElementsAre(Granted{kBen, kFirst}));
}

TEST_F(PoolModel, WhatAThrowingHookAnnouncesHappensAllTheSame) {
  pool({.pool_size = 1, .max_overflow = 0});
  lease_new(kAnn);
  EXPECT_THAT(happens(Invalidate{kAnn}, {.hooks = {Hook::invalidate, Hook::close}}),
              ElementsAre(CloseConnection{kFirst}));
  release(kAnn);
  lease_new(kAnn);
  happens(Invalidate{kAnn, Invalidation::soft}, throwing(Hook::soft_invalidate));
  EXPECT_TRUE(state().out.at(kAnn).connection->retired);
  happens(Detach{kAnn}, throwing(Hook::detach));
  EXPECT_TRUE(state().detached.contains(kAnn));
  EXPECT_THAT(happens(Release{kAnn}, throwing(Hook::close_detached)),
              ElementsAre(CloseConnection{kSecond}));
}

TEST_F(PoolModel, ThrowingCloseHookKeepsDisposeFromNothing) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  leave_idle(kBen);
  release(kAnn);
  EXPECT_THAT(happens(Dispose{}, throwing(Hook::close)),
              ElementsAre(CloseConnection{kSecond}, CloseConnection{kFirst}));
}

TEST_F(PoolModel, DriverThatComplainsOfACloseHasClosed) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  EXPECT_THAT(happens(Invalidate{kAnn}, {.close = true}), ElementsAre(CloseConnection{kFirst}));
}

}  // namespace
}  // namespace poolproof::model
