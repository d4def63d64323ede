// SQLAlchemy 2.0.52, test/engine/test_pool.py: QueuePoolTest, what one thread sees of size, order,
// time-outs, detaching and disposing. Beside: what is replaced, and when many threads come.
#include <functional>
#include <list>

#include "integration/sqlalchemy/upstream/upstream_fixture.hpp"

namespace poolproof::upstream {
namespace {

// Upstream: overflow is negative while there are fewer than pool_size; strict: then it is 0.
void expect_counts_of_six(Stage& stage, const std::function<void(TwinLease&)>& give_back) {
  TwinPool pool(stage, {.pool_size = 3, .max_overflow = -1});
  TwinLease c1 = pool.acquire();
  EXPECT_EQ(status(pool), (Counts{3, 0, 0, 1}));
  TwinLease c2 = pool.acquire();
  EXPECT_EQ(status(pool), (Counts{3, 0, 0, 2}));
  TwinLease c3 = pool.acquire();
  EXPECT_EQ(status(pool), (Counts{3, 0, 0, 3}));
  TwinLease c4 = pool.acquire();
  EXPECT_EQ(status(pool), (Counts{3, 0, 1, 4}));
  TwinLease c5 = pool.acquire();
  EXPECT_EQ(status(pool), (Counts{3, 0, 2, 5}));
  TwinLease c6 = pool.acquire();
  EXPECT_EQ(status(pool), (Counts{3, 0, 3, 6}));

  for (TwinLease* const c : {&c4, &c3, &c2}) give_back(*c);
  EXPECT_EQ(status(pool), (Counts{3, 3, 3, 3}));
  for (TwinLease* const c : {&c1, &c5, &c6}) give_back(*c);
  EXPECT_EQ(status(pool), (Counts{3, 3, 0, 0}));

  c1 = pool.acquire();
  c2 = pool.acquire();
  EXPECT_EQ(status(pool), (Counts{3, 1, 0, 2}));
  give_back(c2);
  EXPECT_EQ(status(pool), (Counts{3, 2, 0, 1}));
}

TEST_F(UpstreamQueuePoolTest, test_queuepool_close) {
  run([&] { expect_counts_of_six(stage_, [](TwinLease& c) { c.release(); }); });
}

TEST_F(UpstreamQueuePoolTest, test_queuepool_del) {
  run([&] { expect_counts_of_six(stage_, [](TwinLease& c) { c = TwinLease(); }); });
}

TEST_F(UpstreamQueuePoolTest, test_timeout_accessor) {
  run([&] {
    const TwinPool pool(stage_, {.timeout = 7s});
    EXPECT_EQ(pool.options().timeout, 7s);
  });
}

TEST_F(UpstreamQueuePoolTest, test_timeout) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 3, .max_overflow = 0, .timeout = 2s});
    const TwinLease c1 = pool.acquire();
    const TwinLease c2 = pool.acquire();
    const TwinLease c3 = pool.acquire();
    EXPECT_EQ(pool.fails_to_acquire().kind, Kind::timeout);
    EXPECT_EQ(stage_.now(), 2s);
  });
}

TEST_F(UpstreamQueuePoolTest, test_timeout_subsecond_precision) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0, .timeout = 500ms});
    const TwinLease c1 = pool.acquire();
    EXPECT_EQ(pool.fails_to_acquire().kind, Kind::timeout);
    EXPECT_EQ(stage_.now(), 500ms);
  });

  // The stamps that upstream mocks.
  pool({.pool_size = 1, .max_overflow = 0, .timeout = 500ms});
  lease_new(kAnn);
  acquire(kBen, 500ms);
  EXPECT_THAT(time_is(220ms), IsEmpty());
  EXPECT_THAT(time_is(590ms), ElementsAre(model::TimedOut{kBen}));
}

TEST_F(UpstreamQueuePoolTest, test_overflow_reset_on_failed_connect) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 2, .max_overflow = 3});
    const TwinLease c1 = pool.acquire();
    const TwinLease c2 = pool.acquire();
    const TwinLease c3 = pool.acquire();
    EXPECT_EQ(pool.overflow(), 1);
    stage_.server_is_up(false);
    EXPECT_EQ(pool.fails_to_acquire().kind, Kind::connect_failed);
    EXPECT_EQ(pool.overflow(), 1);
  });
}

// Upstream: what is out during dispose() is pooled when it comes back and handed out next; strict:
// it is retired, and whoever would get it next gets a new one.
TEST_F(UpstreamQueuePoolTest, test_dispose_closes_pooled) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 2, .max_overflow = 0, .timeout = std::nullopt});
    TwinLease c1 = pool.acquire();
    TwinLease c2 = pool.acquire();
    c1.release();
    EXPECT_EQ(pool.times("closed"), 0);

    pool.dispose();
    EXPECT_EQ(pool.times("closed 1"), 1);
    EXPECT_EQ(pool.times("closed 2"), 0);

    c2.release();
    EXPECT_EQ(pool.times("closed 2"), 0);

    const TwinLease c3 = pool.acquire();
    EXPECT_EQ(pool.times("closed 2"), 1);
    EXPECT_EQ(pool.times("opened 3"), 1);
  });
}

