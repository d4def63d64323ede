#include <poolproof/options.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include <poolproof/pool.hpp>

namespace poolproof {
namespace {

using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::StartsWith;

constexpr int kMostInt = std::numeric_limits<int>::max();

TEST(PoolOptions, TheDefaultsAreThoseOfQueuePool) {
  const PoolOptions options;
  EXPECT_EQ(options.pool_size, 5);
  EXPECT_EQ(options.max_overflow, 10);
  EXPECT_EQ(options.timeout, std::chrono::seconds(30));
  EXPECT_EQ(options.recycle, std::nullopt);
  EXPECT_FALSE(options.use_lifo);
  EXPECT_FALSE(options.pre_ping);
  EXPECT_EQ(options.reset_on_return, ResetOnReturn::rollback);
  EXPECT_EQ(options.patience, nanoseconds(0));
  EXPECT_EQ(problem(options), std::nullopt);
}

TEST(PoolOptions, ZeroMinusOneAndNulloptHaveTheirMeaningAndAreNoProblem) {
  EXPECT_EQ(problem({.pool_size = 0}), std::nullopt);
  EXPECT_EQ(problem({.max_overflow = -1}), std::nullopt);
  EXPECT_EQ(problem({.pool_size = kMostInt, .max_overflow = -1}), std::nullopt);
  EXPECT_EQ(problem({.timeout = nanoseconds(0)}), std::nullopt);
  EXPECT_EQ(problem({.timeout = std::nullopt}), std::nullopt);
  EXPECT_EQ(problem({.recycle = nanoseconds(0)}), std::nullopt);
}

TEST(PoolOptions, AProblemNamesTheOptionAndTheMend) {
  EXPECT_THAT(problem({.pool_size = -1}), Optional(StartsWith("pool_size: -1 is negative; use 0")));
  EXPECT_THAT(problem({.max_overflow = -2}), Optional(StartsWith("max_overflow: -2 is below -1")));
  EXPECT_THAT(problem({.pool_size = 1, .max_overflow = kMostInt}),
              Optional(StartsWith("max_overflow: its sum with pool_size")));
  EXPECT_THAT(problem({.timeout = nanoseconds(-1)}), Optional(StartsWith("timeout: ")));
  EXPECT_THAT(problem({.recycle = nanoseconds(-1)}), Optional(StartsWith("recycle: ")));
  EXPECT_THAT(problem({.patience = nanoseconds(-1)}), Optional(StartsWith("patience: ")));
  EXPECT_THAT(problem({.hooks = {.close = {nullptr}}}),
              Optional(StartsWith("hooks.close: holds an empty function")));
}

TEST(PoolOptions, ConninfoMayBeKeywordsOrAUrl) {
  EXPECT_EQ(problem({.conninfo = "host=/run/pg dbname='my app'"}), std::nullopt);
  EXPECT_EQ(problem({.conninfo = "postgresql://me@db:5432/app?sslmode=require"}), std::nullopt);
  EXPECT_THAT(problem({.conninfo = "hots=db"}), Optional(StartsWith("conninfo: ")));
}

TEST(PoolOptions, AProblemWithConninfoNeverShowsThePassword) {
  for (const char* broken : {"password = my hunter2", "password=hunter2 hunter2=1",
                             "postgresql://me:hunter2%zz@db/app", "password='hunter2"}) {
    EXPECT_THAT(problem({.conninfo = broken}), Optional(Not(HasSubstr("hunter2")))) << broken;
  }
}

TEST(PoolOptionsDeathTest, APoolAbortsOnAProblemAndSaysWhich) {
  EXPECT_DEATH(Pool({.pool_size = -1}), "pool_size: -1 is negative");
}

}  // namespace
}  // namespace poolproof
