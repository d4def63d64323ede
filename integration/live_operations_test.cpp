// What can be done to a pool and a lease beside acquire and release: call off, detach, invalidate,
// dispose, close, recreate.
#include <gmock/gmock.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>

#include "integration/live_pool.hpp"
#include "integration/silent_server.hpp"

namespace poolproof::integration {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

using LiveOperations = LivePool;
using Kind = AcquireError::Kind;

// Far more than a busy machine needs, far less than the timeouts.
constexpr auto kSoon = 10s;

TEST_F(LiveOperations, AWaitingCallerLeavesWhenItIsCalledOff) {
  Pool pool(options(1, 0));
  const Lease held = acquired(pool);
  std::stop_source stop;
  std::optional<Kind> kind;
  std::jthread caller([&] { kind = pool.acquire(1h, stop.get_token()).error().kind; });
  while (pool.status().waiting == 0) std::this_thread::yield();
  stop.request_stop();
  EXPECT_EQ(pool.status().waiting, 0U) << "at once, not when its thread gets to run";
  caller.join();
  EXPECT_EQ(kind, Kind::cancelled);
}

TEST_F(LiveOperations, AConnectingCallerGivesUpWhenItIsCalledOff) {
  const SilentServer server;
  ASSERT_TRUE(server.listening());
  PoolOptions silent = options(1, 0);
  silent.conninfo = server.conninfo();
  Pool pool(silent);
  std::stop_source stop;
  std::optional<Kind> kind;
  const auto called = steady_clock::now();
  std::jthread caller([&] { kind = pool.acquire(1h, stop.get_token()).error().kind; });
  while (pool.status().checked_out == 0) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);  // most likely it is inside ::poll by then; if not, as well
  stop.request_stop();
  caller.join();
  EXPECT_EQ(kind, Kind::cancelled);
  EXPECT_LT(steady_clock::now() - called, kSoon);
  EXPECT_EQ(pool.status(), PoolStatus{});
}

TEST_F(LiveOperations, APingingCallerGivesUpWhenItIsCalledOff) {
  PoolOptions pinging = options(1, 0);
  pinging.pre_ping = true;
  Pool pool(pinging);
  const int backend = backend_of(acquired(pool));
  kill(backend, SIGSTOP);
  std::stop_source stop;
  std::optional<Kind> kind;
  std::jthread caller([&] { kind = pool.acquire(1h, stop.get_token()).error().kind; });
  while (pool.status().checked_out == 0) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);
  stop.request_stop();
  caller.join();
  kill(backend, SIGCONT);
  EXPECT_EQ(kind, Kind::cancelled);
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  EXPECT_NE(backend_of(acquired(pool)), backend);
}

TEST_F(LiveOperations, ACallerWhoIsCalledOffBeforehandTriesNothing) {
  Pool pool(options(1, 0));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(pool.acquire(1h, stop.get_token()).error().kind, Kind::cancelled);
  EXPECT_EQ(server_connections(), 0);
}

// Under real threads each request meets the acquire at another place. Whatever it meets: no slot is
// lost, nothing hangs, and what is leased works. (Not oftener: the server has 100 places, and needs
// a moment for each connect that was given up.)
TEST_F(LiveOperations, AnAcquireMayBeCalledOffAnywhere) {
  Pool pool(options(1, 1));
  std::atomic<int> wrong = 0;
  const auto calls = [&] {
    for (int i = 0; i < 20; ++i) {
      std::stop_source stop;
      std::jthread other([&] { stop.request_stop(); });
      auto lease = pool.acquire(1h, stop.get_token());
      if (lease) {
        if (i % 3 == 0)
          lease->invalidate();
        else if (query(lease->native(), "SELECT 1") != "1")
          ++wrong;
      } else if (lease.error().kind != Kind::cancelled) {
        ++wrong;
      }
    }
  };
  {
    std::array<std::jthread, 4> callers;
    for (std::jthread& thread : callers) thread = std::jthread(calls);
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(pool.status().checked_out, 0U);
  EXPECT_EQ(pool.status().waiting, 0U);
  EXPECT_TRUE(comes_true([&] { return server_connections() <= 1; }));
}

TEST_F(LiveOperations, TryAcquireWaitsForNobodyButMayConnect) {
  Pool pool(options(1, 0));
  const auto lease = pool.try_acquire();
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(pool.try_acquire().error().kind, Kind::timeout);
}

TEST_F(LiveOperations, AcquireUntilTakesAnInstant) {
  Pool pool(options(1, 0));
  std::optional<Lease> held = acquired(pool);
  const auto deadline = steady_clock::now() + 50ms;
  const auto late = pool.acquire_until(deadline);
  EXPECT_EQ(late.error().kind, Kind::timeout);
  EXPECT_GE(steady_clock::now(), deadline);
  EXPECT_EQ(pool.acquire_until(steady_clock::now() - 1s).error().kind, Kind::timeout);
  held.reset();
  EXPECT_TRUE(pool.acquire_until(steady_clock::now() - 1s)) << "it is idle: nothing to wait for";
}

TEST_F(LiveOperations, ADetachedConnectionLeavesItsSlotToOthers) {
  Pool pool(options(1, 0));
  Lease kept = acquired(pool);
  const int backend = backend_of(kept);
  kept.detach();
  kept.detach();  // twice is once
  EXPECT_TRUE(kept.detached());
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1, .detached = 1}));
  {
    const Lease other = acquired(pool);
    EXPECT_NE(backend_of(other), backend);
    EXPECT_EQ(query(kept.native(), "SELECT pg_backend_pid()"), std::to_string(backend));
    EXPECT_EQ(server_connections(), 2);
  }
  kept.release();
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  EXPECT_TRUE(comes_true([&] { return server_connections() == 1; }));
}

