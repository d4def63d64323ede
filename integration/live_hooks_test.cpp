// Which hooks hear of what, in what order, and what comes of it when they throw.
#include <gmock/gmock.h>

#include <any>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "integration/live_pool.hpp"

namespace poolproof::integration {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LiveHooks : public LivePool {
 protected:
  // Writes down each hook's name as it is called; "(EMPTY)" if there is no connection. Then the
  // hook does what `also` has for it.
  PoolOptions listening(int pool_size, int max_overflow) {
    PoolOptions listened = options(pool_size, max_overflow);
    PoolHooks& hooks = listened.hooks;
    listen(hooks.first_connect, "first_connect");
    listen(hooks.connect, "connect");
    listen(hooks.checkout, "checkout");
    listen(hooks.checkin, "checkin");
    listen(hooks.reset, "reset");
    listen(hooks.invalidate, "invalidate");
    listen(hooks.soft_invalidate, "soft_invalidate");
    listen(hooks.detach, "detach");
    listen(hooks.close, "close");
    listen(hooks.close_detached, "close_detached");
    listened.log = [this](const std::string& line) { log.push_back(line); };
    return listened;
  }

  void throws(const std::string& hook) {
    also[hook] = [hook](const HookEvent&) { throw std::runtime_error(hook + " is broken"); };
  }

  // What was heard since the last time.
  std::vector<std::string> heard() { return std::exchange(heard_, {}); }

  std::map<std::string, std::function<void(const HookEvent&)>> also;
  std::vector<std::string> log;

 private:
  void listen(std::vector<Hook>& hooks, const std::string& name) {
    hooks.emplace_back([this, name](const HookEvent& event) {
      heard_.push_back(name + (event.connection == nullptr ? "(EMPTY)" : ""));
      if (const auto found = also.find(name); found != also.end()) found->second(event);
    });
  }

  std::vector<std::string> heard_;
};

TEST_F(LiveHooks, HearOfEachStepInTheOrderOfQueuePool) {
  Pool pool(listening(1, 1));
  std::optional<Lease> lease = acquired(pool);
  EXPECT_THAT(heard(), ElementsAre("first_connect", "connect", "checkout"));
  std::optional<Lease> overflow = acquired(pool);
  EXPECT_THAT(heard(), ElementsAre("connect", "checkout"));
  lease.reset();
  EXPECT_THAT(heard(), ElementsAre("reset", "checkin"));
  overflow.reset();
  EXPECT_THAT(heard(), ElementsAre("reset", "checkin", "close"));

  lease = acquired(pool);
  lease->invalidate();
  lease.reset();
  EXPECT_THAT(heard(), ElementsAre("checkout", "invalidate", "close", "checkin(EMPTY)"));
  lease = acquired(pool);
  EXPECT_THAT(heard(), ElementsAre("connect", "checkout"));

  lease->invalidate(Invalidation::soft);
  lease.reset();
  EXPECT_THAT(heard(), ElementsAre("soft_invalidate", "reset", "checkin"));
  lease = acquired(pool);
  EXPECT_THAT(heard(), ElementsAre("close", "connect", "checkout"));

  lease->detach();
  EXPECT_THAT(heard(), ElementsAre("detach"));
  lease.reset();
  EXPECT_THAT(heard(), ElementsAre("reset", "close_detached"));

  lease = acquired(pool);
  lease.reset();
  heard();
  pool.dispose();
  EXPECT_THAT(heard(), ElementsAre("close"));
  EXPECT_THAT(log, IsEmpty());
}

TEST_F(LiveHooks, HearOfAFailedPingAndAnOldGeneration) {
  PoolOptions pinging = listening(2, 0);
  pinging.pre_ping = true;
  Pool pool(pinging);
  {
    const Lease a = acquired(pool);
    const Lease b = acquired(pool);
    ask("SELECT pg_terminate_backend(" + std::to_string(backend_of(a)) + ")");
    EXPECT_TRUE(comes_true([&] { return server_connections() == 1; }));
  }
  heard();
  std::optional<Lease> a = acquired(pool);  // given back last but idle longest: b, which is alive
  EXPECT_THAT(heard(), ElementsAre("checkout"));
  const std::optional<Lease> dead = acquired(pool);
  EXPECT_THAT(heard(), ElementsAre("invalidate", "close", "connect", "checkout"));
  a.reset();
  heard();
  a = acquired(pool);
  EXPECT_THAT(heard(), ElementsAre("close", "connect", "checkout")) << "as old as the dead one";
}

TEST_F(LiveHooks, KeepWhatIsTheConnectionsAndWhatIsTheSlots) {
  Pool pool(listening(1, 0));
  std::optional<Lease> lease = acquired(pool);
  lease->info() = std::string("of the connection");
  *lease->slot_info() = std::string("of the slot");
  lease.reset();

  lease = acquired(pool);
  EXPECT_EQ(std::any_cast<std::string>(lease->info()), "of the connection");
  lease->invalidate();
  lease.reset();

  lease = acquired(pool);
  EXPECT_FALSE(lease->info().has_value());
  EXPECT_EQ(std::any_cast<std::string>(*lease->slot_info()), "of the slot");
  lease->info() = 7;
  lease->detach();
  EXPECT_EQ(std::any_cast<int>(lease->info()), 7);
  EXPECT_EQ(lease->slot_info(), nullptr);
  EXPECT_FALSE(acquired(pool).info().has_value());
}

TEST_F(LiveHooks, AreToldTheReason) {
  Pool pool(listening(1, 0));
  std::exception_ptr told;
  also["invalidate"] = [&](const HookEvent& event) { told = event.reason; };
  const auto reason = std::make_exception_ptr(std::runtime_error("it stinks"));
  Lease lease = acquired(pool);
  lease.invalidate(Invalidation::generation, reason);
  EXPECT_EQ(told, reason);
}

TEST_F(LiveHooks, ThatThrowAtAConnectFailTheAcquireAndCostNothing) {  // HOOK
  for (const std::string hook : {"first_connect", "connect"}) {
    Pool pool(listening(1, 0));
    also.clear();
    throws(hook);
    const auto lease = pool.acquire();
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().kind, AcquireError::Kind::hook_failed);
    EXPECT_EQ(lease.error().message, "a " + hook + " hook threw: " + hook + " is broken");
    EXPECT_THROW(std::rethrow_exception(lease.error().thrown), std::runtime_error);
    EXPECT_EQ(pool.status(), PoolStatus{});
    also.clear();
    heard();
    { const Lease works = acquired(pool); }
    EXPECT_EQ(heard().front(), hook == "connect" ? "connect" : "first_connect");
  }
  EXPECT_TRUE(comes_true([&] { return server_connections() == 0; }));
}

