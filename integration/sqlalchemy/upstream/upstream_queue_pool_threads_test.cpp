// SQLAlchemy 2.0.52, test/engine/test_pool.py: QueuePoolTest, with threads. They are tasks of the
// simulated machine, in many orders, and their sleeps are virtual; what is slow about a connect is
// its hook. The model hears of the same in a script of events.
#include <libpq-fe.h>

#include <memory>
#include <random>

#include "integration/sqlalchemy/upstream/upstream_fixture.hpp"

namespace poolproof::upstream {
namespace {

using model::CallerId;
using model::CloseConnection;
using model::Granted;
using model::OpenConnection;

PoolHooks slow_connect(Stage& stage, Duration duration) {
  return {.connect = {[&stage, duration](const HookEvent&) { stage.sleep(duration); }}};
}

TEST_F(UpstreamQueuePoolTest, test_timeout_race) {
  run_in_many_orders([&] {
    std::vector<Duration> timeouts;
    Pool pool(options(
        {.pool_size = 2, .max_overflow = 1, .timeout = 3s, .hooks = slow_connect(stage_, 50ms)}));
    stage_.join(stage_.start(threads(10, [&] {
      const Duration asked = stage_.now();
      const auto lease = pool.acquire();
      if (lease) {
        stage_.sleep(4s);
      } else {
        EXPECT_EQ(lease.error().kind, Kind::timeout);
        timeouts.push_back(stage_.now() - asked);
      }
    })));
    // Upstream: between 3 s and 14 s; strict: one deadline, to the instant.
    EXPECT_EQ(timeouts, std::vector<Duration>(7, 3s));
  });

  pool({.pool_size = 2, .max_overflow = 1, .timeout = 3s});
  for (std::uint32_t i = 1; i <= 10; ++i) acquire(CallerId{i}, 3s);
  time_is(50ms);
  for (std::uint32_t i = 1; i <= 3; ++i) connected(CallerId{i});
  EXPECT_THAT(time_is(3s - 1ns), IsEmpty());
  EXPECT_THAT(time_is(3s), SizeIs(7));
}

TEST_F(UpstreamQueuePoolTest, test_hanging_connect_within_overflow) {
  run_in_many_orders([&] {
    std::vector<std::string> operations;
    const auto third_hangs = [&](const HookEvent& event) {
      if (PQbackendPID(event.connection) == 3) stage_.sleep(2s);
    };
    Pool pool(options({.pool_size = 2, .max_overflow = 3, .hooks = {.connect = {third_hangs}}}));
    const auto thread = [&](const char* name) {
      return [&operations, &pool, name, this] {
        const auto lease = pool.acquire();
        EXPECT_TRUE(lease.has_value());
        operations.emplace_back(name);
        stage_.sleep(1s);
      };
    };
    std::vector<world::TaskId> started;
    for (const char* const name :
         {"success_one", "success_two", "overflow_one", "overflow_two", "overflow_three"}) {
      started.push_back(stage_.start({thread(name)}).front());
      stage_.sleep(200ms);
    }
    stage_.join(started);
    EXPECT_THAT(operations, ElementsAre("success_one", "success_two", "overflow_two",
                                        "overflow_three", "overflow_one"));
  });

  pool({.pool_size = 2, .max_overflow = 3});
  lease_new(kAnn);
  lease_new(kBen);
  EXPECT_THAT(acquire(kCat), ElementsAre(OpenConnection{kCat}));  // this one hangs
  lease_new(kDan);
  EXPECT_THAT(trace(), Contains(model::Answer(Granted{kDan, kThird})));
  EXPECT_THAT(connected(kCat), ElementsAre(Granted{kCat, model::ConnectionId{4}}));
}

// Upstream: an invalidated handle is checked in at once; strict: its slot is out until released.
TEST_F(UpstreamQueuePoolTest, test_waiters_handled) {
  run_in_many_orders([&] {
    int successes = 0;
    for (const std::optional<Duration> timeout : {std::optional<Duration>(), {30s}}) {
      for (const int max_overflow : {0, -1, 3}) {
        Pool pool(options({.pool_size = 2, .max_overflow = max_overflow, .timeout = timeout}));
        const auto c1 = pool.acquire();
        auto c2 = pool.acquire();
        const auto waiters = stage_.start(threads(2, [&] {
          const auto lease = pool.acquire();
          EXPECT_TRUE(lease.has_value());
          ++successes;
          stage_.sleep(100ms);
        }));
        stage_.sleep(200ms);
        c2->invalidate(Invalidation::generation);
        c2->release();
        stage_.join(waiters);
      }
    }
    EXPECT_EQ(successes, 12);
  });

  pool({.pool_size = 2, .max_overflow = 0});
  lease_new(kAnn);
  lease_new(kBen);
  acquire(kCat);
  acquire(kDan);
  EXPECT_THAT(invalidate(kBen, model::Invalidation::generation),
              ElementsAre(CloseConnection{kSecond}));
  EXPECT_THAT(release(kBen), ElementsAre(OpenConnection{kCat}));
  EXPECT_THAT(connected(kCat), ElementsAre(Granted{kCat, kThird}));
  EXPECT_THAT(release(kCat), ElementsAre(Granted{kDan, kThird}));
}

// Upstream: anybody may invalidate a record under its checkout, whose handle then begins EMPTY;
// strict: only its lease may. What others can do in that moment is dispose(): the lease begins with
// its connection, and whoever is next gets another.
TEST_F(UpstreamQueuePoolTest, test_connrec_invalidated_within_checkout_no_race) {
  run([&] {
    std::unique_ptr<Pool> pool;
    bool disposes = false;
    const auto hook = [&](const HookEvent&) {
      if (std::exchange(disposes, false)) pool->dispose();
    };
    pool = std::make_unique<Pool>(
        options({.pool_size = 1, .max_overflow = 0, .hooks = {.checkout = {hook}}}));
    { const auto lease = pool->acquire(); }
    disposes = true;
    {
      const auto lease = pool->acquire();
      EXPECT_TRUE(lease.has_value());
      EXPECT_EQ(PQbackendPID(lease->native()), 1);
    }
    const auto next = pool->acquire();
    EXPECT_EQ(PQbackendPID(next->native()), 2);
  });

  pool({.pool_size = 1, .max_overflow = 0});
  leave_idle(kAnn);
  EXPECT_THAT(acquire(kAnn), ElementsAre(Granted{kAnn, kFirst}));
  EXPECT_THAT(happens(model::Dispose{}), IsEmpty());
  release(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kFirst}, OpenConnection{kBen}));
}

