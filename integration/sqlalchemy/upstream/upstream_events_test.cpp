// SQLAlchemy 2.0.52, test/engine/test_pool.py: PoolEventsTest and PoolFirstConnectSyncTest.
// TwinPool has a witness at each hook, as upstream has a canary.
#include <any>
#include <memory>

#include "integration/sqlalchemy/upstream/upstream_fixture.hpp"

namespace poolproof::upstream {
namespace {

using Event = model::Hook;

class UpstreamPoolEventsTest : public UpstreamTest {
 protected:
  // Of a new connection, in the pool and in one recreated from it.
  void expect_once_in_each(TwinPool& pool, TwinPool& recreated, const std::string& line) {
    EXPECT_EQ(pool.times(line), 1);
    EXPECT_EQ(recreated.times(line), 1);
  }

  // The hook that hears of this invalidation is told its reason.
  void expect_reason(Invalidation how, std::vector<Hook> PoolHooks::*list,
                     const std::exception_ptr& reason) {
    run([&] {
      const PGconn* shown = nullptr;
      std::exception_ptr told = known_exception();
      int calls = 0;
      PoolHooks hooks;
      (hooks.*list).emplace_back([&](const HookEvent& event) {
        shown = event.connection;
        told = event.reason;
        ++calls;
      });
      TwinPool pool(stage_, {.hooks = hooks});
      pool.acquire().release();
      EXPECT_EQ(calls, 0);

      TwinLease c = pool.acquire();
      const PGconn* const connection = c->native();
      c.invalidate(how, reason);
      EXPECT_EQ(calls, 1);
      EXPECT_EQ(shown, connection);
      EXPECT_EQ(told, reason);
    });
  }
};

TEST_F(UpstreamPoolEventsTest, test_close) {
  run([&] {
    TwinPool pool(stage_, {});
    pool.acquire().release();
    EXPECT_EQ(pool.times("close hook"), 0);
    pool.dispose();
    EXPECT_THAT(pool.trace(), ElementsAre("close hook: 1", "closed 1"));
  });
}

TEST_F(UpstreamPoolEventsTest, test_detach) {
  run([&] {
    TwinPool pool(stage_, {});
    TwinLease c = pool.acquire();
    c.detach();
    EXPECT_THAT(pool.trace(), ElementsAre("detach hook: 1"));
  });
}

TEST_F(UpstreamPoolEventsTest, test_detach_close) {
  run([&] {
    TwinPool pool(stage_, {});
    TwinLease c = pool.acquire();
    c.detach();
    c.release();
    EXPECT_THAT(pool.trace(),
                ElementsAre("reset hook: 1", "ROLLBACK 1", "close_detached hook: 1", "closed 1"));
  });
}

TEST_F(UpstreamPoolEventsTest, test_first_connect_event) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c = pool.acquire();
    EXPECT_THAT(pool.trace(), ElementsAre("opened 1", "first_connect hook: 1", "connect hook: 1",
                                          "checkout hook: 1"));
  });
}

TEST_F(UpstreamPoolEventsTest, test_first_connect_event_fires_once) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c1 = pool.acquire();
    const TwinLease c2 = pool.acquire();
    EXPECT_EQ(pool.times("first_connect hook"), 1);
  });
}

TEST_F(UpstreamPoolEventsTest, test_first_connect_on_previously_recreated) {
  run([&] {
    TwinPool pool(stage_, {});
    const auto recreated = pool.recreate();
    const TwinLease c1 = pool.acquire();
    const TwinLease c2 = recreated->acquire();
    expect_once_in_each(pool, *recreated, "first_connect hook");
  });
}

TEST_F(UpstreamPoolEventsTest, test_first_connect_on_subsequently_recreated) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c1 = pool.acquire();
    const auto recreated = pool.recreate();
    const TwinLease c2 = recreated->acquire();
    expect_once_in_each(pool, *recreated, "first_connect hook");
  });
}

TEST_F(UpstreamPoolEventsTest, test_connect_event) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c = pool.acquire();
    EXPECT_EQ(pool.times("connect hook: 1"), 1);
  });
}

