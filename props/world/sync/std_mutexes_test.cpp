// The standard library's mutexes, as the accused uses them, in tasks.
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <cerrno>
#include <chrono>
#include <limits>
#include <mutex>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

using Mutexes = WorldFixture;

// Reads, is interrupted, writes: without exclusion some schedule loses an increment.
struct Counter {
  int value = 0;

  template <class Interrupted>
  void increment(Interrupted interrupted) {
    const int seen = value;
    interrupted();
    value = seen + 1;
  }
};

RC_GTEST_FIXTURE_PROP(Mutexes, ExcludeEachOtherWhateverIsChosen, (std::uint64_t seed)) {
  std::mutex mutex;
  Counter counter;
  const auto task = [&] {
    for (int i = 0; i < 3; ++i) {
      const std::lock_guard lock(mutex);
      counter.increment([&] { yield(); });
    }
  };
  RC_ASSERT(run_with_seed(seed, {task, task, task}) == Ending::finished);
  RC_ASSERT(counter.value == 9);
}

// The law above can fail: so many seeds find what it forbids, if nothing is locked.
TEST_F(Mutexes, AreMissedUnderSomeSeedIfTheyAreLeftOut) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Counter counter;
    const auto task = [&] { counter.increment([&] { yield(); }); };
    run_with_seed(seed, {task, task});
    lost += counter.value != 2;
  }
  EXPECT_GT(lost, 0);
}

TEST_F(Mutexes, GoToWhoeverIsScheduledFirst) {
  for (const auto& [choice, order] : {std::pair{0U, "ab"}, {1U, "ba"}}) {
    std::mutex mutex;
    std::string got;
    const auto takes = [&](char letter) {
      return [&, letter] {
        const std::lock_guard lock(mutex);
        got += letter;
      };
    };
    // All three are about to begin; a, b and the clock; b and the clock. Then the mutex is freed.
    EXPECT_EQ(run({.schedule = {0, 0, 0, choice}},
                  [&] {
                    const std::lock_guard lock(mutex);
                    machine_.scheduler.spawn(takes('a'));
                    machine_.scheduler.spawn(takes('b'));
                    sleep(1ms);
                  }),
              Ending::finished);
    EXPECT_EQ(got, order);
  }
}

TEST_F(Mutexes, RefuseATryWhileTheyAreHeld) {
  std::mutex mutex;
  std::vector<bool> got;
  EXPECT_EQ(run([&] {
              std::unique_lock lock(mutex);
              const TaskId other =
                  machine_.scheduler.spawn([&] { got.push_back(mutex.try_lock()); });
              machine_.scheduler.join(other);
              lock.unlock();
              got.push_back(mutex.try_lock());
              mutex.unlock();
            }),
            Ending::finished);
  EXPECT_THAT(got, ElementsAre(false, true));
}

TEST_F(Mutexes, ThatAreRecursiveAreFreeOnlyAfterAsManyUnlocks) {
  std::recursive_mutex mutex;
  std::vector<bool> got;
  const auto another_tries = [&] {
    machine_.scheduler.join(machine_.scheduler.spawn([&] {
      got.push_back(mutex.try_lock());
      if (got.back()) mutex.unlock();
    }));
  };
  EXPECT_EQ(run([&] {
              mutex.lock();
              mutex.lock();
              EXPECT_TRUE(mutex.try_lock());
              mutex.unlock();
              mutex.unlock();
              another_tries();
              mutex.unlock();
              another_tries();
            }),
            Ending::finished);
  EXPECT_THAT(got, ElementsAre(false, true));
}

TEST_F(Mutexes, ThatAreTimedGiveUpAtExactlyTheirDeadline) {
  std::timed_mutex mutex;
  bool got = true;
  Duration gave_up{};
  EXPECT_EQ(run({[&] {
                   const std::lock_guard lock(mutex);
                   sleep(100ms);
                 },
                 [&] {
                   got = mutex.try_lock_for(30ms);
                   gave_up = elapsed();
                 }}),
            Ending::finished);
  EXPECT_FALSE(got);
  EXPECT_EQ(gave_up, 30ms);
}

