// Which pools can be asked for, and how many slots they have.
#include "model/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

constexpr int kMost = std::numeric_limits<int>::max();

TEST(PoolConfig, DefaultsAreThoseOfQueuePoolWithoutProblem) {
  const PoolConfig config;
  EXPECT_EQ(problem(config), std::nullopt);
  EXPECT_EQ(to_string(config), "pool_size 5, max_overflow 10, timeout 30s, recycle never");
}

TEST(PoolConfig, CapacityIsPoolSizePlusMaxOverflow) {
  EXPECT_THAT(capacity({.pool_size = 5, .max_overflow = 10}), Optional(15));
  EXPECT_THAT(capacity({.pool_size = 1, .max_overflow = 0}), Optional(1));
}

TEST(PoolConfig, MaxOverflowMinusOneMeansNoLimitButNotOnIdle) {
  const PoolConfig config{.pool_size = 3, .max_overflow = -1};
  EXPECT_EQ(capacity(config), std::nullopt);
  EXPECT_THAT(idle_limit(config), Optional(3));
}

TEST(PoolConfig, PoolSizeZeroMeansNoLimitAtAllWhateverMaxOverflowSays) {
  for (const int max_overflow : {-1, 0, 42}) {
    const PoolConfig config{.pool_size = 0, .max_overflow = max_overflow};
    EXPECT_EQ(problem(config), std::nullopt);
    EXPECT_EQ(capacity(config), std::nullopt);
    EXPECT_EQ(idle_limit(config), std::nullopt);
  }
}

TEST(PoolConfig, LargestCapacityIsTheLargestInt) {
  EXPECT_EQ(problem({.pool_size = kMost, .max_overflow = 0}), std::nullopt);
  EXPECT_THAT(capacity({.pool_size = kMost - 1, .max_overflow = 1}), Optional(kMost));
  EXPECT_EQ(problem({.pool_size = kMost, .max_overflow = -1}), std::nullopt);
  EXPECT_THAT(problem({.pool_size = kMost, .max_overflow = 1}),
              Optional(HasSubstr("pool_size + max_overflow is more than 2147483647")));
}

TEST(PoolConfig, NegativePoolSizeIsAProblem) {
  EXPECT_THAT(problem({.pool_size = -1}), Optional(HasSubstr("pool_size is -1: give 0")));
}

TEST(PoolConfig, MaxOverflowBelowMinusOneIsAProblem) {
  EXPECT_THAT(problem({.max_overflow = -2}), Optional(HasSubstr("max_overflow is -2: give -1")));
}

TEST(PoolConfig, TimeoutMayBeZeroOrNoneButNotNegative) {
  EXPECT_EQ(problem({.timeout = 0s}), std::nullopt);
  EXPECT_EQ(problem({.timeout = std::nullopt}), std::nullopt);
  EXPECT_THAT(problem({.timeout = -1ns}), Optional(HasSubstr("timeout is -1ns: give 0s")));
}

TEST(PoolConfig, RecycleMayBeZeroOrNoneButNotNegative) {
  EXPECT_EQ(problem({.recycle = 0s}), std::nullopt);
  EXPECT_EQ(problem({.recycle = std::nullopt}), std::nullopt);
  EXPECT_THAT(problem({.recycle = -1s}), Optional(HasSubstr("recycle is -1s: give 0s")));
}

TEST(PoolConfig, PatienceMayBeZeroButNotNegative) {
  EXPECT_EQ(problem({.patience = 0s}), std::nullopt);
  EXPECT_THAT(problem({.patience = -1s}), Optional(HasSubstr("patience is -1s")));
}

TEST(PoolConfig, QueuePoolHasNeitherPatienceNorDiscard) {
  EXPECT_THAT(problem({.patience = 1s, .profile = Profile::sqlalchemy}),
              Optional(HasSubstr("patience is 1s: the profile sqlalchemy has none")));
  EXPECT_THAT(problem({.reset_on_return = ResetOnReturn::discard, .profile = Profile::sqlalchemy}),
              Optional(HasSubstr("reset_on_return is discard")));
}