TEST_F(UpstreamPoolEventsTest, test_connect_event_fires_subsequent) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c1 = pool.acquire();
    const TwinLease c2 = pool.acquire();
    EXPECT_EQ(pool.times("connect hook: 1"), 1);
    EXPECT_EQ(pool.times("connect hook: 2"), 1);
  });
}

// Upstream: listen(insert=True) puts a listener before the others; strict: the list is the order.
TEST_F(UpstreamPoolEventsTest, test_connect_insert_event) {
  run([&] {
    std::vector<std::string> canary;
    const auto listener = [&](const char* name) {
      return [&canary, name](const HookEvent&) { canary.emplace_back(name); };
    };
    PoolHooks hooks;
    hooks.connect.emplace_back(listener("one"));
    hooks.connect.insert(hooks.connect.begin(), listener("two"));
    hooks.connect.emplace_back(listener("three"));
    TwinPool pool(stage_, {.hooks = hooks});
    const TwinLease c = pool.acquire();
    EXPECT_THAT(canary, ElementsAre("two", "one", "three"));
  });
}

TEST_F(UpstreamPoolEventsTest, test_connect_on_previously_recreated) {
  run([&] {
    TwinPool pool(stage_, {});
    const auto recreated = pool.recreate();
    const TwinLease c1 = pool.acquire();
    const TwinLease c2 = recreated->acquire();
    expect_once_in_each(pool, *recreated, "connect hook");
  });
}

TEST_F(UpstreamPoolEventsTest, test_connect_on_subsequently_recreated) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c1 = pool.acquire();
    const auto recreated = pool.recreate();
    const TwinLease c2 = recreated->acquire();
    expect_once_in_each(pool, *recreated, "connect hook");
  });
}

TEST_F(UpstreamPoolEventsTest, test_checkout_event) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c = pool.acquire();
    EXPECT_EQ(pool.times("checkout hook: 1"), 1);
  });
}

TEST_F(UpstreamPoolEventsTest, test_checkout_event_fires_subsequent) {
  run([&] {
    TwinPool pool(stage_, {});
    pool.acquire().release();
    pool.acquire().release();
    EXPECT_EQ(pool.times("checkout hook: 1"), 2);
  });
}

TEST_F(UpstreamPoolEventsTest, test_checkout_event_on_subsequently_recreated) {
  run([&] {
    TwinPool pool(stage_, {});
    const TwinLease c1 = pool.acquire();
    const auto recreated = pool.recreate();
    const TwinLease c2 = recreated->acquire();
    expect_once_in_each(pool, *recreated, "checkout hook");
  });
}

TEST_F(UpstreamPoolEventsTest, test_checkin_event) {
  run([&] {
    TwinPool pool(stage_, {});
    TwinLease c = pool.acquire();
    EXPECT_EQ(pool.times("checkin hook"), 0);
    c.release();
    EXPECT_THAT(pool.trace(), ElementsAre("reset hook: 1", "ROLLBACK 1", "checkin hook: 1"));
  });
}

TEST_F(UpstreamPoolEventsTest, test_reset_event) {
  run([&] {
    TwinPool pool(stage_, {});
    TwinLease c = pool.acquire();
    EXPECT_EQ(pool.times("reset hook"), 0);
    c.release();
    EXPECT_EQ(pool.times("reset hook: 1"), 1);
  });
}

TEST_F(UpstreamPoolEventsTest, test_soft_invalidate_event_no_exception) {
  expect_reason(Invalidation::soft, &PoolHooks::soft_invalidate, nullptr);
}

TEST_F(UpstreamPoolEventsTest, test_soft_invalidate_event_exception) {
  expect_reason(Invalidation::soft, &PoolHooks::soft_invalidate, known_exception());
}

TEST_F(UpstreamPoolEventsTest, test_invalidate_event_no_exception) {
  expect_reason(Invalidation::hard, &PoolHooks::invalidate, nullptr);
}

TEST_F(UpstreamPoolEventsTest, test_invalidate_event_exception) {
  expect_reason(Invalidation::hard, &PoolHooks::invalidate, known_exception());
}