TEST_F(LiveHooks, ThatThrowAtACheckoutLeaveTheSlotEmpty) {  // HOOK
  Pool pool(listening(1, 0));
  { const Lease lease = acquired(pool); }
  throws("checkout");
  heard();
  const auto lease = pool.acquire();
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, AcquireError::Kind::hook_failed);
  EXPECT_THAT(heard(), ElementsAre("checkout", "invalidate", "close", "checkin(EMPTY)"));
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
}

TEST_F(LiveHooks, MayCallAConnectionDeadOnceAndNotTwice) {
  Pool pool(listening(1, 0));
  int dead = 1;
  also["checkout"] = [&](const HookEvent&) {
    if (dead-- > 0) throw Disconnected();
  };
  { const Lease lease = acquired(pool); }
  EXPECT_THAT(heard(), ElementsAre("first_connect", "connect", "checkout", "invalidate", "close",
                                   "connect", "checkout", "reset", "checkin"));
  dead = 2;
  const auto lease = pool.acquire();
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, AcquireError::Kind::given_up);
  EXPECT_THAT(heard(), ElementsAre("checkout", "invalidate", "close", "connect", "checkout",
                                   "invalidate", "close", "checkin(EMPTY)"));
}

TEST_F(LiveHooks, MayCallAllConnectionsDead) {
  Pool pool(listening(2, 0));
  std::optional<Lease> other = acquired(pool);
  const int old = backend_of(*other);
  bool dead = true;
  also["checkout"] = [&](const HookEvent&) {
    if (std::exchange(dead, false)) throw Disconnected(true);
  };
  const Lease lease = acquired(pool);
  other.reset();
  EXPECT_NE(backend_of(acquired(pool)), old);
}

TEST_F(LiveHooks, ThatThrowWhereNothingMayFailAreLoggedAndAllGoesOn) {  // HOOK
  for (const std::string hook :
       {"checkin", "invalidate", "soft_invalidate", "detach", "close", "close_detached"}) {
    also.clear();
    log.clear();
    throws(hook);
    {
      Pool pool(listening(1, 0));
      std::optional<Lease> lease = acquired(pool);
      lease->invalidate(Invalidation::soft);
      lease.reset();
      lease = acquired(pool);
      lease->invalidate();
      lease.reset();
      lease = acquired(pool);
      lease->detach();
      lease.reset();
      EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1})) << hook;
    }
    ASSERT_FALSE(log.empty()) << hook;
    EXPECT_THAT(log.front(), HasSubstr(hook + " is broken"));
    EXPECT_TRUE(comes_true([&] { return server_connections() == 0; })) << hook;
  }
}

TEST_F(LiveHooks, ThatThrowAtAResetCloseTheConnection) {  // HOOK
  Pool pool(listening(1, 0));
  throws("reset");
  { const Lease lease = acquired(pool); }
  EXPECT_THAT(heard(), ElementsAre("first_connect", "connect", "checkout", "reset", "invalidate",
                                   "close", "checkin(EMPTY)"));
  EXPECT_THAT(log, ElementsAre(HasSubstr("reset is broken")));
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
}

TEST_F(LiveHooks, AreNotHurtByALogThatThrows) {
  PoolOptions bad = listening(1, 0);
  bad.log = [](const std::string&) { throw std::runtime_error("the disk is full"); };
  throws("checkin");
  Pool pool(bad);
  { const Lease lease = acquired(pool); }
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
}

TEST_F(LiveHooks, InitialiseOnceBeforeAnybodyGetsAConnection) {
  PoolOptions slow = options(3, 0);
  std::atomic<int> first = 0;
  std::atomic<int> early = 0;
  std::atomic<bool> done = false;
  slow.hooks.first_connect.emplace_back([&](const HookEvent& event) {
    ++first;
    query(event.connection, "SELECT pg_sleep(0.05)");
    done = true;
  });
  slow.hooks.connect.emplace_back([&](const HookEvent&) { early += done ? 0 : 1; });
  Pool pool(slow);
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 5; ++i) callers.emplace_back([&] { const Lease lease = acquired(pool); });
  }
  EXPECT_EQ(first, 1);
  EXPECT_EQ(early, 0);
}

TEST_F(LiveHooks, AreKeptByARecreatedPool) {
  Pool pool(listening(1, 0));
  { const Lease lease = acquired(pool); }
  heard();
  const auto again = pool.recreate();
  { const Lease lease = acquired(*again); }
  EXPECT_THAT(heard(), ElementsAre("first_connect", "connect", "checkout", "reset", "checkin"));
}

}  // namespace
}  // namespace poolproof::integration
