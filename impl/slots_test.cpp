// How slots go round, without connections, threads or time: the rules one by one. Slots are told
// apart by their address.
#include "impl/slots.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace poolproof {
namespace {

// What the pool does to a fresh slot once it has connected in it.
OwnedSlot connected(OwnedSlot slot) {
  slot->origin = Slot::Origin::pooled;
  return slot;
}

void give_back(Slots& slots, OwnedSlot slot) { slots.give_back(slot); }

TEST(Slots, StartEmpty) { EXPECT_EQ(Slots({.idle = 2, .capacity = 3}).status(), PoolStatus{}); }

TEST(Slots, AreMadeOneByOneUpToTheCapacity) {
  Slots slots({.idle = 1, .capacity = 2});
  const OwnedSlot first = slots.take();
  const OwnedSlot second = slots.take();
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(first->origin, Slot::Origin::fresh);
  EXPECT_EQ(slots.take(), nullptr);
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 2, .checked_out = 2, .overflow = 1}));
}

TEST(Slots, ComeBackToTheIdleOnesAndTheLongestIdleGoesOutFirst) {
  Slots slots({.idle = 2, .capacity = 2});
  OwnedSlot a = connected(slots.take());
  OwnedSlot b = connected(slots.take());
  const Slot* const first_back = b.get();
  give_back(slots, std::move(b));
  give_back(slots, std::move(a));
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 2, .idle = 2}));
  EXPECT_EQ(slots.take().get(), first_back);
}

TEST(Slots, ThatAreEmptyStayInThePoolWhileThereIsRoom) {
  Slots slots({.idle = 1, .capacity = 1});
  give_back(slots, connected(slots.take()));
  const OwnedSlot empty = slots.take();
  EXPECT_FALSE(empty->connection.is_open());
  EXPECT_EQ(empty->origin, Slot::Origin::pooled);
}

TEST(Slots, ThatAreEmptyVanishWhenEnoughAreIdle) {
  Slots slots({.idle = 1, .capacity = 2});
  OwnedSlot a = connected(slots.take());
  OwnedSlot b = connected(slots.take());
  give_back(slots, std::move(a));
  give_back(slots, std::move(b));
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 1, .idle = 1}));
}

TEST(Slots, ThatNeverConnectedVanishEvenWhenNoneIsIdle) {
  Slots slots({.idle = 1, .capacity = 1});
  give_back(slots, slots.take());
  EXPECT_EQ(slots.status(), PoolStatus{});
}

TEST(Slots, GoToTheWaitersInOrderOfArrivalAndNeverToTheIdleOnes) {
  Slots slots({.idle = 1, .capacity = 1});
  OwnedSlot only = connected(slots.take());
  const Slot* const handed_over = only.get();
  ASSERT_EQ(slots.take(), nullptr);
  Waiter first, second;
  slots.join(first);
  slots.join(second);

  give_back(slots, std::move(only));
  EXPECT_EQ(first.granted.get(), handed_over);
  EXPECT_EQ(second.granted, nullptr);
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 1, .checked_out = 1, .waiting = 1}));

  give_back(slots, std::move(first.granted));
  EXPECT_EQ(second.granted.get(), handed_over);
}

TEST(Slots, ThatVanishWakeTheFirstWaiter) {
  // caller A            caller B              slots
  // takes the last      -                     0 free
  // -                   joins, deadline 30 s  0 free
  // connect fails       -                     1 free  <- B must be served here, not at 30 s
  Slots slots({.idle = 1, .capacity = 1});
  OwnedSlot last = slots.take();
  Waiter b;
  slots.join(b);
  slots.vanish(last);
  ASSERT_NE(b.granted, nullptr);
  EXPECT_EQ(b.granted->origin, Slot::Origin::fresh);
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 1, .checked_out = 1}));
}