TEST_F(Mutexes, ThatAreTimedAreHadIfTheyAreFreedBeforeTheDeadline) {
  std::timed_mutex mutex;
  bool got = false;
  Duration when{};
  EXPECT_EQ(run({[&] {
                   const std::lock_guard lock(mutex);
                   sleep(10ms);
                 },
                 [&] {
                   got = mutex.try_lock_until(std::chrono::steady_clock::now() + 30ms);
                   when = elapsed();
                   if (got) mutex.unlock();
                 }}),
            Ending::finished);
  EXPECT_TRUE(got);
  EXPECT_EQ(when, 10ms);
}

TEST_F(Mutexes, ThatAreTimedKnowTheWallClockToo) {
  std::timed_mutex mutex;
  Duration gave_up{};
  EXPECT_EQ(run({[&] {
                   const std::lock_guard lock(mutex);
                   sleep(100ms);
                 },
                 [&] {
                   EXPECT_FALSE(mutex.try_lock_until(std::chrono::system_clock::now() + 30ms));
                   gave_up = elapsed();
                 }}),
            Ending::finished);
  EXPECT_EQ(gave_up, 30ms);
}

TEST_F(Mutexes, ThatAreTimedMayBeWaitedForForEver) {
  std::timed_mutex mutex;
  int answer = -1;
  EXPECT_EQ(run({[&] {
                   const std::lock_guard lock(mutex);
                   sleep(10ms);
                 },
                 [&] {
                   const timespec for_ever{.tv_sec = std::numeric_limits<time_t>::max(),
                                           .tv_nsec = 0};
                   answer = pthread_mutex_timedlock(mutex.native_handle(), &for_ever);
                 }}),
            Ending::finished);
  EXPECT_EQ(answer, 0);
  EXPECT_EQ(elapsed(), 10ms);
}

TEST_F(Mutexes, DeadlockWhenTheirOwnerLocksThemAgain) {
  std::mutex mutex;
  EXPECT_EQ(run([&] {
              mutex.lock();
              mutex.lock();
            }),
            Ending::deadlock);
}

TEST_F(Mutexes, LockedInOppositeOrderDeadlockUnderSomeSeed) {
  int deadlocks = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mutex first, second;
    const auto takes = [](std::mutex& one, std::mutex& other) {
      return [&] {
        const std::lock_guard outer(one);
        const std::lock_guard inner(other);
      };
    };
    deadlocks +=
        run_with_seed(seed, {takes(first, second), takes(second, first)}) == Ending::deadlock;
  }
  EXPECT_GT(deadlocks, 0);
  EXPECT_LT(deadlocks, 50);
}

TEST_F(Mutexes, UnlockedByAnotherThreadThanTheirOwnerAreMisused) {
  std::mutex mutex;
  EXPECT_EQ(run({[&] {
                   mutex.lock();
                   sleep(1ms);
                 },
                 [&] { mutex.unlock(); }}),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a mutex is unlocked by a thread that does not hold it");
}

TEST_F(Mutexes, UnlockedByNobodysOwnerAreMisused) {
  std::mutex mutex;
  EXPECT_EQ(run([&] { mutex.unlock(); }), Ending::misuse);
  EXPECT_EQ(refusal(), "a mutex is unlocked that nobody holds");
}

TEST_F(Mutexes, ThatCheckErrorsAnswerMisuseThemselves) {
  pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
  std::vector<int> answers;
  EXPECT_EQ(run([&] {
              answers.push_back(pthread_mutex_unlock(&mutex));
              answers.push_back(pthread_mutex_lock(&mutex));
              answers.push_back(pthread_mutex_lock(&mutex));
              answers.push_back(pthread_mutex_unlock(&mutex));
            }),
            Ending::finished);
  EXPECT_THAT(answers, ElementsAre(EPERM, 0, EDEADLK, 0));
}

TEST_F(Mutexes, AreFreeAgainInTheRunAfterOneThatEndedWhileTheyWereHeld) {
  std::mutex mutex;
  EXPECT_EQ(run([&] {
              mutex.lock();
              machine_.scheduler.stop();
            }),
            Ending::stopped);
  EXPECT_EQ(run([&] { const std::lock_guard lock(mutex); }), Ending::finished);
}

}  // namespace
}  // namespace poolproof::world