TEST_F(LiveOperations, ADetachedConnectionServesAWaiter) {  // WAKE
  Pool pool(options(1, 0));
  Lease kept = acquired(pool);
  std::jthread waiter([&] { const Lease lease = acquired(pool); });
  while (pool.status().waiting == 0) std::this_thread::yield();
  kept.detach();
  waiter.join();
  kept.invalidate();
  EXPECT_EQ(kept.native(), nullptr);
}

TEST_F(LiveOperations, SoftInvalidationReplacesAtTheNextAcquire) {  // AGE
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  const int backend = backend_of(lease);
  lease.invalidate(Invalidation::soft);
  EXPECT_EQ(query(lease.native(), "SELECT 1"), "1") << "it is good for this lease";
  lease.release();
  EXPECT_NE(backend_of(acquired(pool)), backend);
}

TEST_F(LiveOperations, InvalidatingAGenerationReplacesThemAll) {  // AGE
  Pool pool(options(3, 0));
  std::optional<Lease> idle = acquired(pool);
  Lease broken = acquired(pool);
  Lease out = acquired(pool);
  const std::set<int> old{backend_of(*idle), backend_of(broken), backend_of(out)};
  idle.reset();
  broken.invalidate(Invalidation::generation);
  EXPECT_EQ(broken.native(), nullptr);
  EXPECT_EQ(query(out.native(), "SELECT 1"), "1");
  broken.release();
  out.release();
  const Lease a = acquired(pool);
  const Lease b = acquired(pool);
  const Lease c = acquired(pool);
  for (const Lease* lease : {&a, &b, &c}) EXPECT_FALSE(old.contains(backend_of(*lease)));
}

TEST_F(LiveOperations, DisposeClosesWhatIsIdleReplacesWhatIsOutAndThePoolWorksOn) {
  Pool pool(options(2, 0));
  std::optional<Lease> out = acquired(pool);
  { const Lease idle = acquired(pool); }
  const int old = backend_of(*out);
  pool.dispose();
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .checked_out = 1}));
  EXPECT_TRUE(comes_true([&] { return server_connections() == 1; }));
  out.reset();
  out = acquired(pool);
  EXPECT_NE(backend_of(*out), old);
}

TEST_F(LiveOperations, ACloseSendsAwayWhoWaitsAndClosesWhatComesBack) {  // LIFE
  Pool pool(options(1, 0));
  std::optional<Lease> out = acquired(pool);
  std::optional<Kind> kind;
  std::jthread waiter([&] { kind = pool.acquire(1h).error().kind; });
  while (pool.status().waiting == 0) std::this_thread::yield();
  pool.close();
  waiter.join();
  EXPECT_EQ(kind, Kind::closed);
  EXPECT_EQ(query(out->native(), "SELECT 1"), "1") << "a lease is good until it comes back";
  EXPECT_EQ(pool.acquire().error().kind, Kind::closed);
  out.reset();
  pool.close();
  EXPECT_EQ(pool.status(), PoolStatus{});
  EXPECT_TRUE(comes_true([&] { return server_connections() == 0; }));
}

TEST_F(LiveOperations, ACloseMeetsACallerWhoConnectsWhenThatHasEnded) {  // LIFE
  const SilentServer server;
  ASSERT_TRUE(server.listening());
  PoolOptions silent = options(1, 0);
  silent.conninfo = server.conninfo();
  Pool pool(silent);
  std::optional<Kind> kind;
  std::jthread caller([&] { kind = pool.acquire(1h).error().kind; });
  while (pool.status().checked_out == 0) std::this_thread::yield();
  pool.close();
  EXPECT_TRUE(server.hang_up());
  caller.join();
  EXPECT_EQ(kind, Kind::connect_failed) << "that is what its connect ended with";
  EXPECT_EQ(pool.status(), PoolStatus{});
}

TEST_F(LiveOperations, ARecreatedPoolHasTheOptionsAndNoConnection) {
  Pool pool(options(1, 0));
  const Lease lease = acquired(pool);
  const auto again = pool.recreate();
  EXPECT_EQ(again->status(), PoolStatus{});
  const Lease other = acquired(*again);
  EXPECT_EQ(again->try_acquire().error().kind, Kind::timeout);
}

using LiveOperationsDeathTest = LiveOperations;

TEST_F(LiveOperationsDeathTest, APoolMustOutliveWhatWasDetachedFromIt) {
  // All in the process that dies: what it inherits it would leave alone.
  const auto destroy_too_early = [] {
    std::optional<Pool> pool(std::in_place, options(1, 0));
    Lease lease = acquired(*pool);
    lease.detach();
    pool.reset();
  };
  EXPECT_DEATH(destroy_too_early(), "1 detached");
}

}  // namespace
}  // namespace poolproof::integration
