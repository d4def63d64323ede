// What the options say of the connection that comes next: which one, whether it is asked if it is
// alive, and what of its last user is left in it.
#include <gmock/gmock.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "integration/live_pool.hpp"

namespace poolproof::integration {
namespace {

using namespace std::chrono_literals;

class LiveOptions : public LivePool {
 protected:
  static PoolOptions resetting(ResetOnReturn how) {
    PoolOptions result = options(1, 0);
    result.reset_on_return = how;
    return result;
  }

  // Ends a server process, and returns when it is gone.
  void end_backend(int backend) {
    ask("SELECT pg_terminate_backend(" + std::to_string(backend) + ")");
    EXPECT_TRUE(comes_true([&] {
      return ask("SELECT count(*) FROM pg_stat_activity WHERE pid = " + std::to_string(backend)) ==
             "0";
    }));
  }
};

TEST_F(LiveOptions, UseLifoTakesTheOneGivenBackLast) {
  for (const bool use_lifo : {false, true}) {
    PoolOptions ordered = options(2, 0);
    ordered.use_lifo = use_lifo;
    Pool pool(ordered);
    Lease a = acquired(pool);
    Lease b = acquired(pool);
    const int first_back = backend_of(a);
    const int last_back = backend_of(b);
    a.release();
    b.release();
    EXPECT_EQ(backend_of(acquired(pool)), use_lifo ? last_back : first_back);
  }
}

TEST_F(LiveOptions, PrePingReplacesAConnectionThatTheServerEnded) {  // DEAD
  for (const bool pre_ping : {false, true}) {
    PoolOptions pinging = options(1, 0);
    pinging.pre_ping = pre_ping;
    Pool pool(pinging);
    const int backend = backend_of(acquired(pool));
    end_backend(backend);
    const Lease lease = acquired(pool);
    EXPECT_EQ(query(lease.native(), "SELECT 1") == "1", pre_ping);
  }
}

TEST_F(LiveOptions, PrePingIsBoundByTheDeadline) {  // LATE; the wait is what is tested
  PoolOptions pinging = options(1, 0);
  pinging.pre_ping = true;
  Pool pool(pinging);
  const int backend = backend_of(acquired(pool));
  kill(backend, SIGSTOP);
  const auto lease = pool.acquire(50ms);
  kill(backend, SIGCONT);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, AcquireError::Kind::timeout);
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  EXPECT_EQ(query(acquired(pool).native(), "SELECT 1"), "1");
}

TEST_F(LiveOptions, ResetOnReturnEndsATransactionAsItSays) {  // CLEAN
  for (const auto& [how, survives] : {std::pair(ResetOnReturn::rollback, false),
                                      {ResetOnReturn::commit, true},
                                      {ResetOnReturn::discard, false}}) {
    ask("CREATE TABLE written()");
    Pool pool(resetting(how));
    Lease lease = acquired(pool);
    const int backend = backend_of(lease);
    query(lease.native(), "BEGIN; CREATE TABLE kept(); DROP TABLE written");
    lease.release();
    lease = acquired(pool);
    EXPECT_EQ(backend_of(lease), backend);
    EXPECT_EQ(PQtransactionStatus(lease.native()), PQTRANS_IDLE);
    EXPECT_EQ(ask("SELECT to_regclass('kept')") == "kept", survives);
    ask("SET client_min_messages = error; DROP TABLE IF EXISTS kept; DROP TABLE IF EXISTS written");
  }
}

TEST_F(LiveOptions, CommitRollsAFailedTransactionBackAndClosesWhereItCannotCommit) {  // CLEAN
  Pool pool(resetting(ResetOnReturn::commit));
  Lease lease = acquired(pool);
  const int backend = backend_of(lease);
  query(lease.native(), "BEGIN; CREATE TABLE never(); SELECT 1/0");
  lease.release();
  lease = acquired(pool);
  EXPECT_EQ(backend_of(lease), backend);
  EXPECT_EQ(ask("SELECT to_regclass('never')"), "");

  EXPECT_EQ(query(lease.native(),
                  "CREATE TEMP TABLE lone(one int UNIQUE DEFERRABLE INITIALLY DEFERRED); BEGIN; "
                  "INSERT INTO lone VALUES (1), (1)"),
            "");
  lease.release();
  EXPECT_NE(backend_of(acquired(pool)), backend) << "the commit failed";
}

TEST_F(LiveOptions, OnlyDiscardRemovesWhatASessionKeeps) {  // CLEAN
  for (const auto how : {ResetOnReturn::rollback, ResetOnReturn::commit, ResetOnReturn::discard,
                         ResetOnReturn::none}) {
    Pool pool(resetting(how));
    Lease lease = acquired(pool);
    const int backend = backend_of(lease);
    query(lease.native(), "SET work_mem = '7MB'; CREATE TEMP TABLE mine(); PREPARE p AS SELECT 1");
    lease.release();
    lease = acquired(pool);
    EXPECT_EQ(backend_of(lease), backend);
    const bool kept = how != ResetOnReturn::discard;
    EXPECT_EQ(query(lease.native(), "SHOW work_mem") == "7MB", kept);
    EXPECT_EQ(query(lease.native(), "SELECT to_regclass('mine')") == "mine", kept);
    EXPECT_EQ(query(lease.native(), "EXECUTE p") == "1", kept);
  }
}

TEST_F(LiveOptions, NoneLeavesATransactionButClosesWhatIsInTheMiddleOfSomething) {  // CLEAN
  Pool pool(resetting(ResetOnReturn::none));
  Lease lease = acquired(pool);
  const int backend = backend_of(lease);
  query(lease.native(), "BEGIN");
  lease.release();
  lease = acquired(pool);
  EXPECT_EQ(backend_of(lease), backend);
  EXPECT_EQ(PQtransactionStatus(lease.native()), PQTRANS_INTRANS);
  PQsendQuery(lease.native(), "SELECT pg_sleep(60)");
  lease.release();
  EXPECT_NE(backend_of(acquired(pool)), backend);
}

// With patience whoever runs takes; nobody is forgotten for it.
TEST_F(LiveOptions, PatienceLosesNobodyUnderEightThreads) {  // WAKE, LEAK
  PoolOptions patient = options(2, 1);
  patient.patience = 1ms;
  Pool pool(patient);
  std::atomic<int> failures = 0;
  {
    std::array<std::jthread, 8> callers;
    for (std::jthread& thread : callers) {
      thread = std::jthread([&] {
        for (int i = 0; i < 300; ++i) {
          auto lease = pool.acquire(20s);
          if (!lease || query(lease->native(), "SELECT 1") != "1") ++failures;
          if (lease && i % 50 == 0) lease->invalidate();
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(pool.status().checked_out, 0U);
}

TEST_F(LiveOptions, PatienceBoundsHowLongAWaiterIsOvertaken) {  // FAIR; the wait is what is tested
  PoolOptions patient = options(1, 0);
  patient.patience = 20ms;
  Pool pool(patient);
  std::atomic<bool> stop = false;
  std::jthread hog([&] {  // gives back and takes again at once: it would win most of the time
    while (!stop) {
      const Lease lease = acquired(pool);
      query(lease.native(), "SELECT 1");
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(pool.acquire(10s));
  }
  stop = true;
}

}  // namespace
}  // namespace poolproof::integration