// Upstream: the garbage collector gives back what is dropped; strict: the end of its scope does.
TEST_F(UpstreamPoolEventsTest, test_checkin_event_gc) {
  run([&] {
    TwinPool pool(stage_, {});
    {
      const TwinLease dropped = pool.acquire();
      EXPECT_EQ(pool.times("checkin hook"), 0);
    }
    EXPECT_THAT(pool.trace(), ElementsAre("reset hook: 1", "ROLLBACK 1", "checkin hook: 1"));
    EXPECT_EQ(stage_.open_now(), 1);
    {
      TwinLease invalidated = pool.acquire();
      invalidated.invalidate();
    }
    EXPECT_THAT(pool.trace(), ElementsAre("checkin hook: EMPTY"));
  });
}

TEST_F(UpstreamPoolEventsTest, test_checkin_event_on_subsequently_recreated) {
  run([&] {
    TwinPool pool(stage_, {});
    TwinLease c1 = pool.acquire();
    const auto recreated = pool.recreate();
    TwinLease c2 = recreated->acquire();
    EXPECT_EQ(pool.times("checkin hook") + recreated->times("checkin hook"), 0);

    c1.release();
    EXPECT_THAT(pool.trace(), ElementsAre("reset hook: 1", "ROLLBACK 1", "checkin hook: 1"));
    c2.release();
    EXPECT_THAT(recreated->trace(), ElementsAre("reset hook: 1", "ROLLBACK 1", "checkin hook: 1"));
  });
}

// Whatever it is that the hook throws.
TEST_F(UpstreamPoolEventsTest, test_connect_event_fails_invalidates) {
  for (const auto& thrown : {known_exception(), std::make_exception_ptr(42)}) {
    run([&] {
      const auto sets_flag = [](const HookEvent& event) { event.info = true; };
      TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0, .hooks = {.connect = {sets_flag}}});
      TwinLease c = pool.acquire();
      EXPECT_TRUE(std::any_cast<bool>(c->info()));
      c.invalidate();
      c.release();

      stage_.hooks_throw({.hooks = {Event::connect}, .thrown = thrown});
      const AcquireError error = pool.fails_to_acquire();
      EXPECT_EQ(error.kind, Kind::hook_failed);
      EXPECT_EQ(error.thrown, thrown);

      stage_.hooks_are_well();
      c = pool.acquire();
      EXPECT_TRUE(std::any_cast<bool>(c->info()));
    });
  }
}

// ---- PoolFirstConnectSyncTest ----

class UpstreamPoolFirstConnectSyncTest : public UpstreamTest {};

TEST_F(UpstreamPoolFirstConnectSyncTest, test_sync) {
  run_in_many_orders([&] {
    std::vector<std::string> calls;
    PoolHooks hooks;
    hooks.first_connect.emplace_back([&](const HookEvent&) {
      stage_.sleep(1s);
      calls.emplace_back("first_connect");
    });
    hooks.connect.emplace_back([&](const HookEvent&) { calls.emplace_back("connect"); });
    Pool pool(options({.pool_size = 3, .max_overflow = 0, .hooks = hooks}));

    stage_.join(stage_.start(threads(5, [&] {
      for (int round = 0; round < 2; ++round) {
        {
          const auto lease = pool.acquire();
          EXPECT_TRUE(lease.has_value());
          stage_.sleep(20ms);
        }
        stage_.sleep(20ms);
      }
    })));
    EXPECT_THAT(calls, ElementsAre("first_connect", "connect", "connect", "connect"));
  });

  // The model's hooks take no time: the first connection has been through both when the next comes.
  pool({.pool_size = 3, .max_overflow = 0});
  lease_new(kAnn);
  EXPECT_THAT(trace(), ElementsAre(model::HookCalled{Event::first_connect, kFirst},
                                   model::HookCalled{Event::connect, kFirst},
                                   model::HookCalled{Event::checkout, kFirst},
                                   model::Granted{kAnn, kFirst}));
  lease_new(kBen);
  EXPECT_THAT(trace(), ElementsAre(model::HookCalled{Event::connect, kSecond},
                                   model::HookCalled{Event::checkout, kSecond},
                                   model::Granted{kBen, kSecond}));
}

}  // namespace
}  // namespace poolproof::upstream