TEST(PoolConfig, QueuePoolOfSizeZeroIsLimitedByMaxOverflow) {
  EXPECT_EQ(capacity({.pool_size = 0, .max_overflow = 3, .profile = Profile::sqlalchemy}), 3);
}

TEST(PoolConfig, IsToldWithWhatIsNotAsByDefault) {
  EXPECT_EQ(to_string(PoolConfig{}), "pool_size 5, max_overflow 10, timeout 30s, recycle never");
  EXPECT_EQ(to_string(PoolConfig{.use_lifo = true,
                                 .pre_ping = true,
                                 .reset_on_return = ResetOnReturn::none,
                                 .patience = 5ms}),
            "pool_size 5, max_overflow 10, timeout 30s, recycle never, lifo, pre_ping, "
            "reset_on_return none, patience 5ms");
}

TEST(Duration, IsWrittenInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(to_string(Duration(0s)), "0s");
  EXPECT_EQ(to_string(Duration(5min)), "300s");
  EXPECT_EQ(to_string(Duration(1500ms)), "1500ms");
  EXPECT_EQ(to_string(Duration(2us)), "2us");
  EXPECT_EQ(to_string(Duration(1s + 1ns)), "1000000001ns");
}

TEST(Time, IsWrittenAsTheDurationSinceTheStart) {
  EXPECT_EQ(to_string(Time{250ms}), "250ms");
  EXPECT_EQ(to_string(kNever), "never");
}

TEST(PoolConfig, EachClassHasItsOwnLimits) {
  const auto limits = [](PoolClass pool_class) {
    const PoolConfig config{.pool_size = 3, .max_overflow = 2, .pool_class = pool_class};
    return std::pair(capacity(config).value_or(-1), idle_limit(config).value_or(-1));
  };
  EXPECT_EQ(limits(PoolClass::queue_pool), std::pair(5, 3));
  EXPECT_EQ(limits(PoolClass::null_pool), std::pair(-1, 0));
  EXPECT_EQ(limits(PoolClass::static_pool), std::pair(1, 1));
  EXPECT_EQ(limits(PoolClass::singleton_thread_pool), std::pair(3, 3));
  EXPECT_EQ(limits(PoolClass::assertion_pool), std::pair(1, 1));
}

TEST(PoolConfig, UpkeepThatCannotBeIsAProblem) {
  EXPECT_THAT(problem({.recycle_jitter = 1s}), Optional(HasSubstr("recycle_jitter is 1s: give")));
  EXPECT_EQ(problem({.recycle = 1s, .recycle_jitter = 1s}), std::nullopt);
  EXPECT_THAT(problem({.idle_timeout = -1s}), Optional(HasSubstr("idle_timeout is -1s: give")));
  EXPECT_THAT(problem({.pool_size = 1, .min_idle = 2}), Optional(HasSubstr("min_idle is 2: give")));
  EXPECT_EQ(problem({.pool_size = 0, .min_idle = 2}), std::nullopt);
  EXPECT_THAT(problem({.connect_backoff = -1s}), Optional(HasSubstr("connect_backoff is -1s")));
}

TEST(PoolConfig, TheProfileSqlalchemyIsQueuePoolWithoutUpkeep) {
  EXPECT_THAT(problem({.pool_class = PoolClass::null_pool, .profile = Profile::sqlalchemy}),
              Optional(HasSubstr("the profile sqlalchemy is QueuePool")));
  EXPECT_THAT(problem({.min_idle = 1, .profile = Profile::sqlalchemy}),
              Optional(HasSubstr("the profile sqlalchemy is QueuePool")));
}

TEST(PoolConfig, ReadsWithWhatIsNotAsByDefault) {
  EXPECT_EQ(to_string(PoolConfig{.recycle = 2s,
                                 .pool_class = PoolClass::static_pool,
                                 .recycle_jitter = 1s,
                                 .idle_timeout = 3s,
                                 .min_idle = 1,
                                 .connect_backoff = 4s}),
            "pool_size 5, max_overflow 10, timeout 30s, recycle 2s, recycle_jitter 1s, "
            "idle_timeout 3s, min_idle 1, connect_backoff 4s, class StaticPool");
}

}  // namespace
}  // namespace poolproof::model
