// SQLAlchemy 2.0.52, test/engine/test_pool.py: QueuePoolTest, connections that are replaced.
#include <any>
#include <string>

#include "integration/sqlalchemy/upstream/upstream_fixture.hpp"

namespace poolproof::upstream {
namespace {

// `pool` is (1, 2) with one slot in it that must reconnect when it is acquired next; with
// `trouble` because a hook will say so while the server is down.
void assert_cleanup_on_pooled_reconnect(Stage& stage, TwinPool& pool,
                                        Kind expected = Kind::connect_failed,
                                        const Trouble& trouble = {}) {
  EXPECT_EQ(pool.checkedout(), 0);
  EXPECT_EQ(pool.overflow(), 0);
  stage.server_is_up(false);
  stage.hooks_throw(trouble);
  EXPECT_EQ(pool.fails_to_acquire().kind, expected);
  EXPECT_EQ(pool.overflow(), 0);
  EXPECT_EQ(pool.checkedout(), 0);

  stage.server_is_up(true);
  stage.hooks_are_well();
  const TwinLease c1 = pool.acquire();
  EXPECT_EQ(pool.checkedin(), 0);
  const TwinLease c2 = pool.acquire();
  EXPECT_EQ(pool.overflow(), 1);
  TwinLease c3 = pool.acquire();
  c3.release();
}

// Two idle connections, then a server that is down, then the first found broken; so the second,
// as old as it, must reconnect, and cannot. Upstream: EMPTY records are then taken out of the queue
// by hand; strict: the next to be acquired is one.
void leave_old_generation_that_cannot_reconnect(Stage& stage, TwinPool& pool) {
  TwinLease c1 = pool.acquire();
  TwinLease c2 = pool.acquire();
  c1.release();
  c2.release();
  stage.server_is_up(false);
  TwinLease bad = pool.acquire();
  bad.invalidate(Invalidation::generation);
  bad.release();
  EXPECT_EQ(pool.fails_to_acquire().kind, Kind::connect_failed);
}

TEST_F(UpstreamQueuePoolTest, test_recycle) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0, .recycle = 30s});
    TwinLease c = pool.acquire();
    const int first = c.session();
    c.release();

    stage_.sleep(1s);
    c = pool.acquire();
    EXPECT_EQ(c.session(), first);
    c.release();

    stage_.sleep(34s);
    c = pool.acquire();
    EXPECT_NE(c.session(), first);
  });
}

TEST_F(UpstreamQueuePoolTest, test_recycle_on_invalidate) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    TwinLease c = pool.acquire();
    const int first = c.session();
    c.release();
    c = pool.acquire();
    EXPECT_EQ(c.session(), first);

    c.invalidate(Invalidation::generation);
    EXPECT_EQ(c.session(), 0);
    c.release();
    stage_.sleep(500ms);
    c = pool.acquire();
    EXPECT_NE(c.session(), first);
  });
}

TEST_F(UpstreamQueuePoolTest, test_recycle_on_soft_invalidate) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    TwinLease c = pool.acquire();
    const int first = c.session();
    *c->slot_info() = std::string("the slot");
    c.release();

    c = pool.acquire();
    EXPECT_EQ(c.session(), first);
    c.invalidate(Invalidation::soft);
    EXPECT_EQ(c.session(), first);
    c.release();

    stage_.sleep(500ms);
    c = pool.acquire();
    EXPECT_NE(c.session(), first);
    EXPECT_EQ(std::any_cast<std::string>(*c->slot_info()), "the slot");
  });
}

TEST_F(UpstreamQueuePoolTest, test_error_on_pooled_reconnect_cleanup_invalidate) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 2});
    TwinLease c = pool.acquire();
    c.invalidate();
    c.release();
    assert_cleanup_on_pooled_reconnect(stage_, pool);
  });
}

