// What people expect of a pool beyond lending: connections that are there before they are needed
// and go when they are not, ends without loss, and word of who holds what.
#include <gmock/gmock.h>

#include <set>
#include <thread>
#include <vector>

#include <poolproof/upkeep.hpp>

#include "props/laws/simulated.hpp"

namespace poolproof {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Kind = AcquireError::Kind;

class Upkept : public Simulated {
 protected:
  static std::vector<Lease> take(Pool& pool, int count) {
    std::vector<Lease> leases;
    for (int i = 0; i < count; ++i) leases.push_back(*pool.acquire());
    return leases;
  }
};

using WarmUp = Upkept;
using IdleTimeout = Upkept;
using Lifetime = Upkept;
using Drain = Upkept;
using LeakReport = Upkept;
using Backoff = Upkept;
using Metrics = Upkept;

// ---- warm-up and minimum idle ----

TEST_F(WarmUp, OpensConnectionsBeforeTheyAreNeeded) {
  run([&] {
    Pool pool(options());
    EXPECT_EQ(pool.warm_up(3, 1s), std::nullopt);
    EXPECT_EQ(open(), 3);
    EXPECT_EQ(pool.status(), (PoolStatus{.size = 3, .idle = 3}));
    EXPECT_EQ(pool.warm_up(2, 1s), std::nullopt);
    const auto leases = take(pool, 3);
    EXPECT_EQ(ever_opened(), 3);
  });
}

TEST_F(WarmUp, OpensNoMoreThanAreKept) {
  run([&] {
    PoolOptions two = options();
    two.pool_size = 2;
    Pool pool(two);
    const auto lease = pool.acquire();
    EXPECT_EQ(pool.warm_up(5, 1s), std::nullopt);
    EXPECT_EQ(open(), 2);
  });
}

TEST_F(WarmUp, FillsWhatHasLostItsConnection) {
  run([&] {
    Pool pool(options());
    pool.acquire()->invalidate();
    EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
    EXPECT_EQ(pool.warm_up(1, 1s), std::nullopt);
    EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
    EXPECT_EQ(open(), 1);
  });
}

TEST_F(WarmUp, SaysWhatKeptItAndLosesNothing) {
  run([&] {
    Pool pool(options());
    stop_server();
    const auto error = pool.warm_up(2, 1s);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, Kind::connect_failed);
    EXPECT_EQ(pool.status(), PoolStatus{});
    start_server();
    sleep(1s);
    EXPECT_EQ(pool.warm_up(2, 1s), std::nullopt);
  });
}

TEST_F(WarmUp, CallsConnectHooksAndNoCheckoutHook) {
  run([&] {
    int connects = 0;
    int checkouts = 0;
    PoolOptions hooked = options();
    hooked.hooks.connect.emplace_back([&](const HookEvent&) { ++connects; });
    hooked.hooks.checkout.emplace_back([&](const HookEvent&) { ++checkouts; });
    Pool pool(hooked);
    (void)pool.warm_up(2, 1s);
    EXPECT_EQ(connects, 2);
    EXPECT_EQ(checkouts, 0);
  });
}

// ---- idle timeout, on nobody's thread and on one's own ----

TEST_F(IdleTimeout, ClosesWhatNobodyHasUsedForLong) {
  run([&] {
    PoolOptions timed = options();
    timed.idle_timeout = 10s;
    timed.min_idle = 1;
    Pool pool(timed);
    take(pool, 3).clear();
    sleep(10s);
    pool.maintain();
    EXPECT_EQ(open(), 3) << "not before it is over";
    { const auto used = pool.acquire(); }
    sleep(1ms);
    pool.maintain();
    sleep(1ms);
    EXPECT_EQ(open(), 1);
    sleep(11s);
    pool.maintain();
    sleep(1ms);
    EXPECT_EQ(open(), 1) << "min_idle";
    EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
  });
}

TEST_F(IdleTimeout, HoldsBetweenCallsOfMaintainOnly) {
  run([&] {
    PoolOptions timed = options();
    timed.idle_timeout = 1s;
    Pool pool(timed);
    const int first = session(*pool.acquire());
    sleep(60s);
    EXPECT_EQ(session(*pool.acquire()), first);
  });
}

