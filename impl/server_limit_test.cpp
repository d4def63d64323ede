#include <poolproof/server_limit.hpp>

#include <gtest/gtest.h>

namespace poolproof {
namespace {

constexpr int kNoLimit = -1;

ServerLimit starter_plan() { return {.max_connections = 20, .reserved = 3, .role = "app"}; }

TEST(ServerLimit, WarnsOfAPoolThatMayWantMore) {
  EXPECT_EQ(shortage({.pool_size = 20, .max_overflow = 10}, starter_plan()),
            "pool_size 20 + max_overflow 10 = 30 connections, but the server allows 17 "
            "(max_connections 20 - 3 reserved)");
  EXPECT_EQ(shortage({.pool_size = 7, .max_overflow = 10}, starter_plan()), std::nullopt);
  EXPECT_NE(shortage({.pool_size = 8, .max_overflow = 10}, starter_plan()), std::nullopt);
}

TEST(ServerLimit, WarnsOfProcessesThatTogetherMayWantMore) {
  EXPECT_EQ(shortage({.pool_size = 3, .max_overflow = 2}, starter_plan(), 4),
            "(pool_size 3 + max_overflow 2) x 4 processes = 20 connections, but the server allows "
            "17 (max_connections 20 - 3 reserved)");
  EXPECT_EQ(shortage({.pool_size = 3, .max_overflow = 2}, starter_plan(), 3), std::nullopt);
}

TEST(ServerLimit, OfARoleOrDatabaseCountsIfItIsLess) {
  ServerLimit limit = starter_plan();
  limit.of_role = 10;
  EXPECT_EQ(shortage({}, limit),
            "pool_size 5 + max_overflow 10 = 15 connections, but the server allows 10 (the "
            "connection limit of role app)");
  limit.of_database = 4;
  limit.database = "shop";
  EXPECT_EQ(shortage({.max_overflow = 0}, limit),
            "pool_size 5 + max_overflow 0 = 5 connections, but the server allows 4 (the "
            "connection limit of database shop)");
}

TEST(ServerLimit, IsNoneForAPoolWithoutALimit) {
  EXPECT_EQ(shortage({.max_overflow = kNoLimit}, starter_plan()),
            "the pool has no limit (pool_size 5 + max_overflow -1), but the server allows 17 "
            "connections (max_connections 20 - 3 reserved)");
  EXPECT_EQ(shortage({.pool_class = PoolClass::null_pool}, starter_plan()),
            "the pool has no limit (NullPool), but the server allows 17 connections "
            "(max_connections 20 - 3 reserved)");
}

TEST(ServerLimit, CountsWhatAClassMayOpen) {
  EXPECT_EQ(shortage({.pool_class = PoolClass::static_pool}, starter_plan(), 17), std::nullopt);
  EXPECT_EQ(shortage({.pool_class = PoolClass::assertion_pool}, starter_plan(), 18),
            "(AssertionPool) x 18 processes = 18 connections, but the server allows 17 "
            "(max_connections 20 - 3 reserved)");
  EXPECT_EQ(
      shortage({.pool_class = PoolClass::singleton_thread_pool, .pool_size = 18}, starter_plan()),
      "pool_size 18 = 18 connections, but the server allows 17 (max_connections 20 - 3 "
      "reserved)");
}

}  // namespace
}  // namespace poolproof
