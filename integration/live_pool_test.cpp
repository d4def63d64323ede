// How many connections, for whom, and when: the pool's laws on real threads, real time and a real
// PostgreSQL, which is also the witness.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "integration/live_pool.hpp"

namespace poolproof::integration {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;

TEST_F(LivePool, OpensNothingBeforeItIsAsked) {
  Pool pool(options(2, 1));
  EXPECT_EQ(server_connections(), 0);
  const Lease lease = acquired(pool);
  EXPECT_EQ(query(lease.native(), "SELECT 6 * 7"), "42");
  EXPECT_EQ(server_connections(), 1);
}

TEST_F(LivePool, NeverHasMoreConnectionsThanItsCapacity) {  // CAP
  Pool pool(options(2, 1));
  const Lease a = acquired(pool);
  const Lease b = acquired(pool);
  const Lease c = acquired(pool);
  const auto one_too_many = pool.acquire(0ns);
  ASSERT_FALSE(one_too_many);
  EXPECT_EQ(one_too_many.error().kind, AcquireError::Kind::timeout);
  EXPECT_THAT(one_too_many.error().message,
              HasSubstr("3 slots: 0 idle, 3 checked out, 1 overflow; 0 callers waiting"));
  EXPECT_EQ(server_connections(), 3);
}

TEST_F(LivePool, KeepsItsPromisesUnderEightThreads) {  // CAP, DUP, LEAK
  // Each caller asks the server how many sessions of this pool are in a query just now. (Not how
  // many there are: one that was just closed takes the server a moment to forget.)
  const std::string census =
      "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = '" +
      name() + "'";
  Pool pool(options(2, 1));
  std::atomic<int> most_at_once = 0;
  std::atomic<int> failures = 0;
  std::mutex mutex;
  std::set<int> leased;  // backends
  const auto caller = [&] {
    for (int i = 0; i < 200; ++i) {
      const auto lease = pool.acquire();
      if (!lease) {
        ++failures;
        continue;
      }
      {
        const std::lock_guard lock(mutex);
        if (!leased.insert(backend_of(*lease)).second) ++failures;
      }
      const int at_once = std::stoi(query(lease->native(), census));
      int most = most_at_once;
      while (at_once > most && !most_at_once.compare_exchange_weak(most, at_once)) {
      }
      const std::lock_guard lock(mutex);
      leased.erase(backend_of(*lease));
    }
  };
  {
    std::array<std::jthread, 8> callers;
    for (std::jthread& thread : callers) thread = std::jthread(caller);
  }
  EXPECT_EQ(failures, 0);
  EXPECT_LE(most_at_once, 3);
  EXPECT_EQ(pool.status().checked_out, 0U);
  EXPECT_TRUE(comes_true([&] { return server_connections() <= 2; }));
}

TEST_F(LivePool, ServesWaitersInOrderOfArrival) {  // FAIR
  Pool pool(options(1, 0));
  std::optional<Lease> held = acquired(pool);
  std::vector<int> served;  // guarded by the only lease there is
  std::vector<std::jthread> callers;
  for (int i = 0; i < 5; ++i) {
    callers.emplace_back([&, i] {
      const Lease lease = acquired(pool);
      served.push_back(i);
    });
    while (pool.status().waiting <= static_cast<std::size_t>(i)) std::this_thread::yield();
  }
  held.reset();
  callers.clear();
  EXPECT_EQ(served, (std::vector{0, 1, 2, 3, 4}));
}

TEST_F(LivePool, GivesUpAtTheDeadlineAndNotBefore) {  // EARLY; the wait is what is tested
  Pool pool(options(1, 0));
  const Lease held = acquired(pool);
  const auto called = steady_clock::now();
  const auto lease = pool.acquire(50ms);
  EXPECT_GE(steady_clock::now() - called, 50ms);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, AcquireError::Kind::timeout);
  EXPECT_EQ(lease.error().message,
            "no connection became free within 0.05 s "
            "(1 slot: 0 idle, 1 checked out, 0 overflow; 0 callers waiting)");
}

TEST_F(LivePool, ClosesOverflowWhenItComesBack) {  // CAP
  Pool pool(options(1, 2));
  {
    const Lease a = acquired(pool);
    const Lease b = acquired(pool);
    const Lease c = acquired(pool);
    EXPECT_EQ(pool.status(), (PoolStatus{.size = 3, .checked_out = 3, .overflow = 2}));
  }
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  EXPECT_TRUE(comes_true([&] { return server_connections() == 1; }));
}

TEST_F(LivePool, ReplacesAConnectionOlderThanRecycleAndNoOther) {  // AGE
  const auto kept = [](std::chrono::nanoseconds recycle) {
    PoolOptions aging = options(1, 0);
    aging.recycle = recycle;
    Pool pool(aging);
    const int first = backend_of(acquired(pool));
    return backend_of(acquired(pool)) == first;
  };
  EXPECT_TRUE(kept(1h));
  EXPECT_FALSE(kept(0ns)) << "a connect takes time, so it is older than 0";
}

TEST_F(LivePool, ClosesEverythingWhenDestroyed) {  // LIFE
  {
    Pool pool(options(2, 0));
    const Lease a = acquired(pool);
    const Lease b = acquired(pool);
  }
  EXPECT_TRUE(comes_true([&] { return server_connections() == 0; }));
}

using LivePoolDeathTest = LivePool;

TEST_F(LivePoolDeathTest, MustNotBeDestroyedBeforeItsLeases) {
  // All in the process that dies: what it inherits it would leave alone.
  const auto destroy_too_early = [] {
    std::optional<Pool> pool(std::in_place, options(1, 0));
    const Lease lease = acquired(*pool);
    pool.reset();
  };
  EXPECT_DEATH(destroy_too_early(), "1 slot: 0 idle, 1 checked out");
}

TEST_F(LivePoolDeathTest, ALeaseIsGivenBackOnlyOnce) {
  Pool pool(options(1, 0));
  Lease lease = acquired(pool);
  lease.release();
  EXPECT_DEATH(lease.release(), "moved from or has been given back");
  EXPECT_DEATH((void)lease.native(), "moved from or has been given back");
}

}  // namespace
}  // namespace poolproof::integration
