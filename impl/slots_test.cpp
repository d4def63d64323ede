// How slots go round, without connections, threads or time: the rules one by one. Slots are told
// apart by their address.
#include "impl/slots.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace poolproof {
namespace {

// What the pool does to a fresh slot once it has connected in it.
OwnedSlot connected(OwnedSlot slot) {
  slot->origin = Slot::Origin::pooled;
  return slot;
}

void give_back(Slots& slots, OwnedSlot slot) {
  slots.give_back(slot);
  EXPECT_EQ(slot, nullptr) << "it has no connection that would have to be closed first";
}

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
  slots.vanish(std::move(last));
  ASSERT_NE(b.granted, nullptr);
  EXPECT_EQ(b.granted->origin, Slot::Origin::fresh);
  EXPECT_EQ(slots.status(), (PoolStatus{.size = 1, .checked_out = 1}));
}

TEST(Slots, ThatVanishAfterUseAreFreshForWhoeverWaits) {
  Slots slots({.idle = 0, .capacity = 1});
  OwnedSlot used = connected(slots.take());
  Waiter waiter;
  slots.join(waiter);
  slots.vanish(std::move(used));
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
  EXPECT_DEATH(slots.join(waiter), "waiters_.empty.*0 slots: 0 idle.*1 caller waiting");
}

TEST(SlotsDeathTest, LeavingAQueueOneIsNotInIsABug) {
  Slots slots({.idle = 1, .capacity = 1});
  Waiter waiter;
  EXPECT_DEATH(slots.leave(waiter), "assertion failed");
}

TEST(PoolStatus, ReadsAsASentence) {
  EXPECT_EQ(to_string(PoolStatus{.size = 15, .checked_out = 15, .overflow = 10, .waiting = 1}),
            "15 slots: 0 idle, 15 checked out, 10 overflow; 1 caller waiting");
}

}  // namespace
}  // namespace poolproof