TEST(Slots, ThatVanishAfterUseAreFreshForWhoeverWaits) {
  Slots slots({.idle = 0, .capacity = 1});
  OwnedSlot used = connected(slots.take());
  Waiter waiter;
  slots.join(waiter);
  slots.vanish(used);
  EXPECT_EQ(waiter.granted->origin, Slot::Origin::fresh);
}

TEST(Slots, AreNotGivenToAWaiterWhoLeft) {
  Slots slots({.idle = 1, .capacity = 1});
  OwnedSlot only = connected(slots.take());
  Waiter impatient, patient;
  slots.join(impatient);
  slots.join(patient);
  slots.leave(impatient);
  give_back(slots, std::move(only));
  EXPECT_EQ(impatient.granted, nullptr);
  EXPECT_NE(patient.granted, nullptr);
}

TEST(Slots, GoOutLastInFirstOutIfToldSo) {
  Slots slots({.idle = 2, .capacity = 2, .use_lifo = true});
  OwnedSlot a = connected(slots.take());
  OwnedSlot b = connected(slots.take());
  const Slot* const last_back = a.get();
  give_back(slots, std::move(b));
  give_back(slots, std::move(a));
  EXPECT_EQ(slots.next_idle(), last_back);
  EXPECT_EQ(slots.take().get(), last_back);
}

TEST(Slots, ComeBackWithoutTheConnectionThatWasDetached) {
  Slots slots({.idle = 1, .capacity = 1});
  OwnedSlot only = connected(slots.take());
  slots.detach(only);
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 1, .idle = 1, .detached = 1}));
  slots.detached_ends();
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 1, .idle = 1}));
}

TEST(Slots, AreNotGivenNorKeptOnceClosed) {
  Slots slots({.idle = 1, .capacity = 1});
  OwnedSlot only = connected(slots.take());
  Waiter waiter;
  slots.join(waiter);
  slots.close();
  EXPECT_EQ(waiter.place, Waiter::Place::sent_off);
  give_back(slots, std::move(only));
  EXPECT_EQ(slots.status(), PoolStatus{});
  EXPECT_EQ(slots.take(), nullptr);
}

TEST(Slots, CountUntilWhoeverTookTheIdleOnesHasClosedThem) {
  Slots slots({.idle = 1, .capacity = 1});
  give_back(slots, connected(slots.take()));
  SlotQueue idle = slots.take_idle();
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 1, .checked_out = 1}));
  OwnedSlot only = idle.pop_front();
  slots.vanish(only);
  EXPECT_EQ(slots.status(), PoolStatus{});
}

// ---- patience ----

// Of each of these waiters one says how long he has waited.
class SlotsWithPatience : public testing::Test {
 protected:
  void join(Waiter& waiter, std::chrono::hours waited) {
    waiter.since = std::chrono::steady_clock::now() - waited;
    slots.join(waiter);
  }

  Slots slots{{.idle = 2, .capacity = 2, .patience = std::chrono::hours(1)}};
  OwnedSlot a = connected(slots.take());
  OwnedSlot b = connected(slots.take());
  Waiter first, second;
  static constexpr std::chrono::hours kNotYet{0};
  static constexpr std::chrono::hours kTooLong{2};
};

TEST_F(SlotsWithPatience, AreLeftLyingAndAWaiterIsToldToLook) {
  join(first, kNotYet);
  const Slot* const back = a.get();
  give_back(slots, std::move(a));
  EXPECT_TRUE(first.notified);
  EXPECT_EQ(first.place, Waiter::Place::queued);
  EXPECT_EQ(slots.take(first).get(), back);
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 2, .checked_out = 2}));
}

TEST_F(SlotsWithPatience, MayBeTakenByANewcomerAndTheWaiterSleepsOnInHisPlace) {
  join(first, kNotYet);
  join(second, kNotYet);
  give_back(slots, std::move(a));
  OwnedSlot overtook = slots.take();
  ASSERT_NE(overtook, nullptr);
  EXPECT_EQ(slots.take(first), nullptr);
  EXPECT_FALSE(first.notified);

  give_back(slots, std::move(overtook));
  EXPECT_TRUE(first.notified) << "he is still the first";
  EXPECT_FALSE(second.notified);
}

