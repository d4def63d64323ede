// An exploration sees each class of schedules once: no more and no fewer than who tries every
// schedule there is.
#include "props/explore/dpor/dpor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "props/explore/dpor/every_schedule.hpp"
#include "props/world/machine.hpp"

namespace poolproof::explore::dpor {
namespace {

using namespace std::chrono_literals;

class Silent final : public world::Observer {
  using Session = world::postgres::SessionId;

  void quiet(world::Time, world::Time) override {}
  void opened(Session) override {}
  void ended(Session, EndedBy) override {}
  void used(Session) override {}
  void queried(Session, std::string_view, const world::postgres::SessionState&) override {}
  void struck(world::FaultKind, world::Place) override {}
};

// What the body writes into `seen` is the outcome of a run.
class Body final : public Program {
 public:
  using Seen = std::vector<int>;

  explicit Body(std::function<void(Seen&)> body, world::TimeMode mode = world::TimeMode::racing)
      : body_(std::move(body)) {
    machine_.scheduler.set_time_mode(mode);
  }

  void run(world::Chooser& chooser, world::StepObserver& steps) override {
    seen.clear();
    machine_.scheduler.set_step_observer(&steps);
    ending = machine_.run(chooser, observer_, [this] { body_(seen); });
  }
  world::Scheduler& scheduler() override { return machine_.scheduler; }
  std::vector<const void*> lasting() override {
    return {static_cast<world::Listener*>(&machine_.server)};
  }

  Seen seen;
  world::Ending ending{};

 private:
  std::function<void(Seen&)> body_;
  world::Machine machine_;
  Silent observer_;
};

struct Explored {
  std::map<std::uint64_t, int> classes;  // how often each came
  std::set<std::pair<int, Body::Seen>> outcomes;
  Progress progress;
  bool complete = false;
};

Explored explored(Body& body, TaskOrder order = TaskOrder::first_come, const Budget& budget = {}) {
  Explored found;
  Dpor dpor(body, budget, order);
  found.complete = dpor.explore([&](const Execution& execution) {
    ++found.classes[execution.fingerprint()];
    found.outcomes.emplace(static_cast<int>(body.ending), body.seen);
    if (getenv("DBG")) {
      printf("D %lx:", execution.fingerprint());
      for (EventIndex i = 0; i < execution.size(); ++i)
        printf(" %s@%lx", std::string(world::name(execution[i].kind)).c_str(),
               (unsigned long)execution[i].process & 0xfff);
      printf("\n");
    }
    return true;
  });
  found.progress = dpor.progress();
  EXPECT_FALSE(dpor.diverged()) << "event " << *dpor.diverged();
  return found;
}

struct Tried {
  std::map<std::uint64_t, std::set<std::pair<int, Body::Seen>>> classes;
  std::set<std::pair<int, Body::Seen>> outcomes;
};

Tried tried(Body& body, const Budget& budget = {}) {
  Tried found;
  EverySchedule all(body, budget);
  all.explore([&](const Execution& execution) {
    found.classes[execution.fingerprint()].emplace(static_cast<int>(body.ending), body.seen);
    found.outcomes.emplace(static_cast<int>(body.ending), body.seen);
    if (getenv("DBG") && found.classes[execution.fingerprint()].size()) {
      printf("B %lx:", execution.fingerprint());
      for (EventIndex i = 0; i < execution.size(); ++i)
        printf(" %s@%lx", std::string(world::name(execution[i].kind)).c_str(),
               (unsigned long)execution[i].process & 0xfff);
      printf("\n");
    }
    return true;
  });
  return found;
}

template <class Map>
std::set<std::uint64_t> keys(const Map& map) {
  std::set<std::uint64_t> found;
  for (const auto& [key, value] : map) found.insert(key);
  return found;
}

// Both must find the same classes, whatever order is tried first; the exploration each of them
// once; and all schedules of one class must come to the same outcome.
void expect_every_class_once(Body& body, const Budget& budget = {}) {
  const Tried all = tried(body, budget);
  for (const auto& [key, outcomes] : all.classes) {
    EXPECT_EQ(outcomes.size(), 1U) << "one class, several outcomes";
  }
  for (const TaskOrder order : {TaskOrder::first_come, TaskOrder::last_come}) {
    const Explored found = explored(body, order, budget);
    EXPECT_TRUE(found.complete);
    EXPECT_EQ(keys(found.classes), keys(all.classes));
    EXPECT_EQ(found.outcomes, all.outcomes);
    EXPECT_EQ(found.progress.executions, found.classes.size()) << "some class came twice";
    EXPECT_EQ(found.progress.redundant, 0U);
  }
}

// A pool of nothing but a count, with one mutex and one condition variable.
Body bare_pool(int callers, int loans, int capacity) {
  return Body([=](Body::Seen& seen) {
    std::mutex mutex;
    std::condition_variable returned;
    int free = capacity;
    std::vector<std::thread> threads;
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([&, i] {
        for (int loan = 0; loan < loans; ++loan) {
          {
            std::unique_lock lock(mutex);
            while (free == 0) returned.wait(lock);
            --free;
            seen.push_back(i);
          }
          std::lock_guard lock(mutex);
          ++free;
          returned.notify_one();
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
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
  const Explored found = explored(body);
  EXPECT_EQ(found.classes.size(), 6U);
  EXPECT_EQ(found.outcomes.size(), 6U);
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
  const Explored found = explored(body);
  EXPECT_TRUE(found.outcomes.contains({static_cast<int>(world::Ending::deadlock), {}}));
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
  EXPECT_EQ(explored(body).outcomes.size(), 2U);
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
  EXPECT_EQ(explored(body).outcomes.size(), 2U);
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
  EXPECT_EQ(explored(body).outcomes.size(), 2U);
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
  EXPECT_EQ(explored(body).outcomes.size(), 1U);
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
  EXPECT_TRUE(explored(body).outcomes.contains({static_cast<int>(world::Ending::deadlock), {}}));
}

}  // namespace
}  // namespace poolproof::explore::dpor
