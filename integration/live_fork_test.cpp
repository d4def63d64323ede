// A child never touches its parent's sockets: what libpq would say on them, a goodbye for example,
// the server would take for the parent's.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include <poolproof/registry.hpp>
#include <poolproof/upkeep.hpp>

#include "integration/live_pool.hpp"

namespace poolproof::integration {
namespace {

using namespace std::chrono_literals;
using Kind = AcquireError::Kind;

// Whether all that a child process finds is so. One that hangs is ended, and has not found it.
bool child_finds(const std::function<bool()>& condition) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(condition() ? 0 : 1);  // and none of the parent's destructors
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class LiveFork : public LivePool {};

TEST_F(LiveFork, AChildIsToldThatThePoolIsItsParents) {
  Pool pool(options(2, 0));
  const int backend = backend_of(acquired(pool));
  EXPECT_FALSE(pool.is_inherited());
  EXPECT_TRUE(child_finds([&] {
    const auto lease = pool.acquire();
    return pool.is_inherited() && !lease && lease.error().kind == Kind::inherited &&
           pool.status() == PoolStatus();
  }));
  EXPECT_EQ(backend_of(acquired(pool)), backend);
}

TEST_F(LiveFork, AChildLeavesTheConnectionsOfItsParentAlone) {
  auto pool = std::make_unique<Pool>(options(2, 0));
  std::optional<Lease> lease = acquired(*pool);
  std::optional<Lease> gone = acquired(*pool);
  const int backend = backend_of(*lease);
  gone.reset();
  EXPECT_TRUE(child_finds([&] {
    lease->release();
    pool->dispose();
    pool->maintain();
    pool->close();
    (void)pool->drain(0s);
    pool.reset();
    return true;
  }));
  EXPECT_EQ(query(lease->native(), "SELECT 1"), "1");
  EXPECT_EQ(backend_of(*lease), backend);
  const Lease other = acquired(*pool);
  EXPECT_EQ(query(other.native(), "SELECT 1"), "1");
  EXPECT_EQ(server_connections(), 2);
  EXPECT_NE(backend_of(other), backend);
  lease.reset();
}

// Whose lock and condition variable the child has inherited as they were.
TEST_F(LiveFork, AChildIsNotHeldUpByThreadsThatItDoesNotHave) {
  auto pool = std::make_unique<Pool>(options(1, 0));
  std::optional<Lease> lease = acquired(*pool);
  std::thread waiting([&] { EXPECT_TRUE(pool->acquire(20s)); });
  EXPECT_TRUE(comes_true([&] { return pool->status().waiting == 1; }));
  EXPECT_TRUE(child_finds([&] {
    lease.reset();
    pool.reset();
    return true;
  }));
  lease.reset();
  waiting.join();
}

TEST_F(LiveFork, AChildMakesAPoolOfItsOwn) {
  Pool pool(options(1, 0));
  const int backend = backend_of(acquired(pool));
  EXPECT_TRUE(child_finds([&] {
    const auto mine = pool.recreate();
    const auto lease = mine->acquire();
    return lease && backend_of(*lease) != backend && query(lease->native(), "SELECT 1") == "1";
  }));
  EXPECT_EQ(backend_of(acquired(pool)), backend);
}

TEST_F(LiveFork, ARegistryIsEmptyInAChildAndFillsAgain) {
  Registry registry;
  const auto pool = *registry.pool(options(1, 0));
  const int backend = backend_of(acquired(*pool));
  EXPECT_TRUE(child_finds([&] {
    const auto mine = *registry.pool(options(1, 0));
    const auto lease = mine->acquire();
    return mine != pool && lease && backend_of(*lease) != backend &&
           *registry.pool(options(1, 0)) == mine;
  }));
  EXPECT_EQ(backend_of(acquired(*pool)), backend);
}

TEST_F(LiveFork, AnUpkeepEndsInAChildWithoutItsThread) {
  auto pool = std::make_unique<Pool>(options(1, 0));
  auto upkeep = std::make_unique<Upkeep>(*pool, 1h);
  EXPECT_TRUE(child_finds([&] {
    upkeep.reset();
    pool.reset();
    return true;
  }));
}

}  // namespace
}  // namespace poolproof::integration