TEST_F(UpstreamQueuePoolTest, test_error_on_pooled_reconnect_cleanup_recycle) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 2, .recycle = 1s});
    pool.acquire().release();
    stage_.sleep(1500ms);
    assert_cleanup_on_pooled_reconnect(stage_, pool);
  });
}

TEST_F(UpstreamQueuePoolTest, test_error_on_pooled_reconnect_cleanup_wcheckout_event) {
  using model::Hook;
  const std::vector<std::pair<Trouble, Kind>> variants{
      {{.hooks = {Hook::checkout}, .checkout_says = model::Disconnected::this_one},
       Kind::connect_failed},
      {{.hooks = {Hook::checkout}, .checkout_says = model::Disconnected::all},
       Kind::connect_failed},
      {{.hooks = {Hook::checkout}, .thrown = known_exception()}, Kind::hook_failed},
      {{.hooks = {Hook::checkout}, .thrown = std::make_exception_ptr(42)}, Kind::hook_failed}};
  for (const auto& variant : variants) {
    run([&] {
      TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 2});
      pool.acquire().release();
      assert_cleanup_on_pooled_reconnect(stage_, pool, variant.second, variant.first);
    });
  }
}

TEST_F(UpstreamQueuePoolTest, test_connect_handler_not_called_for_recycled) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 2, .max_overflow = 2});
    leave_old_generation_that_cannot_reconnect(stage_, pool);
    stage_.server_is_up(true);
    const TwinLease c = pool.acquire();
    EXPECT_THAT(pool.trace(), ElementsAre("opened 3", "connect hook: 3", "checkout hook: 3"));
  });
}

TEST_F(UpstreamQueuePoolTest, test_connect_checkout_handler_always_gets_info) {
  run([&] {
    int shown = 0;
    PoolHooks hooks;
    hooks.connect.emplace_back([](const HookEvent& event) { event.info = true; });
    hooks.checkout.emplace_back([&](const HookEvent& event) {
      EXPECT_TRUE(event.info.has_value());
      ++shown;
    });
    TwinPool pool(stage_, {.pool_size = 2, .max_overflow = 2, .hooks = hooks});
    leave_old_generation_that_cannot_reconnect(stage_, pool);
    stage_.server_is_up(true);
    const TwinLease c = pool.acquire();
    EXPECT_EQ(shown, 4);
  });
}

TEST_F(UpstreamQueuePoolTest, test_userspace_disconnectionerror_weakref_finalizer) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 2});
    TwinLease c = pool.acquire();
    const SessionId old{c.session()};
    c.release();

    stage_.hooks_throw({.hooks = {model::Hook::checkout},
                        .checkout_says = model::Disconnected::this_one,
                        .only = old});
    { const TwinLease dropped = pool.acquire(); }
    // The new connection is reset when it is dropped; the old one was only closed.
    EXPECT_THAT(pool.wire(),
                ElementsAre("opened 1", "ROLLBACK 1", "closed 1", "opened 2", "ROLLBACK 2"));
  });
}

TEST_F(UpstreamQueuePoolTest, test_invalidate) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    TwinLease c = pool.acquire();
    const int first = c.session();
    c.release();
    c = pool.acquire();
    EXPECT_EQ(c.session(), first);
    // Upstream: an invalidated handle is checked in at once; strict: its slot is out until
    // released.
    c.invalidate();
    c.release();
    c = pool.acquire();
    EXPECT_NE(c.session(), first);
  });
}

// Upstream: the driver is told to raise errors; strict: the server has ended the session.
TEST_F(UpstreamQueuePoolTest, test_reconnect) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    TwinLease c = pool.acquire();
    const int first = c.session();
    c.release();
    c = pool.acquire();
    EXPECT_EQ(c.session(), first);
    stage_.kill_all_sessions();
    c.invalidate();
    c.release();
    c = pool.acquire();
    EXPECT_NE(c.session(), first);
  });
}

}  // namespace
}  // namespace poolproof::upstream
