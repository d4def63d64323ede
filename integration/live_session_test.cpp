// What becomes of sessions that are left in a mess, ended, hung or never had: the lease that comes
// next, and the slot.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <thread>
#include <utility>

#include "integration/live_pool.hpp"
#include "integration/silent_server.hpp"

namespace poolproof::integration {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

using LiveSession = LivePool;

TEST_F(LiveSession, RollsBackWhatALeaseLeftOpen) {  // CLEAN
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const int backend = backend_of(lease);
  query(lease.native(), "CREATE TABLE left_open()");
  query(lease.native(), "BEGIN; DROP TABLE left_open");
  lease.release();

  lease = acquired(pool);
  EXPECT_EQ(backend_of(lease), backend);
  EXPECT_EQ(PQtransactionStatus(lease.native()), PQTRANS_IDLE);
  EXPECT_EQ(query(lease.native(), "BEGIN; DROP TABLE left_open; SELECT 1/0"),
            "ERROR ERROR:  division by zero\n");
  lease.release();

  lease = acquired(pool);
  EXPECT_EQ(backend_of(lease), backend);
  EXPECT_EQ(query(lease.native(), "DROP TABLE left_open"), "") << "it was rolled back, twice";
}

TEST_F(LiveSession, ReplacesAConnectionThatWasReturnedInTheMiddleOfSomething) {  // CLEAN
  Pool pool(options(1, 0));
  const auto replaced_after = [&pool](auto&& mess) {
    Lease lease = acquired(pool);
    const int backend = backend_of(lease);
    mess(lease.native());
    lease.release();
    const Lease next = acquired(pool);
    return backend_of(next) != backend && query(next.native(), "SELECT 1") == "1";
  };
  EXPECT_TRUE(replaced_after([](PGconn* c) { PQsendQuery(c, "SELECT pg_sleep(60)"); }));
  EXPECT_TRUE(replaced_after([](PGconn* c) { PQclear(PQexec(c, "COPY (SELECT 1) TO STDOUT")); }));
  EXPECT_TRUE(replaced_after([](PGconn* c) { PQenterPipelineMode(c); }));
  EXPECT_TRUE(replaced_after([](PGconn* c) {
    PQsendQuery(c, "SELECT 1");
    PQclear(PQgetResult(c));  // one more to come: the end
  }));
}

TEST_F(LiveSession, GivesUpARollbackThatTheServerDoesNotAnswer) {
  PoolOptions impatient = options(1, 0);
  impatient.timeout = 50ms;
  Pool pool(impatient);
  Lease lease = acquired(pool);
  query(lease.native(), "BEGIN");
  const int backend = backend_of(lease);
  kill(backend, SIGSTOP);
  lease.release();
  kill(backend, SIGCONT);
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  EXPECT_NE(backend_of(acquired(pool)), backend);
}

TEST_F(LiveSession, ReplacesAConnectionThatTheServerEnded) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const int backend = backend_of(lease);
  ask("SELECT pg_terminate_backend(" + std::to_string(backend) + ")");
  EXPECT_TRUE(comes_true([&] { return server_connections() == 0; }));
  EXPECT_THAT(query(lease.native(), "SELECT 1"), StartsWith("ERROR"));
  lease.release();
  lease = acquired(pool);
  EXPECT_NE(backend_of(lease), backend);
  EXPECT_EQ(query(lease.native(), "SELECT 1"), "1");
}

TEST_F(LiveSession, ClosesAnInvalidatedConnectionAtOnceAndKeepsTheSlotForTheLease) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  lease.invalidate();
  EXPECT_EQ(lease.native(), nullptr);
  EXPECT_TRUE(comes_true([&] { return server_connections() == 0; }));
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .checked_out = 1}));
  lease.release();
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  EXPECT_EQ(query(acquired(pool).native(), "SELECT 1"), "1");
}

TEST_F(LiveSession, TellsInLibpqsWordsWhyAConnectFailedAndLosesNoCapacity) {
  PoolOptions nowhere = options(1, 0);
  nowhere.conninfo += " host=/does/not/exist";
  PoolOptions no_database = options(1, 0);
  no_database.conninfo += " dbname=nowhere";
  for (const auto& [unreachable, words] :
       {std::pair(nowhere, "No such file or directory"),
        std::pair(no_database, "database \"nowhere\" does not exist")}) {
    Pool pool(unreachable);
    for (int i = 0; i < 2; ++i) {
      const auto lease = pool.acquire();
      ASSERT_FALSE(lease);
      EXPECT_EQ(lease.error().kind, AcquireError::Kind::connect_failed);
      EXPECT_THAT(lease.error().message, HasSubstr(words));
      EXPECT_EQ(pool.status(), PoolStatus{});
    }
  }
}

TEST_F(LiveSession, BoundsTheConnectByTheDeadlineToo) {  // EARLY, LATE; the wait is what is tested
  const SilentServer server;
  ASSERT_TRUE(server.listening());
  PoolOptions silent = options(1, 0);
  silent.conninfo = server.conninfo();
  Pool pool(silent);
  const auto called = steady_clock::now();
  const auto lease = pool.acquire(50ms);
  const auto took = steady_clock::now() - called;
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, AcquireError::Kind::timeout);
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 10s) << "far more than a busy machine needs, far less than for ever";
  EXPECT_EQ(pool.status(), PoolStatus{});
}

TEST_F(LiveSession, ServesAWaiterWhenAConnectFails) {  // WAKE
  // caller A        caller B            slots
  // connecting      -                   0 free
  // -               waits, 30 s         0 free
  // fails           must connect now    1 free
  const SilentServer server;
  ASSERT_TRUE(server.listening());
  PoolOptions silent = options(1, 0);
  silent.conninfo = server.conninfo();
  Pool pool(silent);
  const auto fails_to_connect = [&pool] {
    const auto lease = pool.acquire(30s);
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().kind, AcquireError::Kind::connect_failed);
  };
  const std::jthread a(fails_to_connect);
  while (pool.status().checked_out == 0) std::this_thread::yield();
  const std::jthread b(fails_to_connect);
  while (pool.status().waiting == 0) std::this_thread::yield();
  EXPECT_TRUE(server.hang_up());
  EXPECT_TRUE(server.hang_up()) << "B was not served when A's connect failed";
}

}  // namespace
}  // namespace poolproof::integration