TEST_F(UpstreamQueuePoolTest, test_notify_waiters) {
  run_in_many_orders([&] {
    std::vector<int> canary;
    const auto connect = [&](const HookEvent&) { canary.push_back(1); };
    Pool pool(options({.pool_size = 1,
                       .max_overflow = 0,
                       .timeout = std::nullopt,
                       .hooks = {.connect = {connect}}}));
    auto c1 = pool.acquire();
    const auto waiters = stage_.start(threads(5, [&] {
      const auto lease = pool.acquire();
      EXPECT_TRUE(lease.has_value());
      canary.push_back(2);
      stage_.sleep(500ms);
    }));
    stage_.sleep(500ms);
    EXPECT_THAT(canary, ElementsAre(1));

    c1->invalidate(Invalidation::generation);
    c1->release();
    stage_.join(waiters);
    EXPECT_THAT(canary, ElementsAre(1, 1, 2, 2, 2, 2, 2));
  });

  pool({.pool_size = 1, .max_overflow = 0, .timeout = std::nullopt});
  lease_new(kAnn);
  for (const CallerId waiter : {kBen, kCat, kDan}) EXPECT_THAT(acquire(waiter), IsEmpty());
  invalidate(kAnn, model::Invalidation::generation);
  EXPECT_THAT(release(kAnn), ElementsAre(OpenConnection{kBen}));
  connected(kBen);
  EXPECT_THAT(release(kBen), ElementsAre(Granted{kCat, kSecond}));
  EXPECT_THAT(release(kCat), ElementsAre(Granted{kDan, kSecond}));
}

