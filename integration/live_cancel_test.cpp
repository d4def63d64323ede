// Cancelling what runs on a lease, against a real server: it ends that statement, and never one of
// the next lease.
#include <gmock/gmock.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "integration/live_pool.hpp"

namespace poolproof::integration {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using Kind = Canceller::Outcome::Kind;

class LiveCancel : public LivePool {
 protected:
  bool is_busy(int backend) {
    return ask("SELECT state FROM pg_stat_activity WHERE pid = " + std::to_string(backend)) ==
           "active";
  }
};

// Far more than a busy machine needs, far less than the statement.
constexpr auto kSoon = 20s;

TEST_F(LiveCancel, EndsTheStatementThatRuns) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const Canceller canceller = lease.canceller();
  std::optional<Canceller::Outcome> outcome;
  std::jthread other([&, backend = backend_of(lease)] {
    while (!is_busy(backend)) std::this_thread::yield();
    outcome = canceller.request();
  });
  const auto began = steady_clock::now();
  EXPECT_THAT(query(lease.native(), "SELECT pg_sleep(600)"), HasSubstr("canceling statement"));
  EXPECT_LT(steady_clock::now() - began, kSoon);
  other.join();
  EXPECT_EQ(outcome->kind, Kind::requested) << outcome->message;
  EXPECT_EQ(query(lease.native(), "SELECT 1"), "1") << "the lease goes on";
}

TEST_F(LiveCancel, CostsTheConnectionAtItsReturnAndNotTheSlot) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const int backend = backend_of(lease);
  EXPECT_EQ(lease.canceller().request().kind, Kind::requested);
  lease.release();
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  EXPECT_NE(backend_of(acquired(pool)), backend);
}

TEST_F(LiveCancel, ThatNobodyRequestedCostsNothing) {
  Pool pool(options(1, 0));
  std::optional<Lease> lease = acquired(pool);
  const int backend = backend_of(*lease);
  const Canceller unused = lease->canceller();
  lease.reset();
  EXPECT_EQ(unused.request().kind, Kind::over);
  EXPECT_EQ(backend_of(acquired(pool)), backend);
}

// CXL. Under real threads each request meets the return at another place; it takes about a
// millisecond, and the statements that it must not hit take longer.
TEST_F(LiveCancel, NeverMeetsTheNextLease) {
  Pool pool(options(2, 0));
  std::atomic<int> hit = 0;
  const auto leases = [&] {
    std::jthread other;  // of the lease before; waited for only when there is the next one
    for (int i = 0; i < 50; ++i) {
      Lease lease = acquired(pool);
      for (int j = 0; j < 2; ++j) {
        // Nobody has asked for a cancel of this lease so far.
        if (query(lease.native(), "SELECT pg_sleep(0.003)") != "") ++hit;
      }
      other = std::jthread([canceller = lease.canceller()] { (void)canceller.request(); });
      query(lease.native(), "SELECT 1");
      lease.release();
    }
  };
  {
    std::array<std::jthread, 4> callers;
    for (std::jthread& thread : callers) thread = std::jthread(leases);
  }
  EXPECT_EQ(hit, 0);
  EXPECT_EQ(pool.status().checked_out, 0U);
}

// While the postmaster stands still nobody answers the request, yet a session does its work.
TEST_F(LiveCancel, IsNotWaitedForByTheReturn) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const int postmaster =
      std::stoi(ask("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"));
  kill(postmaster, SIGSTOP);
  std::atomic<bool> answered = false;
  std::jthread other([&, canceller = lease.canceller()] {
    (void)canceller.request();
    answered = true;
  });
  std::this_thread::sleep_for(20ms);  // most likely it waits by then; if not, as well
  lease.release();
  EXPECT_FALSE(answered);
  EXPECT_EQ(pool.status().checked_out, 0U);
  kill(postmaster, SIGCONT);
}

TEST_F(LiveCancel, IsOverWithItsConnection) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const Canceller canceller = lease.canceller();
  lease.invalidate();
  EXPECT_EQ(canceller.request().kind, Kind::over);
  EXPECT_EQ(lease.canceller().request().kind, Kind::over);
}

TEST_F(LiveCancel, ReachesALeaseThatIsDetachedAndEndsWithIt) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const Canceller canceller = lease.canceller();
  lease.detach();
  EXPECT_EQ(canceller.request().kind, Kind::requested);
  EXPECT_EQ(lease.canceller().request().kind, Kind::requested);
  lease.release();
  EXPECT_EQ(canceller.request().kind, Kind::over);
  EXPECT_EQ(pool.status().detached, 0U);
}

TEST_F(LiveCancel, MayBeAskedForWhenThePoolIsClosedAndGone) {
  std::optional<Pool> pool(std::in_place, options(1, 0));
  std::optional<Lease> lease = acquired(*pool);
  const Canceller canceller = lease->canceller();
  pool->close();
  EXPECT_EQ(canceller.request().kind, Kind::requested) << "a lease is good until it comes back";
  lease.reset();
  pool.reset();
  EXPECT_EQ(canceller.request().kind, Kind::over);
}

// It came too late for the statement; what the lease has done is not undone by it.
TEST_F(LiveCancel, DoesNotKeepTheReturnFromCommitting) {
  ASSERT_THAT(ask("CREATE TABLE cancelled_too_late (id int)"), Not(HasSubstr("ERROR")));
  PoolOptions committing = options(1, 0);
  committing.reset_on_return = ResetOnReturn::commit;
  Pool pool(committing);
  Lease lease = acquired(pool);
  query(lease.native(), "BEGIN");
  query(lease.native(), "INSERT INTO cancelled_too_late VALUES (1)");
  EXPECT_EQ(lease.canceller().request().kind, Kind::requested);
  lease.release();
  EXPECT_EQ(ask("SELECT count(*) FROM cancelled_too_late"), "1");
}

TEST_F(LiveCancel, TellsTheHooksOfAConnectionThatIsBroken) {
  PoolOptions told = options(1, 0);
  std::string calls;
  const auto note = [&](const char* what) {
    return [&calls, what](const HookEvent&) { calls += what; };
  };
  told.hooks = {.checkin = {note("checkin ")},
                .reset = {note("reset ")},
                .invalidate = {note("invalidate ")},
                .close = {note("close ")}};
  Pool pool(told);
  Lease lease = acquired(pool);
  EXPECT_EQ(lease.canceller().request().kind, Kind::requested);
  lease.release();
  EXPECT_EQ(calls, "reset invalidate close checkin ");
}

}  // namespace
}  // namespace poolproof::integration
