// Everybody who acquires is answered in the end, if others do their part; and if they do not, or
// the pool forgets somebody, that is found and told as a path and a cycle.
#include "model/liveness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr CallerId kAnn{0}, kBen{1};

PoolConfig without_timeout(int pool_size, int max_overflow) {
  return {.pool_size = pool_size, .max_overflow = max_overflow, .timeout = std::nullopt};
}

// Every operation and every single failure.
class EveryAcquire : public testing::TestWithParam<PoolConfig> {};

TEST_P(EveryAcquire, OfThreeCallersEnds) {
  const auto begin = std::chrono::steady_clock::now();
  const Lively found = lively({.config = GetParam(), .callers = 3});
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_TRUE(found.complete);
  EXPECT_FALSE(found.lasso);
  std::printf("%s: %zu states, %zu transitions, %.0f states/s\n", to_string(GetParam()).c_str(),
              found.states, found.transitions, static_cast<double>(found.states) / seconds);
}

INSTANTIATE_TEST_SUITE_P(
    Liveness, EveryAcquire,
    testing::Values(
        without_timeout(1, 0), without_timeout(1, 1), without_timeout(2, 1),
        PoolConfig{.pool_size = 1, .max_overflow = 1, .timeout = 2s},
        PoolConfig{.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt, .pre_ping = true},
        PoolConfig{.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt, .patience = 1s}),
    [](const auto& each) {
      std::string name = to_string(each.param);
      std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
      return name;
    });

// ---- what is assumed is needed ----

TEST(AnAcquireWithoutATimeout, EndsNotIfALeaseNeverReturns) {
  const Lively found =
      lively({.config = without_timeout(1, 0), .callers = 2}, {.leases_return = false});
  ASSERT_TRUE(found.lasso);
  EXPECT_FALSE(found.complete);
}

TEST(AnAcquireWithoutATimeout, EndsNotIfTheServerNeverAnswers) {
  const Lively found =
      lively({.config = without_timeout(1, 0), .callers = 1}, {.servers_answer = false});
  ASSERT_TRUE(found.lasso);
  EXPECT_FALSE(found.lasso->path.empty());
  EXPECT_THAT(found.lasso->cycle, IsEmpty());
  EXPECT_EQ(found.lasso->starved, kAnn);
}

TEST(AnAcquireWithATimeout, EndsEvenThenAsTimePasses) {
  const Scope scope{.config = {.pool_size = 1, .max_overflow = 0, .timeout = 1s}, .callers = 2};
  const Fairness nobody_helps{
      .servers_answer = false, .leases_return = false, .threads_run = false};
  EXPECT_TRUE(lively(scope, nobody_helps).complete);
  Fairness not_even_time = nobody_helps;
  not_even_time.time_passes = false;
  EXPECT_TRUE(lively(scope, not_even_time).lasso);
}

// A connect whose generation is retired again and again is begun again and again.
TEST(AnAcquireWithoutATimeout, EndsNotIfSomebodyDisposesForEver) {
  const Scope scope{.config = without_timeout(1, 0), .callers = 1};
  EXPECT_TRUE(lively(scope).complete);
  const Lively found = lively(scope, {.faults_go_on = true});
  ASSERT_TRUE(found.lasso);
  EXPECT_FALSE(found.lasso->cycle.empty());
}

// ---- pools that forget somebody ----

// QueuePool's lost wake-up R2.
Step forgets_to_wake_after_a_failed_connect(const PoolConfig& config, const State& state,
                                            const Event& event, const Failures& failures) {
  if (!std::holds_alternative<ConnectFailed>(event)) return step(config, state, event, failures);
  State without_waiters = state;
  without_waiters.waiters.clear();
  Step damaged = step(config, without_waiters, event, failures);
  damaged.after.waiters = state.waiters;
  return damaged;
}

TEST(ALostWakeUp, LetsAWaiterSleepForEver) {
  const Lively found = lively({.config = without_timeout(1, 0), .callers = 2}, {},
                              &forgets_to_wake_after_a_failed_connect);
  ASSERT_TRUE(found.lasso);
  EXPECT_THAT(found.lasso->path,
              ElementsAre(Move{Acquire{kAnn, std::nullopt}, {}},
                          Move{Acquire{kBen, std::nullopt}, {}}, Move{ConnectFailed{kAnn}, {}}));
  EXPECT_THAT(found.lasso->cycle, IsEmpty());
  EXPECT_EQ(found.lasso->starved, kBen);
}

template <class... Wanted>
bool is_one_of(const Move& move) {
  return move.failures == Failures{} && (std::holds_alternative<Wanted>(move.event) || ...);
}

// In QueuePool whoever is told to look may find that somebody else was quicker, every time: no
// wake-up is lost.
TEST(QueuePoolAsItIs, LetsAWaiterStarveWhileOthersComeAndGo) {
  PoolConfig config = without_timeout(1, 0);
  config.profile = Profile::sqlalchemy;
  const Scope scope{
      .config = config, .callers = 2, .may_happen = is_one_of<Acquire, Connected, Release, Wake>};
  const Lively found = lively(scope);
  ASSERT_TRUE(found.lasso);
  EXPECT_FALSE(found.lasso->cycle.empty());
  config.profile = Profile::strict;
  EXPECT_TRUE(lively({.config = config, .callers = 2, .may_happen = scope.may_happen}).complete);
}

// A lasso can be walked: its cycle leads to where it begins, and the starved one still waits there.
TEST(ALasso, LeadsBackToWhereItsCycleBegins) {
  PoolConfig config = without_timeout(1, 0);
  config.profile = Profile::sqlalchemy;
  const Lively found = lively(
      {.config = config, .callers = 3, .may_happen = is_one_of<Acquire, Connected, Release, Wake>});
  ASSERT_TRUE(found.lasso);
  State state = initial(config);
  const auto go = [&](const std::vector<Move>& moves) {
    for (const Move& move : moves) {
      ASSERT_EQ(illegal(config, state, move.event), std::nullopt) << to_string(move);
      const Step stepped = step(config, state, move.event, move.failures);
      for (const Answer& answer : stepped.answers) {
        EXPECT_NE(answer, Answer(TimedOut{found.lasso->starved}));
      }
      state = stepped.after;
    }
  };
  go(found.lasso->path);
  const State first = state;
  for (int i = 0; i < 3; ++i) {
    go(found.lasso->cycle);
    EXPECT_EQ(to_string(state), to_string(first));
    const Waiter* waits = nullptr;
    for (const Waiter& each : state.waiters) {
      if (each.caller == found.lasso->starved) waits = &each;
    }
    EXPECT_NE(waits, nullptr);
  }
}

TEST(Liveness, SaysSoWhenItsBudgetIsTooSmall) {
  const Lively found = lively({.config = without_timeout(2, 1), .callers = 3, .most_states = 50});
  EXPECT_FALSE(found.complete);
  EXPECT_FALSE(found.lasso);
}

}  // namespace
}  // namespace poolproof::model
