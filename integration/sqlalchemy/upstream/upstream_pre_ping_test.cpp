// SQLAlchemy 2.0.52, test/engine/test_reconnect.py: PrePingMockTest, and of RecycleTest the one
// test that is of the pool.
#include <string>

#include "integration/sqlalchemy/upstream/upstream_fixture.hpp"

namespace poolproof::upstream {
namespace {

class UpstreamPrePingMockTest : public UpstreamTest {};
class UpstreamRecycleTest : public UpstreamTest {};

TEST_F(UpstreamPrePingMockTest, test_ping_not_on_first_connect) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0, .pre_ping = true});
    pool.acquire().release();
    EXPECT_THAT(pool.wire(), ElementsAre("opened 1", "ROLLBACK 1"));
    pool.acquire().release();
    EXPECT_THAT(pool.wire(), ElementsAre("opened 1", "ROLLBACK 1", "pinged 1", "ROLLBACK 1"));
    const TwinLease c = pool.acquire();
    EXPECT_THAT(pool.wire(),
                ElementsAre("opened 1", "ROLLBACK 1", "pinged 1", "ROLLBACK 1", "pinged 1"));
  });
}

TEST_F(UpstreamPrePingMockTest, test_ping_not_on_reconnect) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0, .pre_ping = true});
    TwinLease c = pool.acquire();
    *c->slot_info() = std::string("the slot");
    c.release();
    c = pool.acquire();
    EXPECT_EQ(pool.times("pinged"), 1);

    // Upstream: an invalidated handle is checked in at once; strict: its slot is out until
    // released.
    c.invalidate();
    EXPECT_EQ(c.session(), 0);
    c.release();

    c = pool.acquire();
    EXPECT_EQ(std::any_cast<std::string>(*c->slot_info()), "the slot");
    EXPECT_EQ(pool.times("pinged"), 1);
  });
}

TEST_F(UpstreamPrePingMockTest, test_connect_across_restart) {
  run([&] {
    TwinPool pool(stage_, {.pre_ping = true});
    TwinLease c = pool.acquire();
    const int stale = c.session();
    c.release();

    stage_.kill_all_sessions();

    c = pool.acquire();
    EXPECT_NE(c.session(), stale);
    EXPECT_TRUE(c.execute("SELECT 1"));
    EXPECT_TRUE(stage_.killed(SessionId{stale}));
  });
}

// Upstream: an error hook of the dialect says which errors mean that the connection is dead;
// strict: a checkout hook does, by the exception that it throws.
TEST_F(UpstreamPrePingMockTest, test_handle_error_sets_disconnect) {
  run([&] {
    const auto says_disconnected = [&](const HookEvent& event) {
      if (!stage_.execute(event.connection, "SELECT 1")) throw Disconnected();
    };
    TwinPool pool(stage_, {.hooks = {.checkout = {says_disconnected}}});
    TwinLease c = pool.acquire();
    const int stale = c.session();
    c.release();

    stage_.kill_all_sessions();

    stage_.hooks_throw({.hooks = {model::Hook::checkout},
                        .checkout_says = model::Disconnected::this_one,
                        .only = SessionId{stale},
                        .by_the_tests_own_hooks = true});
    c = pool.acquire();
    EXPECT_NE(c.session(), stale);
    EXPECT_TRUE(c.execute("SELECT 1"));
  });
}

TEST_F(UpstreamPrePingMockTest, test_raise_db_is_stopped) {
  run([&] {
    TwinPool pool(stage_, {.pre_ping = true});
    pool.acquire().release();

    stage_.kill_all_sessions();
    stage_.server_is_up(false);

    EXPECT_EQ(pool.fails_to_acquire().kind, Kind::connect_failed);
  });
}

TEST_F(UpstreamPrePingMockTest, test_waits_til_exec_wo_ping_db_is_stopped) {
  run([&] {
    TwinPool pool(stage_, {.pre_ping = false});
    pool.acquire().release();

    stage_.kill_all_sessions();
    stage_.server_is_up(false);

    TwinLease c = pool.acquire();
    EXPECT_FALSE(c.execute("SELECT 1"));
  });
}

TEST_F(UpstreamPrePingMockTest, test_waits_til_exec_wo_ping_db_is_restarted) {
  run([&] {
    TwinPool pool(stage_, {.pre_ping = false});
    pool.acquire().release();

    stage_.kill_all_sessions();

    TwinLease c = pool.acquire();
    EXPECT_FALSE(c.execute("SELECT 1"));
  });
}

TEST_F(UpstreamPrePingMockTest, test_pre_ping_weakref_finalizer) {
  run([&] {
    TwinPool pool(stage_, {.pre_ping = true});
    pool.acquire().release();
    pool.acquire().release();
    EXPECT_THAT(pool.wire(), ElementsAre("opened 1", "ROLLBACK 1", "pinged 1", "ROLLBACK 1"));

    stage_.kill_all_sessions();

    { const TwinLease dropped = pool.acquire(); }
    // The new connection is reset; the old one is only closed, which its dead session cannot see.
    EXPECT_THAT(pool.wire(), ElementsAre("opened 1", "ROLLBACK 1", "pinged 1", "ROLLBACK 1",
                                         "opened 2", "ROLLBACK 2"));
    EXPECT_EQ(pool.times("close hook: 1"), 1);
    EXPECT_EQ(pool.times("reset hook: 1"), 2);
  });
}

TEST_F(UpstreamRecycleTest, test_basic) {
  run([&] {
    TwinPool pool(stage_, {.recycle = 1s});
    TwinLease c = pool.acquire();
    EXPECT_TRUE(c.execute("SELECT 1"));
    c.release();

    stage_.kill_all_sessions();
    stage_.sleep(2s);

    c = pool.acquire();
    EXPECT_TRUE(c.execute("SELECT 1"));
  });
}

}  // namespace
}  // namespace poolproof::upstream
