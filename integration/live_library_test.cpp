// The library around the pool: settings, transactions and the server's limit, on a real server.
#include <gmock/gmock.h>
#include <signal.h>

#include <stdexcept>

#include <poolproof/registry.hpp>
#include <poolproof/server_limit.hpp>
#include <poolproof/settings.hpp>
#include <poolproof/transaction.hpp>

#include "integration/live_pool.hpp"

namespace poolproof::integration {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Kind = RunError::Kind;

class LiveLibrary : public LivePool {
 protected:
  void SetUp() override {
    LivePool::SetUp();
    ask("CREATE TABLE IF NOT EXISTS written(one int)");
  }
  ~LiveLibrary() override { ask("DROP TABLE IF EXISTS written"); }

  std::string rows() { return ask("SELECT count(*) FROM written"); }

  static void write(PGconn* connection) { query(connection, "INSERT INTO written VALUES (1)"); }
};

TEST_F(LiveLibrary, ATransactionIsCommittedWhenItsFunctionReturns) {
  Pool pool(options(1, 0));
  EXPECT_TRUE(in_transaction(pool, [&](PGconn* connection) { write(connection); }));
  const auto seven = in_transaction(pool, [&](PGconn* connection) {
    write(connection);
    EXPECT_EQ(rows(), "1") << "the second is not to be seen yet";
    return 7;
  });
  ASSERT_TRUE(seven);
  EXPECT_EQ(*seven, 7);
  EXPECT_EQ(rows(), "2");
}

TEST_F(LiveLibrary, ATransactionIsRolledBackWhenItsFunctionThrows) {
  for (const auto how : {ResetOnReturn::rollback, ResetOnReturn::commit}) {
    PoolOptions resetting = options(1, 0);
    resetting.reset_on_return = how;
    Pool pool(resetting);
    EXPECT_THROW((void)in_transaction(pool,
                                      [&](PGconn* connection) {
                                        write(connection);
                                        throw std::runtime_error("by choice");
                                      }),
                 std::runtime_error);
    EXPECT_EQ(rows(), "0");
    EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  }
}

TEST_F(LiveLibrary, ATransactionIsRolledBackWhenItsFunctionReturnsAnError) {
  PoolOptions committing = options(1, 0);
  committing.reset_on_return = ResetOnReturn::commit;
  Pool pool(committing);
  const auto sell = [&](bool in_stock) {
    return in_transaction(pool, [&](PGconn* connection) -> Result<int, std::string> {
      write(connection);
      if (!in_stock) return Unexpected(std::string("out of stock"));
      return 7;
    });
  };
  const auto refused = sell(false);
  ASSERT_TRUE(refused) << "nothing went wrong but what the function says";
  EXPECT_EQ(refused->error(), "out of stock");
  EXPECT_EQ(rows(), "0");
  EXPECT_EQ(**sell(true), 7);
  EXPECT_EQ(rows(), "1");
}

TEST_F(LiveLibrary, TransactionsMayFollowEachOtherOnALeaseOfOnesOwn) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const int backend = backend_of(lease);
  EXPECT_TRUE(in_transaction(lease, [](PGconn* connection) { write(connection); }));
  EXPECT_THROW((void)in_transaction(lease, [](PGconn*) { throw std::runtime_error("by choice"); }),
               std::runtime_error);
  EXPECT_TRUE(in_transaction(lease, [](Lease& same) { write(same.native()); }));
  EXPECT_EQ(rows(), "2");
  EXPECT_EQ(backend_of(lease), backend);
}

TEST_F(LiveLibrary, ATransactionWhoseConnectionItsFunctionClosesHasNotHappened) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const auto closed = in_transaction(lease, [](Lease& same) {
    write(same.native());
    same.invalidate();
  });
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().kind, Kind::rolled_back);
  EXPECT_TRUE(comes_true([this] { return server_connections() == 0; }));
  EXPECT_EQ(rows(), "0");
  const auto next = in_transaction(lease, [](PGconn*) {});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, Kind::not_begun);
}

TEST_F(LiveLibrary, AFunctionMayTakeAPlainConnection) {
  Pool pool(options(1, 0));
  const auto two =
      with_lease(pool, [](PGconn* connection) { return query(connection, "SELECT 2"); });
  ASSERT_TRUE(two);
  EXPECT_EQ(*two, "2");
}

