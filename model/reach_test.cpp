// The walk over all reachable states: it is complete, it finds a damaged specification by a
// shortest path, and it says so when its budget is too small.
#include "model/reach.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr CallerId kFirst{0};
constexpr CallerId kSecond{1};

TEST(Reach, OfOneSlotAndOneCallerWithoutTimeIsCountedByHand) {
  // no slot; leased; leased and empty; idle; idle and empty; and four ways to be connecting: in a
  // fresh or a pooled slot, for ever or for no time. The pooled slot is reached last: acquire,
  // connect, invalidate, release, acquire.
  const Reached reached =
      reach({.config = {.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt}, .callers = 1});
  EXPECT_TRUE(reached.complete);
  EXPECT_FALSE(reached.violation);
  EXPECT_EQ(reached.states, 9U);
  EXPECT_EQ(reached.depth, 5U);
}

TEST(Reach, IsCompleteAndBreaksNoLawWithTimeoutsAndRecycle) {
  const Reached reached = reach(
      {.config = {.pool_size = 1, .max_overflow = 1, .timeout = 2s, .recycle = 2s}, .callers = 2});
  EXPECT_TRUE(reached.complete);
  EXPECT_FALSE(reached.violation);
}

TEST(Reach, IsTheSameForDurationsInTheSameProportion) {
  PoolConfig config{.pool_size = 1, .max_overflow = 0, .timeout = 30s, .recycle = 60s};
  const Reached slow = reach({.config = config, .callers = 2});
  config.timeout = 30ms;
  config.recycle = 60ms;
  const Reached fast = reach({.config = config, .callers = 2});
  EXPECT_EQ(slow.states, fast.states);
  EXPECT_EQ(slow.transitions, fast.transitions);
}

TEST(Reach, SaysSoWhenItsBudgetIsTooSmall) {
  const Reached reached = reach({.config = {.pool_size = 2, .max_overflow = 1}, .most_states = 50});
  EXPECT_FALSE(reached.complete);
  EXPECT_FALSE(reached.violation);
  EXPECT_GE(reached.states, 50U);
}

// QueuePool's lost wake-up R2: a failed connect frees the slot and wakes nobody.
Step forgets_to_wake_after_a_failed_connect(const PoolConfig& config, const State& state,
                                            const Event& event) {
  if (!std::holds_alternative<ConnectFailed>(event)) return step(config, state, event);
  State without_waiters = state;
  without_waiters.waiters.clear();
  Step damaged = step(config, without_waiters, event);
  damaged.after.waiters = state.waiters;
  return damaged;
}

TEST(Reach, FindsALostWakeUpByAShortestPath) {
  const Reached reached =
      reach({.config = {.pool_size = 1, .max_overflow = 0, .timeout = 1s}, .callers = 2},
            &forgets_to_wake_after_a_failed_connect);
  ASSERT_TRUE(reached.violation);
  EXPECT_EQ(reached.violation->law, LawId::wake);
  EXPECT_FALSE(reached.complete);
  EXPECT_EQ(reached.violation->path.size(), 3U);
  EXPECT_EQ(reached.violation->path.back(), Event(ConnectFailed{kFirst}));
}

Step hands_out_beyond_capacity(const PoolConfig& config, const State& state, const Event& event) {
  PoolConfig larger = config;
  ++larger.max_overflow;
  return step(larger, state, event);
}

TEST(Reach, FindsTooManySlotsByAShortestPath) {
  const Reached reached =
      reach({.config = {.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt}, .callers = 2},
            &hands_out_beyond_capacity);
  ASSERT_TRUE(reached.violation);
  EXPECT_EQ(reached.violation->law, LawId::cap);
  EXPECT_THAT(reached.violation->path, ElementsAre(Event(Acquire{kFirst, std::nullopt}),
                                                   Event(Acquire{kSecond, std::nullopt})));
}

}  // namespace
}  // namespace poolproof::model
