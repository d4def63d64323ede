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

// Nothing but acquire, connect, release and hard invalidation, and nothing fails but connects.
bool is_plain(const Move& move) {
  const auto* invalidate = std::get_if<Invalidate>(&move.event);
  return move.failures == Failures{} && (!invalidate || invalidate->how == Invalidation::hard) &&
         !std::holds_alternative<Detach>(move.event) &&
         !std::holds_alternative<Cancel>(move.event) &&
         !std::holds_alternative<Dispose>(move.event) && !std::holds_alternative<Close>(move.event);
}

TEST(Reach, OfOneSlotAndOneCallerWithoutTimeIsCountedByHand) {
  // Before any connect: no slot; connecting. After it: no lease and idle or EMPTY; leased or
  // leased EMPTY; connecting anew. (The acquire for no time has as long to connect as the other.)
  // The last is reached by acquire, connect, invalidate, release, acquire.
  const Reached reached =
      reach({.config = {.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt},
             .callers = 1,
             .may_happen = is_plain});
  EXPECT_TRUE(reached.complete);
  EXPECT_FALSE(reached.violation);
  EXPECT_EQ(reached.states, 7U);
  EXPECT_EQ(reached.depth, 5U);
}

// Every operation, every single failure.
class EveryState : public testing::TestWithParam<PoolConfig> {};

TEST_P(EveryState, OfThreeCallersKeepsEveryLaw) {
  const Reached reached = reach({.config = GetParam(), .callers = 3});
  EXPECT_TRUE(reached.complete);
  EXPECT_FALSE(reached.violation);
}

INSTANTIATE_TEST_SUITE_P(
    Reach, EveryState,
    testing::Values(
        PoolConfig{.pool_size = 2, .max_overflow = 1},
        PoolConfig{.pool_size = 1, .max_overflow = 1, .timeout = 2s, .recycle = 2s},
        PoolConfig{.pool_size = 1, .max_overflow = 1, .pre_ping = true},
        PoolConfig{.pool_size = 1,
                   .max_overflow = 0,
                   .timeout = 2s,
                   .recycle = 2s,
                   .pre_ping = true,
                   .patience = 1s},
        PoolConfig{.pool_size = 2, .max_overflow = 0, .use_lifo = true, .patience = 30s},
        PoolConfig{.pool_size = 1, .max_overflow = -1, .timeout = 0s},
        PoolConfig{.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt, .recycle = 0s},
        PoolConfig{.pool_size = 0, .max_overflow = 0},
        PoolConfig{.timeout = std::nullopt, .pool_class = PoolClass::null_pool},
        PoolConfig{.timeout = std::nullopt, .pool_class = PoolClass::static_pool},
        PoolConfig{.timeout = 2s, .pool_class = PoolClass::assertion_pool},
        PoolConfig{.pool_size = 1,
                   .timeout = std::nullopt,
                   .pool_class = PoolClass::singleton_thread_pool}),
    [](const auto& each) {
      std::string name = to_string(each.param);
      std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
      return name;
    });

// With somebody who maintains, warms up and drains.
class EveryStateOfAPoolThatIsTended : public testing::TestWithParam<PoolConfig> {};

TEST_P(EveryStateOfAPoolThatIsTended, KeepsEveryLaw) {
  const Reached reached = reach({.config = GetParam(), .callers = 2, .upkeep = true});
  EXPECT_TRUE(reached.complete) << reached.states;
  EXPECT_FALSE(reached.violation);
}

INSTANTIATE_TEST_SUITE_P(
    Reach, EveryStateOfAPoolThatIsTended,
    testing::Values(
        PoolConfig{.pool_size = 2, .max_overflow = 0, .timeout = std::nullopt, .min_idle = 1},
        PoolConfig{.pool_size = 1, .max_overflow = 0, .timeout = 2s, .idle_timeout = 2s},
        PoolConfig{.pool_size = 1,
                   .max_overflow = 0,
                   .timeout = std::nullopt,
                   .recycle = 2s,
                   .recycle_jitter = 2s},
        PoolConfig{
            .pool_size = 1, .max_overflow = 1, .timeout = std::nullopt, .connect_backoff = 30s},
        PoolConfig{.pool_size = 2,
                   .timeout = std::nullopt,
                   .pool_class = PoolClass::singleton_thread_pool,
                   .min_idle = 1}),
    [](const auto& each) {
      std::string name = to_string(each.param);
      std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
      return name;
    });

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
                                            const Event& event, const Failures& failures) {
  if (!std::holds_alternative<ConnectFailed>(event)) return step(config, state, event, failures);
  State without_waiters = state;
  without_waiters.waiters.clear();
  Step damaged = step(config, without_waiters, event, failures);
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
  EXPECT_EQ(reached.violation->path.back(), (Move{ConnectFailed{kFirst}, {}}));
}

Step hands_out_beyond_capacity(const PoolConfig& config, const State& state, const Event& event,
                               const Failures& failures) {
  PoolConfig larger = config;
  ++larger.max_overflow;
  return step(larger, state, event, failures);
}

TEST(Reach, FindsTooManySlotsByAShortestPath) {
  const Reached reached =
      reach({.config = {.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt}, .callers = 2},
            &hands_out_beyond_capacity);
  ASSERT_TRUE(reached.violation);
  EXPECT_EQ(reached.violation->law, LawId::cap);
  EXPECT_THAT(reached.violation->path, ElementsAre(Move{Acquire{kFirst, std::nullopt}, {}},
                                                   Move{Acquire{kSecond, std::nullopt}, {}}));
}

}  // namespace
}  // namespace poolproof::model