TEST_F(LiveLibrary, ATransactionThatTheServerRollsBackOnCommitIsAnError) {
  Pool pool(options(1, 0));
  const auto failed = in_transaction(pool, [&](PGconn* connection) {
    write(connection);
    query(connection, "SELECT 1/0");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Kind::rolled_back);
  EXPECT_EQ(rows(), "0");
}

TEST_F(LiveLibrary, ATransactionWhoseConnectionIsLostIsNotSaidToHaveFailed) {
  Pool pool(options(1, 0));
  const auto lost = in_transaction(pool, [&](PGconn* connection) {
    const int backend = PQbackendPID(connection);
    ask("SELECT pg_terminate_backend(" + std::to_string(backend) + ", 10000)");
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, Kind::unknown);
  EXPECT_TRUE(in_transaction(pool, [](PGconn*) {})) << "the pool has another";
}

TEST_F(LiveLibrary, AFunctionIsNotCalledWithoutALease) {
  Pool pool(options(1, 0));
  pool.close();
  bool called = false;
  const auto refused = with_lease(pool, [&](Lease&) { called = true; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::no_lease);
  EXPECT_EQ(refused.error().acquire, AcquireError::Kind::closed);
  EXPECT_FALSE(called);
}

TEST_F(LiveLibrary, AFunctionMayDoWithItsLeaseWhatItLikes) {
  Pool pool(options(1, 0));
  const auto backend = with_lease(pool, [](Lease& lease) {
    const int result = backend_of(lease);
    lease.invalidate();
    return result;
  });
  ASSERT_TRUE(backend);
  EXPECT_NE(backend_of(acquired(pool)), *backend);
}

TEST_F(LiveLibrary, TheServersLimitIsThatOfTheRoleIfItHasOne) {
  ask("CREATE ROLE limited LOGIN CONNECTION LIMIT 7");
  PoolOptions limited = options(5, 10);
  limited.conninfo += " user=limited";
  Pool pool(limited);
  const Lease lease = acquired(pool);
  const auto limit = ask_server_limit(lease.native());
  ASSERT_TRUE(limit) << limit.error();
  EXPECT_EQ(limit->max_connections, 100);
  EXPECT_EQ(limit->reserved, 3);
  EXPECT_EQ(limit->of_role, 7);
  EXPECT_EQ(limit->of_database, std::nullopt);
  EXPECT_EQ(shortage(pool.options(), *limit),
            "pool_size 5 + max_overflow 10 = 15 connections, but the server allows 7 (the "
            "connection limit of role limited)");
  ask("ALTER ROLE limited CONNECTION LIMIT -1");
  EXPECT_EQ(shortage(pool.options(), *ask_server_limit(lease.native()), 7),
            "(pool_size 5 + max_overflow 10) x 7 processes = 105 connections, but the server "
            "allows 97 (max_connections 100 - 3 reserved)");
}

TEST_F(LiveLibrary, TheServersLimitIsNotKnownOnABrokenConnection) {
  Pool pool(options(1, 0));
  const Lease lease = acquired(pool);
  ask("SELECT pg_terminate_backend(" + std::to_string(backend_of(lease)) + ", 10000)");
  EXPECT_FALSE(ask_server_limit(lease.native()));
}

TEST_F(LiveLibrary, APoolIsMadeOfSettings) {
  const std::string socket = ask("SHOW unix_socket_directories");
  std::string encoded;
  for (const char c : socket) encoded += c == '/' ? "%2F" : std::string(1, c);
  const auto options = read_settings(
      {.database_url = "postgresql://postgres@" + encoded + "/postgres?pool_pre_ping=true",
       .pool_class = "sqlalchemy.pool.QueuePool",
       .pool_args = R"({"max_overflow": 10, "pool_size": 5, "recycle": 300})"});
  ASSERT_TRUE(options) << options.error();
  Registry registry;
  const auto pool = *registry.pool(*options);
  EXPECT_EQ(query(acquired(*pool).native(), "SELECT 6 * 7"), "42");
  EXPECT_EQ(registry.dispose_all(), 1U);
}

}  // namespace
}  // namespace poolproof::integration
