#include <poolproof/registry.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolproof {
namespace {

using testing::StartsWith;

TEST(Registry, HasOnePoolForEachConnectionHoweverItIsWritten) {
  Registry registry;
  const auto pool = *registry.pool({.conninfo = "host=db dbname=app"});
  EXPECT_EQ(pool, *registry.pool({.conninfo = "dbname='app' host=db"}));
  EXPECT_EQ(pool, *registry.pool({.conninfo = "postgresql://db/app"}));
  EXPECT_NE(pool, *registry.pool({.conninfo = "postgresql://db/other"}));
}

TEST(Registry, KeepsPoolsOfDifferentClassesApart) {
  Registry registry;
  EXPECT_NE(*registry.pool({.conninfo = "dbname=app"}),
            *registry.pool({.conninfo = "dbname=app", .pool_class = PoolClass::null_pool}));
}

// A value that looks like two parameters.
TEST(Registry, IsNotFooledByWhatAValueContains) {
  Registry registry;
  EXPECT_NE(*registry.pool({.conninfo = "user=me dbname=app"}),
            *registry.pool({.conninfo = "user='me dbname 3 app'"}));
}

TEST(Registry, TakesTheOtherOptionsOfWhoeverComesFirst) {
  Registry registry;
  const auto first = *registry.pool({.conninfo = "dbname=app", .pool_size = 3});
  EXPECT_EQ((*registry.pool({.conninfo = "dbname=app", .pool_size = 7}))->options().pool_size, 3);
}

TEST(Registry, DisposesOfOne) {
  Registry registry;
  const auto app = *registry.pool({.conninfo = "dbname=app"});
  const auto null = *registry.pool({.conninfo = "dbname=app", .pool_class = PoolClass::null_pool});
  const auto other = *registry.pool({.conninfo = "dbname=other"});
  EXPECT_EQ(registry.dispose("postgresql:///app"), 2U);
  EXPECT_EQ(app->try_acquire().error().kind, AcquireError::Kind::closed);
  EXPECT_EQ(null->try_acquire().error().kind, AcquireError::Kind::closed);
  EXPECT_EQ(other, *registry.pool({.conninfo = "dbname=other"}));
  EXPECT_NE(app, *registry.pool({.conninfo = "dbname=app"}));
  EXPECT_EQ(registry.dispose("dbname=nobody"), 0U);
}

TEST(Registry, DisposesOfAll) {
  Registry registry;
  const auto app = *registry.pool({.conninfo = "dbname=app"});
  const auto other = *registry.pool({.conninfo = "dbname=other"});
  EXPECT_EQ(registry.dispose_all(), 2U);
  EXPECT_EQ(registry.dispose_all(), 0U);
  EXPECT_EQ(app->try_acquire().error().kind, AcquireError::Kind::closed);
  EXPECT_EQ(other->try_acquire().error().kind, AcquireError::Kind::closed);
}

TEST(Registry, SaysWhatIsWrongWithOptions) {
  Registry registry;
  EXPECT_THAT(registry.pool({.pool_size = -1}).error(), StartsWith("pool_size: -1"));
  EXPECT_THAT(registry.pool({.conninfo = "hots=db"}).error(), StartsWith("conninfo: "));
}

}  // namespace
}  // namespace poolproof