// Upstream: also with max_overflow -5; strict: -1 is the only negative one.
TEST_F(UpstreamQueuePoolTest, test_unlimited) {
  EXPECT_TRUE(problem(options({.pool_size = 0, .max_overflow = -5})));
  for (const int max_overflow : {42, 0, -1, 1}) {
    run([&] {
      TwinPool pool(stage_, {.pool_size = 0, .max_overflow = max_overflow});
      EXPECT_EQ(pool.overflow(), 0);
      const TwinLease c1 = pool.acquire();
      EXPECT_EQ(pool.overflow(), 0);
      const TwinLease c2 = pool.acquire();
      EXPECT_EQ(pool.overflow(), 0);
    });
  }
}

// In upstream's words: five times two pooled and two overflow connections yields ten overflow
// connections closed, plus the two pooled ones unclosed.
TEST_F(UpstreamQueuePoolTest, test_overflow_no_gc) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 2, .max_overflow = 2});
    for (int round = 0; round < 5; ++round) {
      std::list<TwinLease> leases;
      for (int i = 0; i < 4; ++i) leases.push_back(pool.acquire());
      for (TwinLease& lease : leases) lease.release();
    }
    EXPECT_EQ(stage_.opened(), 12);
    EXPECT_EQ(stage_.open_now(), 2);
    EXPECT_THAT(stage_.closed(), SizeIs(10));
    for (const auto& [session, times] : stage_.closed()) EXPECT_EQ(times, 1);
  });
}

TEST_F(UpstreamQueuePoolTest, test_recreate) {
  run([&] {
    TwinPool pool(stage_,
                  {.pool_size = 1, .max_overflow = 0, .reset_on_return = ResetOnReturn::none});
    const auto recreated = pool.recreate();
    EXPECT_EQ(recreated->size(), 1);
    EXPECT_EQ(recreated->options().reset_on_return, ResetOnReturn::none);
    EXPECT_EQ(recreated->options().max_overflow, 0);
  });
}

TEST_F(UpstreamQueuePoolTest, test_detach) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    TwinLease c1 = pool.acquire();
    c1.detach();
    const TwinLease c2 = pool.acquire();
    EXPECT_EQ(stage_.opened(), 2);

    EXPECT_NE(c1.session(), 0);
    EXPECT_EQ(pool.times("closed 1"), 0);
    c1.release();
    EXPECT_EQ(pool.times("closed 1"), 1);
  });
}

TEST_F(UpstreamQueuePoolTest, test_detach_via_invalidate) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    TwinLease c1 = pool.acquire();
    c1.invalidate();
    EXPECT_EQ(c1.session(), 0);
    EXPECT_EQ(pool.times("closed 1"), 1);

    // Upstream: an invalidated handle is checked in at once; strict: its slot is out until
    // released.
    c1.release();
    TwinLease c2 = pool.acquire();
    EXPECT_THAT(pool.trace(), Contains("opened 2"));
    c2.release();
    EXPECT_EQ(pool.times("closed 2"), 0);
  });
}

// Upstream: a second check-in warns and does nothing; strict: it is misuse, and aborts.
TEST_F(UpstreamQueuePoolTest, test_no_double_checkin) {
  const auto ending = stage_.run([&] {
    Pool pool(options({.pool_size = 1}));
    auto lease = pool.acquire();
    lease->release();
    lease->release();
  });
  EXPECT_EQ(ending, world::Ending::misuse);
  EXPECT_THAT(stage_.refusal(), HasSubstr("this lease was moved from or has been given back"));

  pool({.pool_size = 1});
  leave_idle(kAnn);
  EXPECT_TRUE(model::illegal(config(), state(), model::Release{kAnn}));
}

TEST_F(UpstreamQueuePoolTest, test_lifo) {
  run([&] {
    TwinPool pool(stage_, {.use_lifo = true});
    TwinLease c1 = pool.acquire();
    TwinLease c2 = pool.acquire();
    TwinLease c3 = pool.acquire();
    for (TwinLease* const c : {&c1, &c2, &c3}) c->release();

    for (int round = 0; round < 5; ++round) {
      c1 = pool.acquire();
      EXPECT_EQ(c1.session(), 3);
      c1.release();

      c1 = pool.acquire();
      EXPECT_EQ(c1.session(), 3);
      c2 = pool.acquire();
      EXPECT_EQ(c2.session(), 2);
      c2.release();

      c3 = pool.acquire();
      EXPECT_EQ(c3.session(), 2);
      c2 = pool.acquire();
      EXPECT_EQ(c2.session(), 1);

      for (TwinLease* const c : {&c2, &c3, &c1}) c->release();
    }
  });
}

TEST_F(UpstreamQueuePoolTest, test_fifo) {
  run([&] {
    TwinPool pool(stage_, {});
    TwinLease c1 = pool.acquire();
    TwinLease c2 = pool.acquire();
    TwinLease c3 = pool.acquire();
    for (TwinLease* const c : {&c1, &c2, &c3}) c->release();

    c1 = pool.acquire();
    EXPECT_EQ(c1.session(), 1);
    c1.release();

    c1 = pool.acquire();
    EXPECT_EQ(c1.session(), 2);
    c2 = pool.acquire();
    EXPECT_EQ(c2.session(), 3);
    c2.release();

    c3 = pool.acquire();
    EXPECT_EQ(c3.session(), 1);
    c2 = pool.acquire();
    EXPECT_EQ(c2.session(), 3);
  });
}

}  // namespace
}  // namespace poolproof::upstream
