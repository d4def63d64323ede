// SQLAlchemy 2.0.52, test/engine/test_pool.py: PoolTest and PoolDialectTest.
//
// Ported are all tests of the QueuePool, under their names, here and in the files beside. Not:
//   of other pools: SingletonThreadPoolTest, AssertionPoolTest, NullPoolTest, StaticPoolTest, and
//     PoolDialectTest but for test_queue_pool
//   PoolTest.test_cursor_iterable: a Python cursor is an iterator
//   PoolTest.test_is_asyncio_from_dialect, test_is_asyncio_from_dialect_cls: there is no asyncio
//   PoolTest.test_rec_fairy_adapted_dialect: there is one driver, libpq, and no adapter
//   PoolEventsTest.test_listen_targets_scope, test_listen_targets_per_subclass: hooks are told to a
//     pool, not to a class or an engine
//   ResetOnReturnTest.test_custom_via_engine, test_plain_rollback_via_engine: there is no engine
//   CreatorCompatibilityTest: the creator is libpq and cannot be replaced
//   test_connection_setter, of 1.4 only: a connection cannot be put into a slot from outside
//   of asynchronous handles that are collected as garbage, in all tests: a Lease ends with its
//   scope
#include <any>
#include <stdexcept>

#include "integration/sqlalchemy/upstream/upstream_fixture.hpp"

namespace poolproof::upstream {
namespace {

class UpstreamPoolTest : public UpstreamTest {};
class UpstreamPoolDialectTest : public UpstreamTest {};

TEST_F(UpstreamPoolTest, test_no_connect_on_recreate) {
  run([&] {
    stage_.server_is_up(false);
    TwinPool never_used(stage_, {});
    never_used.dispose();
    EXPECT_NE(never_used.recreate(), nullptr);
    EXPECT_EQ(stage_.opened(), 0);

    stage_.server_is_up(true);
    TwinPool pool(stage_, {});
    pool.acquire().release();
    stage_.server_is_up(false);
    pool.dispose();
    EXPECT_NE(pool.recreate(), nullptr);
    EXPECT_EQ(stage_.opened(), 1);
  });
}

TEST_F(UpstreamPoolTest, test_info) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});

    TwinLease c = pool.acquire();
    EXPECT_FALSE(c->info().has_value());
    c->info() = std::string("foo");
    c.release();

    c = pool.acquire();
    EXPECT_TRUE(c->info().has_value());

    // Upstream: an invalidated handle is checked in at once; strict: its slot is out until
    // released.
    c.invalidate();
    c.release();
    c = pool.acquire();
    EXPECT_FALSE(c->info().has_value());

    c->info() = std::string("foo2");
    c.detach();
    EXPECT_EQ(std::any_cast<std::string>(c->info()), "foo2");

    TwinLease c2 = pool.acquire();
    EXPECT_NE(c.session(), c2.session());
    EXPECT_FALSE(c2->info().has_value());
    EXPECT_EQ(std::any_cast<std::string>(c->info()), "foo2");
  });
}

TEST_F(UpstreamPoolTest, test_raw_connection_context) {
  run([&] {
    TwinPool pool(stage_, {});
    EXPECT_EQ(pool.checkedout(), 0);
    {
      const TwinLease c = pool.acquire();
      EXPECT_EQ(pool.checkedout(), 1);
    }
    EXPECT_EQ(pool.checkedout(), 0);

    EXPECT_THROW(
        {
          const TwinLease c = pool.acquire();
          EXPECT_EQ(pool.checkedout(), 1);
          throw std::runtime_error("the scope is left by an error");
        },
        std::runtime_error);
    EXPECT_EQ(pool.checkedout(), 0);
  });
}

TEST_F(UpstreamPoolTest, test_rec_info) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});

    TwinLease c = pool.acquire();
    EXPECT_FALSE(c->slot_info()->has_value());
    *c->slot_info() = std::string("foo");
    c.release();

    c = pool.acquire();
    EXPECT_TRUE(c->slot_info()->has_value());

    // Upstream: an invalidated handle is checked in at once; strict: its slot is out until
    // released.
    c.invalidate();
    c.release();
    c = pool.acquire();
    EXPECT_EQ(std::any_cast<std::string>(*c->slot_info()), "foo");

    *c->slot_info() = std::string("foo2");
    c.detach();
    EXPECT_EQ(c->slot_info(), nullptr);

    const TwinLease c2 = pool.acquire();
    EXPECT_EQ(std::any_cast<std::string>(*c2->slot_info()), "foo2");
  });
}