TEST_F(IdleTimeout, IsKeptByAnUpkeepOnItsThread) {
  run([&] {
    PoolOptions timed = options();
    timed.idle_timeout = 10s;
    timed.min_idle = 2;
    Pool pool(timed);
    const Upkeep upkeep(pool, 1s);
    sleep(1ms);
    EXPECT_EQ(open(), 2);
    take(pool, 4).clear();
    EXPECT_EQ(open(), 4);
    sleep(12s);
    EXPECT_EQ(open(), 2);
    stop_server();
    start_server();
    sleep(3s);
    EXPECT_TRUE(pool.acquire());
  });
}

// ---- lifetime ----

TEST_F(Lifetime, IsDrawnOnceForEachConnection) {
  run([&] {
    PoolOptions jittered = options();
    jittered.pool_size = 20;
    jittered.recycle = 100s;
    jittered.recycle_jitter = 50s;
    Pool pool(jittered);
    take(pool, 20).clear();
    sleep(49s);
    take(pool, 20).clear();
    EXPECT_EQ(ever_opened(), 20) << "none ends before recycle - recycle_jitter";
    std::vector<int> ends;
    for (int i = 0; i < 5; ++i) {
      sleep(10s);
      pool.maintain();
      sleep(1ms);
      ends.push_back(open());
    }
    sleep(2s);
    pool.maintain();
    sleep(1ms);
    EXPECT_EQ(open(), 0) << "none outlives recycle";
    EXPECT_GT(std::set<int>(ends.begin(), ends.end()).size(), 3U) << "they end at different times";
  });
}

// ---- drain ----

TEST_F(Drain, WaitsForTheLastLease) {
  run([&] {
    Pool pool(options());
    spawn([&] {
      auto lease = pool.acquire();
      sleep(100ms);
      EXPECT_EQ(pool.acquire().error().kind, Kind::closed);
      EXPECT_TRUE(works(*lease));
    });
    sleep(1ms);
    EXPECT_TRUE(pool.drain(1s));
    EXPECT_EQ(now(), 100ms);
    EXPECT_EQ(pool.status(), PoolStatus{});
  });
}

TEST_F(Drain, GivesUpAtItsDeadline) {
  run([&] {
    Pool pool(options());
    auto lease = pool.acquire();
    EXPECT_FALSE(pool.drain(1s));
    EXPECT_EQ(now(), 1s);
    EXPECT_TRUE(works(*lease));
    lease->release();
    EXPECT_TRUE(pool.drain(0s));
  });
}

TEST_F(Drain, WaitsForWhatIsDetachedOrEmpty) {
  run([&] {
    Pool pool(options());
    spawn([&] {
      auto detached = pool.acquire();
      auto empty = pool.acquire();
      detached->detach();
      empty->invalidate();
      sleep(100ms);
      detached->release();
      sleep(100ms);
    });
    sleep(1ms);
    EXPECT_TRUE(pool.drain(std::nullopt));
    EXPECT_EQ(now(), 200ms);
  });
}

// ---- who holds what ----

TEST_F(LeakReport, NamesThePlaceThatAcquired) {
  run([&] {
    PoolOptions tracking = options();
    tracking.track_leases = true;
    Pool pool(tracking);
    const auto early = pool.acquire();
    const int line = __LINE__ - 1;
    sleep(10s);
    const auto late = pool.acquire();
    sleep(1s);
    const auto held = pool.held_longer_than(5s);
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].acquired_at.line, line);
    EXPECT_EQ(held[0].acquired_by, std::this_thread::get_id());
    EXPECT_EQ(held[0].held_for, 11s);
    EXPECT_EQ(held[0].backend, session(*early));
    EXPECT_EQ(pool.held_longer_than(500ms).size(), 2U);
  });
}

TEST_F(LeakReport, ForgetsALeaseThatIsBackHoweverItEnded) {
  run([&] {
    PoolOptions tracking = options();
    tracking.track_leases = true;
    Pool pool(tracking);
    auto leases = take(pool, 3);
    leases[0].invalidate();
    leases[1].detach();
    sleep(1s);
    EXPECT_EQ(pool.held_longer_than(0s).size(), 3U);
    leases.clear();
    EXPECT_TRUE(pool.held_longer_than(0s).empty());
  });
}

// ---- back-off ----

