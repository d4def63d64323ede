// An exploration sees each class of schedules once: no more and no fewer than who tries every
// schedule there is.

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "props/explore/dpor/dpor_fixture.hpp"

namespace poolproof::explore::dpor {
namespace {

using namespace std::chrono_literals;

void expect_every_class_once(Body& body, const Budget& budget = {}) {
  const Outcomes all = tried(body, budget);
  EXPECT_EQ(flaw_of_any(body, all, budget), "");
  EXPECT_EQ(explored(body, TaskOrder::first_come, budget).cut_short, 0U);
  EXPECT_EQ(explored(body, TaskOrder::last_come, budget).cut_short, 0U);
}

TEST(AnExploration, OfTasksThatDoNotMeetIsOneRun) {
  Body body([](Body::Seen&) {
    std::mutex mine, yours;
    std::thread one([&] { std::lock_guard lock(mine); });
    std::thread other([&] { std::lock_guard lock(yours); });
    one.join();
    other.join();
  });
  EXPECT_EQ(explored(body).classes.size(), 1U);
}

TEST(AnExploration, OfALockThatThreeTakeHasSixClasses) {
  Body body([](Body::Seen& seen) {
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        std::lock_guard lock(mutex);
        seen.push_back(i);
      });
    }
    for (auto& thread : threads) thread.join();
  });
  const Outcomes found = explored(body);
  EXPECT_EQ(found.classes.size(), 6U);
  EXPECT_EQ(found.all().size(), 6U);
  expect_every_class_once(body);
}

TEST(AnExploration, FindsTheDeadlockOfTwoLocksTakenCrosswise) {
  Body body([](Body::Seen&) {
    std::mutex a, b;
    std::thread one([&] {
      std::lock_guard first(a);
      std::lock_guard second(b);
    });
    std::thread other([&] {
      std::lock_guard first(b);
      std::lock_guard second(a);
    });
    one.join();
    other.join();
  });
  expect_every_class_once(body);
  const Outcomes found = explored(body);
  EXPECT_TRUE(found.all().contains({static_cast<int>(world::Ending::deadlock), {}}));
}

TEST(AnExploration, ReversesALockThatNobodyGivesBack) {
  Body body([](Body::Seen& seen) {
    std::mutex mutex, other;
    std::condition_variable never;
    std::thread one([&] {
      mutex.lock();
      std::unique_lock lock(other);
      never.wait(lock);
    });
    std::thread two([&] {
      std::lock_guard lock(mutex);
      seen.push_back(2);
    });
    two.join();
    one.join();
  });
  expect_every_class_once(body);
  EXPECT_EQ(explored(body).all().size(), 2U);
}

struct Size {
  int callers, loans, capacity;
};

class BarePools : public testing::TestWithParam<Size> {};

TEST_P(BarePools, HaveEachClassOnce) {
  Body body = bare_pool(GetParam().callers, GetParam().loans, GetParam().capacity);
  expect_every_class_once(body);
}

INSTANTIATE_TEST_SUITE_P(OfSize, BarePools,
                         testing::Values(Size{2, 1, 1}, Size{2, 2, 1}, Size{3, 1, 1},
                                         Size{3, 1, 2}),
                         [](const auto& each) {
                           return std::to_string(each.param.callers) + "x" +
                                  std::to_string(each.param.loans) + "_" +
                                  std::to_string(each.param.capacity);
                         });

TEST(AnExploration, SeesADeadlineComeBeforeAndAfterASignal) {
  Body body([](Body::Seen& seen) {
    std::mutex mutex;
    std::condition_variable ready;
    bool done = false;
    std::thread waiter([&] {
      std::unique_lock lock(mutex);
      seen.push_back(ready.wait_for(lock, 10ms, [&] { return done; }) ? 1 : 0);
    });
    std::thread signaller([&] {
      std::lock_guard lock(mutex);
      done = true;
      ready.notify_one();
    });
    waiter.join();
    signaller.join();
  });
  expect_every_class_once(body);
  EXPECT_EQ(explored(body).all().size(), 2U);
}

TEST(AnExploration, KeepsTheOrderOfDeadlines) {
  Body body([](Body::Seen& seen) {
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (const int i : {2, 1}) {
      threads.emplace_back([&, i] {
        std::this_thread::sleep_for(i * 10ms);
        std::lock_guard lock(mutex);
        seen.push_back(i);
      });
    }
    for (auto& thread : threads) thread.join();
  });
  expect_every_class_once(body);
}

TEST(AnExploration, TriesBothOrdersOfWhatIsDueAtOnce) {
  Body body([](Body::Seen& seen) {
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (const int i : {1, 2}) {
      threads.emplace_back([&, i] {
        std::this_thread::sleep_until(std::chrono::steady_clock::time_point(10ms));
        std::lock_guard lock(mutex);
        seen.push_back(i);
      });
    }
    for (auto& thread : threads) thread.join();
  });
  expect_every_class_once(body);
  EXPECT_EQ(explored(body).all().size(), 2U);
}

// With lazy time a deadline comes only when nobody can do anything.
TEST(AnExploration, OfLazyTimeLetsNobodyBeSlow) {
  Body body(
      [](Body::Seen& seen) {
        std::mutex mutex;
        std::condition_variable ready;
        bool done = false;
        std::thread waiter([&] {
          std::unique_lock lock(mutex);
          seen.push_back(ready.wait_for(lock, 10ms, [&] { return done; }) ? 1 : 0);
        });
        std::thread signaller([&] {
          std::lock_guard lock(mutex);
          done = true;
          ready.notify_one();
        });
        waiter.join();
        signaller.join();
      },
      world::TimeMode::lazy);
  expect_every_class_once(body);
  EXPECT_EQ(explored(body).all().size(), 1U);
}

// Three wait; whom the signal wakes is left open.
TEST(AnExploration, TriesEachWaiterThatASignalMayWake) {
  Body body([](Body::Seen& seen) {
    std::mutex mutex;
    std::condition_variable ready;
    int tickets = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        std::unique_lock lock(mutex);
        while (tickets == 0) ready.wait(lock);
        --tickets;
        seen.push_back(i);
      });
    }
    for (int i = 0; i < 2; ++i) {
      std::lock_guard lock(mutex);
      ++tickets;
      ready.notify_one();
    }
    for (auto& thread : threads) thread.join();
  });
  expect_every_class_once(body);
}

// The lost wake-up: the signal comes between the look and the wait.
TEST(AnExploration, FindsALostWakeUp) {
  Body body([](Body::Seen&) {
    std::mutex mutex;
    std::condition_variable ready;
    bool done = false;
    std::thread waiter([&] {
      bool looked = false;
      {
        std::lock_guard lock(mutex);
        looked = done;
      }
      std::unique_lock lock(mutex);
      if (!looked) ready.wait(lock);
    });
    std::thread signaller([&] {
      std::lock_guard lock(mutex);
      done = true;
      ready.notify_one();
    });
    waiter.join();
    signaller.join();
  });
  expect_every_class_once(body);
  EXPECT_TRUE(explored(body).all().contains({static_cast<int>(world::Ending::deadlock), {}}));
}

}  // namespace
}  // namespace poolproof::explore::dpor