TEST_F(SlotsWithPatience, AreHandedToAnImpatientWaiter) {
  join(first, kTooLong);
  const Slot* const back = a.get();
  give_back(slots, std::move(a));
  EXPECT_EQ(first.granted.get(), back);
}

TEST_F(SlotsWithPatience, AreKeptFromANewcomerWhileImpatientWaitersNeedThem) {
  join(first, kNotYet);
  give_back(slots, std::move(a));
  first.since -= kTooLong;  // time passes, and he has not run yet
  EXPECT_EQ(slots.take(), nullptr);
  give_back(slots, std::move(b));
  EXPECT_EQ(first.place, Waiter::Place::served);
  EXPECT_NE(slots.take(), nullptr) << "there is enough for both";
}

TEST_F(SlotsWithPatience, PassTheWordOnWhenTheOneWhoWasToldLeaves) {  // WAKE
  join(first, kNotYet);
  join(second, kNotYet);
  give_back(slots, std::move(a));
  EXPECT_FALSE(second.notified);
  slots.leave(first);
  EXPECT_TRUE(second.notified);
}

// first waiter        second waiter   slots
// is told of a, but   -               a idle
// does not run        -               a idle
// is impatient, and   -               a idle
// is handed b         must be told    a idle
TEST_F(SlotsWithPatience, PassTheWordOnWhenTheOneWhoWasToldIsHandedAnother) {  // WAKE
  join(first, kNotYet);
  join(second, kNotYet);
  give_back(slots, std::move(a));
  first.since -= kTooLong;
  give_back(slots, std::move(b));
  EXPECT_EQ(first.place, Waiter::Place::served);
  EXPECT_TRUE(second.notified);
}

TEST_F(SlotsWithPatience, ThatVanishLeaveRoomAndAWaiterIsToldToLook) {  // WAKE
  join(first, kNotYet);
  slots.vanish(a);
  EXPECT_TRUE(first.notified);
  const OwnedSlot fresh = slots.take(first);
  ASSERT_NE(fresh, nullptr);
  EXPECT_EQ(fresh->origin, Slot::Origin::fresh);
}

TEST(Slots, AreWithoutLimitIfToldSo) {
  Slots slots({.idle = Slots::kUnlimited, .capacity = Slots::kUnlimited});
  std::deque<OwnedSlot> out;
  for (int i = 0; i < 100; ++i) out.push_back(connected(slots.take()));
  for (OwnedSlot& slot : out) give_back(slots, std::move(slot));
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 100, .idle = 100}));
}

TEST(SlotsDeathTest, JoiningWhileASlotIsFreeBreaksALawAndTheCountersArePrinted) {
  Slots slots({.idle = 1, .capacity = 2});
  Waiter waiter;
  EXPECT_DEATH(slots.join(waiter), "available.*0 slots: 0 idle");
}

TEST(SlotsDeathTest, JoiningTwiceIsABug) {
  Slots slots({.idle = 1, .capacity = 1});
  const OwnedSlot only = slots.take();
  Waiter waiter;
  slots.join(waiter);
  EXPECT_DEATH(slots.join(waiter), "assertion failed");
}

TEST(PoolStatus, ReadsAsASentence) {
  EXPECT_EQ(to_string(PoolStatus{.size = 15, .checked_out = 15, .overflow = 10, .waiting = 1}),
            "15 slots: 0 idle, 15 checked out, 10 overflow; 1 caller waiting");
  EXPECT_EQ(to_string(PoolStatus{.detached = 2}),
            "0 slots: 0 idle, 0 checked out, 0 overflow; 0 callers waiting; 2 detached");
}

}  // namespace
}  // namespace poolproof