TEST_F(Backoff, TriesNoConnectForAWhileAfterOneFailed) {
  run([&] {
    PoolOptions patient = options();
    patient.connect_backoff = 1s;
    Pool pool(patient);
    stop_server();
    const auto first = pool.acquire();
    ASSERT_FALSE(first);
    const auto second = pool.acquire();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, Kind::connect_failed);
    EXPECT_THAT(second.error().message, StartsWith("no connect is tried for another "));
    EXPECT_THAT(second.error().message, HasSubstr(first.error().message));
    EXPECT_EQ(pool.metrics().failed_connects, 1U);
    start_server();
    EXPECT_FALSE(pool.acquire());
    sleep(1s);
    EXPECT_TRUE(pool.acquire());
  });
}

TEST_F(Backoff, DoublesWithEachFailureAndEndsWithASuccess) {
  run([&] {
    PoolOptions patient = options();
    patient.connect_backoff = 1s;
    Pool pool(patient);
    stop_server();
    for (const std::chrono::milliseconds pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
      const auto tried = pool.metrics().failed_connects;
      EXPECT_FALSE(pool.acquire());
      EXPECT_EQ(pool.metrics().failed_connects, tried + 1);
      sleep(pause * 7 / 10);
      EXPECT_FALSE(pool.acquire());
      EXPECT_EQ(pool.metrics().failed_connects, tried + 1) << pause.count();
      sleep(pause * 3 / 10);
    }
    start_server();
    sleep(1s);
    EXPECT_TRUE(pool.acquire());
    pool.dispose();
    stop_server();
    EXPECT_FALSE(pool.acquire());
    start_server();
    sleep(1s);
    EXPECT_TRUE(pool.acquire());
  });
}

TEST_F(Backoff, HasNothingToDoWithConnectionsThatAreThere) {
  run([&] {
    PoolOptions patient = options();
    patient.connect_backoff = 1s;
    patient.pool_size = 1;
    Pool pool(patient);
    auto lease = pool.acquire();
    machine_.server.limit(1);
    EXPECT_EQ(pool.acquire().error().kind, Kind::connect_failed);
    lease->release();
    EXPECT_TRUE(pool.acquire());
  });
}

// ---- figures ----

TEST_F(Metrics, CountWhatAPoolHasDone) {
  run([&] {
    PoolOptions one = options();
    one.pool_size = 1;
    one.max_overflow = 0;
    Pool pool(one);
    auto lease = pool.acquire();
    EXPECT_FALSE(pool.acquire(20ms));
    EXPECT_FALSE(pool.try_acquire());
    const auto other = spawn([&] { EXPECT_TRUE(pool.acquire(1s)); });
    sleep(70ms);
    lease->release();
    join(other);
    pool.acquire()->invalidate();
    const PoolMetrics metrics = pool.metrics();
    EXPECT_EQ(metrics.leases, 3U);
    EXPECT_EQ(metrics.waits, 2U);
    EXPECT_EQ(metrics.waited, 90ms);
    EXPECT_THAT(metrics.waits_in, ElementsAre(0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_EQ(metrics.errors[static_cast<std::size_t>(Kind::timeout)], 2U);
    EXPECT_EQ(metrics.connects, 1U);
    EXPECT_EQ(metrics.closes, 1U);
    EXPECT_EQ(metrics.broken, 1U);
    EXPECT_EQ(metrics.status, pool.status());
  });
}

TEST_F(Metrics, CountAnAcquireThatFailedToConnectAsNoLease) {
  run([&] {
    Pool pool(options());
    stop_server();
    EXPECT_FALSE(pool.acquire());
    EXPECT_EQ(pool.metrics().leases, 0U);
    EXPECT_EQ(pool.metrics().errors[static_cast<std::size_t>(Kind::connect_failed)], 1U);
    EXPECT_EQ(pool.metrics().failed_connects, 1U);
  });
}

TEST_F(Metrics, AreInATimeoutsMessage) {
  run([&] {
    PoolOptions one = options();
    one.pool_size = 1;
    one.max_overflow = 0;
    Pool pool(one);
    const auto lease = pool.acquire();
    const auto late = pool.acquire(20ms);
    EXPECT_EQ(late.error().message,
              "no connection became free within 0.02 s (1 slot: 0 idle, 1 checked out, 0 overflow; "
              "0 callers waiting)");
    EXPECT_EQ(late.error().status, (PoolStatus{.size = 1, .checked_out = 1}));
  });
}

}  // namespace
}  // namespace poolproof