constexpr int kMany = 40;

// Many threads come and go. `options` has a pool of three.
void expect_never_more_overflow(Stage& stage, const PoolOptions& options) {
  {
    Pool pool(options);
    stage.join(stage.start(std::vector<Body>(kMany, [&] {
      for (int round = 0; round < 10; ++round) {
        const auto lease = pool.acquire();
        if (!lease) continue;
        stage.sleep(5ms);
        EXPECT_LE(pool.status().overflow, static_cast<std::size_t>(options.max_overflow));
      }
    })));
  }
  EXPECT_EQ(stage.most_open(), 3 + options.max_overflow);
  EXPECT_EQ(stage.open_now(), 0);
  for (const auto& [session, times] : stage.closed()) EXPECT_EQ(times, 1);
}

TEST_F(UpstreamQueuePoolTest, test_no_overflow) {
  run_in_many_orders([&] {
    expect_never_more_overflow(stage_, options({.pool_size = 3,
                                                .max_overflow = 0,
                                                .timeout = 2s,
                                                .hooks = slow_connect(stage_, 50ms)}));
  });

  pool({.pool_size = 3, .max_overflow = 0});
  for (std::uint32_t i = 1; i <= kMany; ++i) acquire(CallerId{i});
  EXPECT_EQ(model::status(config(), state()),
            (model::Status{.size = 3, .checked_out = 3, .waiting = kMany - 3}));
}

TEST_F(UpstreamQueuePoolTest, test_max_overflow) {
  run_in_many_orders([&] {
    expect_never_more_overflow(stage_, options({.pool_size = 3,
                                                .max_overflow = 5,
                                                .timeout = 2s,
                                                .hooks = slow_connect(stage_, 50ms)}));
  });

  pool({.pool_size = 3, .max_overflow = 5});
  for (std::uint32_t i = 1; i <= kMany; ++i) acquire(CallerId{i});
  EXPECT_EQ(model::status(config(), state()),
            (model::Status{.size = 8, .checked_out = 8, .overflow = 5, .waiting = kMany - 8}));
}

// Upstream: an engine replaces its pool at a disconnect, at most once for all threads; strict: the
// pool stays, and each of its old generation is replaced once.
TEST_F(UpstreamQueuePoolTest, test_recycle_pool_no_race) {
  constexpr int kConnections = 15;
  run_in_many_orders([&] {
    std::mt19937 random(1);  // the same in each order
    const auto slow_close = [&](const HookEvent&) { stage_.sleep(500ms); };
    Pool pool(options({.pool_size = 20, .hooks = {.close = {slow_close}}}));
    std::vector<Pool::Acquired> leases;
    leases.reserve(kConnections);
    for (int i = 0; i < kConnections; ++i) leases.push_back(pool.acquire());
    for (int i = 3; i < 10; ++i) leases[static_cast<std::size_t>(i)]->release();

    std::vector<Body> attempts;
    for (int i = 0; i < kConnections; ++i) {
      if (i >= 3 && i < 10) continue;
      Lease& lease = *leases[static_cast<std::size_t>(i)];
      const Duration pause = 1ms * (random() % 1000);
      attempts.emplace_back([&lease, pause, this] {
        stage_.sleep(pause);
        lease.invalidate(Invalidation::generation);
      });
    }
    stage_.join(stage_.start(attempts));
    leases.clear();

    for (int i = 0; i < kConnections; ++i) leases.push_back(pool.acquire());
    for (const auto& lease : leases) EXPECT_TRUE(lease.has_value());
    EXPECT_THAT(stage_.closed(), SizeIs(kConnections));
    EXPECT_EQ(stage_.opened(), 2 * kConnections);
  });

  // The same of two connections, one of them out.
  pool({.pool_size = 20});
  lease_new(kAnn);
  lease_new(kBen);
  release(kBen);
  EXPECT_THAT(invalidate(kAnn, model::Invalidation::generation),
              ElementsAre(CloseConnection{kFirst}));
  release(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(CloseConnection{kSecond}, OpenConnection{kBen}));
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
}

}  // namespace
}  // namespace poolproof::upstream
