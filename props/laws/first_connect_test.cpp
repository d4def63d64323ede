// While one caller is in the first_connect hook no other gets a connection; but the others'
// deadlines and stop_tokens hold all the same.
#include <gtest/gtest.h>

#include <poolproof/pool.hpp>

#include <functional>
#include <stop_token>

#include "props/explore/tape.hpp"
#include "props/world/machine.hpp"

namespace poolproof {
namespace {

using namespace std::chrono_literals;
using Kind = AcquireError::Kind;

constexpr world::Duration kHook = 1s;  // what the hook takes

class FirstConnect : public testing::Test, private world::Observer {
 protected:
  // What became of the second caller's acquire, and when it ended.
  struct Ended {
    std::optional<Kind> error;
    world::Duration at{};
  };

  // One caller begins the hook; a moment later a second one acquires, in this way.
  Ended second_caller(const std::function<Pool::Acquired(Pool&)>& acquire) {
    Ended ended;
    explore::Plainest plainest;
    EXPECT_EQ(machine_.run(plainest, *this,
                           [&] {
                             Pool pool(options());
                             const auto first = spawn([&] { EXPECT_TRUE(pool.acquire()); });
                             sleep(1ms);
                             const auto lease = acquire(pool);
                             if (!lease) ended.error = lease.error().kind;
                             ended.at = machine_.scheduler.now().time_since_epoch();
                             machine_.scheduler.join(first);
                           }),
              world::Ending::finished);
    return ended;
  }

  world::TaskId spawn(std::function<void()> body) {
    return machine_.scheduler.spawn(std::move(body));
  }
  void sleep(world::Duration duration) {
    machine_.scheduler.sleep_until(machine_.scheduler.now() + duration);
  }

 private:
  PoolOptions options() {
    PoolOptions options{.conninfo =
                            "host=/simulated user=app dbname=app password=none sslmode=disable"};
    options.hooks.first_connect.emplace_back([this](const HookEvent&) { sleep(kHook); });
    return options;
  }

  void quiet(world::Time, world::Time) override {}
  void opened(world::postgres::SessionId) override {}
  void ended(world::postgres::SessionId, EndedBy) override {}
  void used(world::postgres::SessionId) override {}
  void queried(world::postgres::SessionId, std::string_view,
               const world::postgres::SessionState&) override {}
  void struck(world::FaultKind, world::Place) override {}

  world::Machine machine_;
};

TEST_F(FirstConnect, KeepsOthersUntilItIsThrough) {
  const Ended ended = second_caller([](Pool& pool) { return pool.acquire(); });
  EXPECT_EQ(ended.error, std::nullopt);
  EXPECT_EQ(ended.at, kHook);
}

TEST_F(FirstConnect, KeepsNobodyPastItsDeadline) {
  const Ended ended = second_caller([](Pool& pool) { return pool.acquire(200ms); });
  EXPECT_EQ(ended.error, Kind::timeout);
  EXPECT_EQ(ended.at, 201ms);
}

TEST_F(FirstConnect, KeepsNobodyWhoIsCalledOff) {
  std::stop_source stop;
  const Ended ended = second_caller([&](Pool& pool) {
    spawn([&] {
      sleep(99ms);
      stop.request_stop();
    });
    return pool.acquire(std::nullopt, stop.get_token());
  });
  EXPECT_EQ(ended.error, Kind::cancelled);
  EXPECT_EQ(ended.at, 100ms);
}

}  // namespace
}  // namespace poolproof