TEST_F(UpstreamPoolTest, test_rec_unconnected) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    // Upstream: a record can be made without a connection; strict: a slot becomes EMPTY by losing
    // its own.
    TwinLease c = pool.acquire();
    c.invalidate();
    c.release();
    EXPECT_EQ(pool.checkedin(), 1);
    EXPECT_EQ(stage_.open_now(), 0);

    c = pool.acquire();
    EXPECT_NE(c.session(), 0);
    EXPECT_EQ(stage_.open_now(), 1);
  });
}

TEST_F(UpstreamPoolTest, test_rec_close_reopen) {
  run([&] {
    TwinPool pool(stage_, {.pool_size = 1, .max_overflow = 0});
    TwinLease c = pool.acquire();
    const int first = c.session();
    c.release();
    c = pool.acquire();
    EXPECT_EQ(c.session(), first);

    c.invalidate();
    EXPECT_EQ(c.session(), 0);
    EXPECT_EQ(pool.times("closed 1"), 1);
    c.release();

    c = pool.acquire();
    EXPECT_NE(c.session(), first);
    EXPECT_THAT(pool.wire(), ElementsAre("opened 1", "ROLLBACK 1", "closed 1", "opened 2"));
  });
}

// Every option that is not as by default is so in the copy too.
TEST_F(UpstreamPoolTest, test_recreate_state) {
  const auto expect_same = [](const PoolOptions& copy, const PoolOptions& original) {
    EXPECT_EQ(copy.conninfo, original.conninfo);
    EXPECT_EQ(copy.pool_size, original.pool_size);
    EXPECT_EQ(copy.max_overflow, original.max_overflow);
    EXPECT_EQ(copy.timeout, original.timeout);
    EXPECT_EQ(copy.recycle, original.recycle);
    EXPECT_EQ(copy.use_lifo, original.use_lifo);
    EXPECT_EQ(copy.pre_ping, original.pre_ping);
    EXPECT_EQ(copy.reset_on_return, original.reset_on_return);
    EXPECT_EQ(copy.patience, original.patience);
    EXPECT_EQ(copy.hooks.connect.size(), original.hooks.connect.size());
    EXPECT_EQ(static_cast<bool>(copy.log), static_cast<bool>(original.log));
  };
  run([&] {
    const std::vector<PoolOptions> sets{
        {},
        {.pool_size = 3, .max_overflow = 7},
        {.pool_size = 0, .timeout = std::nullopt},
        {.timeout = 5s, .recycle = 35s, .use_lifo = true},
        {.pre_ping = true, .reset_on_return = ResetOnReturn::none},
        {.reset_on_return = ResetOnReturn::commit,
         .patience = 2ms,
         .log = [](const std::string&) {}},
    };
    for (const PoolOptions& set : sets) {
      TwinPool pool(stage_, set);
      const auto copy = pool.recreate();
      expect_same(copy->options(), pool.options());
      expect_same(copy->recreate()->options(), pool.options());
    }
  });
}

TEST_F(UpstreamPoolTest, test_rec_fairy_default_dialect) {
  run([&] {
    const PGconn* shown = nullptr;
    TwinPool pool(
        stage_,
        {.hooks = {.connect = {[&](const HookEvent& event) { shown = event.connection; }}}});
    const TwinLease c = pool.acquire();
    EXPECT_NE(shown, nullptr);
    EXPECT_EQ(c->native(), shown);
  });
}

TEST_F(UpstreamPoolDialectTest, test_queue_pool) {
  run([&] {
    TwinPool pool(stage_, {});
    pool.acquire().release();
    pool.dispose();
    EXPECT_NE(pool.recreate(), nullptr);
    pool.acquire().release();
    EXPECT_THAT(pool.wire(),
                ElementsAre("opened 1", "ROLLBACK 1", "closed 1", "opened 2", "ROLLBACK 2"));
  });
}

}  // namespace
}  // namespace poolproof::upstream
