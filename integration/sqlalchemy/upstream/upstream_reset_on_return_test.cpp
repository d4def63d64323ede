// SQLAlchemy 2.0.52, test/engine/test_pool.py: ResetOnReturnTest.
#include "integration/sqlalchemy/upstream/upstream_fixture.hpp"

namespace poolproof::upstream {
namespace {

class UpstreamResetOnReturnTest : public UpstreamTest {
 protected:
  // What the server sees of a lease and its return.
  void expect_of_a_return(ResetOnReturn how, const Stage::Trace& expected) {
    run([&] {
      TwinPool pool(stage_, {.reset_on_return = how});
      pool.acquire().release();
      EXPECT_EQ(pool.times("reset hook: 1"), 1);
      EXPECT_EQ(pool.wire(), expected);
    });
  }
};

TEST_F(UpstreamResetOnReturnTest, test_custom) {
  run([&] {
    int custom = 0;
    const auto reset = [&](const HookEvent& event) {
      EXPECT_TRUE(stage_.execute(event.connection, "ROLLBACK"));
      ++custom;
    };
    TwinPool pool(stage_, {.reset_on_return = ResetOnReturn::none, .hooks = {.reset = {reset}}});

    pool.acquire().release();
    EXPECT_EQ(custom, 1);

    TwinLease detached = pool.acquire();
    detached.detach();
    detached.release();
    EXPECT_EQ(custom, 2);

    TwinLease invalidated = pool.acquire();
    invalidated.invalidate();
    invalidated.release();
    EXPECT_EQ(custom, 2);

    EXPECT_THAT(pool.wire(), ElementsAre("opened 1", "closed 1", "opened 2", "closed 2"));
  });
}

TEST_F(UpstreamResetOnReturnTest, test_plain_rollback) {
  expect_of_a_return(ResetOnReturn::rollback, {"opened 1", "ROLLBACK 1"});
}

TEST_F(UpstreamResetOnReturnTest, test_plain_commit) {
  expect_of_a_return(ResetOnReturn::commit, {"opened 1", "COMMIT 1"});
}

TEST_F(UpstreamResetOnReturnTest, test_plain_none) {
  expect_of_a_return(ResetOnReturn::none, {"opened 1"});
}

}  // namespace
}  // namespace poolproof::upstream
