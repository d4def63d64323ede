// std::condition_variable in tasks: which waiter a signal wakes is a choice, deadlines are exact.
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <cerrno>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class Conditions : public WorldFixture {
 protected:
  // Waits once, and writes its letter.
  Body waits(char letter) {
    return [this, letter] {
      std::unique_lock lock(mutex_);
      condition_.wait(lock);
      woken_ += letter;
    };
  }

  std::mutex mutex_;
  std::condition_variable condition_;
  std::string woken_;
};

TEST_F(Conditions, WakeTheLongestWaitingWhenNothingIsChosen) {
  const auto signals = [&] {
    for (int i = 0; i < 3; ++i) {
      sleep(1ms);
      condition_.notify_one();
    }
  };
  EXPECT_EQ(run({waits('a'), waits('b'), waits('c'), signals}), Ending::finished);
  EXPECT_EQ(woken_, "abc");
}

TEST_F(Conditions, WakeAnyWaiterByChoice) {
  for (const auto& [choice, woken] : {std::pair{0U, "a"}, {1U, "b"}, {2U, "c"}}) {
    woken_.clear();
    const auto signals = [&] {
      sleep(1ms);
      condition_.notify_one();
    };
    EXPECT_EQ(run({.waiter = {choice}}, {waits('a'), waits('b'), waits('c'), signals}),
              Ending::deadlock)
        << "two of the three are never woken";
    EXPECT_EQ(woken_, woken);
  }
}

TEST_F(Conditions, WakeAllTheirWaitersAtABroadcast) {
  const auto broadcasts = [&] {
    sleep(1ms);
    condition_.notify_all();
  };
  EXPECT_EQ(run({waits('a'), waits('b'), waits('c'), broadcasts}), Ending::finished);
  EXPECT_EQ(woken_.size(), 3U);
}

TEST_F(Conditions, DoNotRememberASignalThatNobodyWaitedFor) {
  EXPECT_EQ(run([&] {
              condition_.notify_one();
              waits('a')();
            }),
            Ending::deadlock);
  EXPECT_EQ(woken_, "");
}

TEST_F(Conditions, LetGoOfTheMutexWhileTheyAreWaitedOnAndTakeItBack) {
  bool held_after = false;
  EXPECT_EQ(run({[&] {
                   std::unique_lock lock(mutex_);
                   condition_.wait(lock);
                   machine_.scheduler.join(
                       machine_.scheduler.spawn([&] { held_after = !mutex_.try_lock(); }));
                 },
                 [&] {
                   const std::lock_guard lock(mutex_);  // can be had: the waiter let go
                   condition_.notify_one();
                 }}),
            Ending::finished);
  EXPECT_TRUE(held_after);
}

TEST_F(Conditions, GiveUpATimedWaitAtExactlyItsDeadline) {
  std::vector<Duration> gave_up;
  const auto note = [&](std::cv_status status) {
    if (status == std::cv_status::timeout) gave_up.push_back(elapsed());
  };
  EXPECT_EQ(run([&] {
              std::unique_lock lock(mutex_);
              note(condition_.wait_for(lock, 30ms));
              note(condition_.wait_until(lock, std::chrono::steady_clock::now() + 20ms));
              note(condition_.wait_until(lock, std::chrono::system_clock::now() + 10ms));
            }),
            Ending::finished);
  EXPECT_THAT(gave_up, ElementsAre(30ms, 50ms, 60ms));
}

TEST_F(Conditions, GiveUpAtOnceIfTheDeadlineHasPassed) {
  std::cv_status status{};
  EXPECT_EQ(run([&] {
              std::unique_lock lock(mutex_);
              status = condition_.wait_until(lock, std::chrono::steady_clock::now() - 1s);
            }),
            Ending::finished);
  EXPECT_EQ(status, std::cv_status::timeout);
  EXPECT_EQ(elapsed(), 0ms);
}

TEST_F(Conditions, EndATimedWaitByASignalBeforeItsDeadline) {
  std::cv_status status = std::cv_status::timeout;
  EXPECT_EQ(run({[&] {
                   std::unique_lock lock(mutex_);
                   status = condition_.wait_for(lock, 30ms);
                 },
                 [&] {
                   sleep(10ms);
                   condition_.notify_one();
                 }}),
            Ending::finished);
  EXPECT_EQ(status, std::cv_status::no_timeout);
  EXPECT_EQ(elapsed(), 10ms);
}

// A signal at the very instant of the deadline reaches the waiter or does not, by choice. Asked of
// the C library: libstdc++ 12 looks at the clock again and calls both a timeout.
TEST_F(Conditions, MayTimeOutOrBeSignalledWhenBothAreDue) {
  for (const auto& [choice, answer] : {std::pair{0U, ETIMEDOUT}, {1U, 0}}) {
    int answered = -1;
    const auto waits_for_10ms = [&] {
      timespec until{};
      clock_gettime(CLOCK_MONOTONIC, &until);
      until.tv_nsec += 10'000'000;
      const std::lock_guard lock(mutex_);
      answered = pthread_cond_clockwait(condition_.native_handle(), mutex_.native_handle(),
                                        CLOCK_MONOTONIC, &until);
    };
    const auto signals_after_10ms = [&] {
      sleep(10ms);
      condition_.notify_one();
    };
    // The waiter at its lock and at its wait, the other at its start and at its sleep: then both
    // timers are due. The waiter's fires first, or the other's, who goes on to signal.
    EXPECT_EQ(run({.schedule = {0, 0, 0, 0, choice}}, {waits_for_10ms, signals_after_10ms}),
              Ending::finished);
    EXPECT_EQ(answered, answer);
  }
}

// A waiter whose time is up must still wait for whoever holds the mutex.
TEST_F(Conditions, TakeTheMutexBackAfterATimeoutOnlyWhenItIsFree) {
  Duration back{};
  EXPECT_EQ(run({[&] {
                   std::unique_lock lock(mutex_);
                   condition_.wait_for(lock, 10ms);
                   back = elapsed();
                 },
                 [&] {
                   const std::lock_guard lock(mutex_);
                   sleep(40ms);
                 }}),
            Ending::finished);
  EXPECT_EQ(back, 40ms);
}

TEST_F(Conditions, WaitedOnWithoutTheirMutexAreMisused) {
  EXPECT_EQ(run([&] {
              std::unique_lock lock(mutex_, std::adopt_lock);  // it was never locked
              condition_.wait(lock);
            }),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a condition variable is waited on without its mutex");
}

// consumer            producer            queue
// sees it empty       -                   empty
// -                   pushes, notifies    1       <- nobody waits yet: the wake-up is lost
// goes to sleep       -                   1
TEST_F(Conditions, ShowALostWakeUpAsADeadlockUnderSomeSeed) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    int queued = 0;
    const Ending ending = run_with_seed(seed, {[&] {
                                                 if (queued == 0) {  // looks without the mutex
                                                   std::unique_lock lock(mutex_);
                                                   condition_.wait(lock);
                                                 }
                                               },
                                               [&] {
                                                 yield();
                                                 queued = 1;
                                                 condition_.notify_one();
                                               }});
    lost += ending == Ending::deadlock;
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 50);
}

// The same, done right: no schedule loses an item or a wake-up.
RC_GTEST_FIXTURE_PROP(Conditions, HandOverEveryItemOfACorrectQueue, (std::uint64_t seed)) {
  std::deque<int> queue;
  int sum = 0;
  const auto produces = [&](int item) {
    return [&, item] {
      const std::lock_guard lock(mutex_);
      queue.push_back(item);
      condition_.notify_one();
    };
  };
  const auto consumes = [&] {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [&] { return !queue.empty(); });
    sum += queue.front();
    queue.pop_front();
  };
  RC_ASSERT(run_with_seed(seed, {consumes, consumes, consumes, produces(1), produces(2),
                                 produces(4)}) == Ending::finished);
  RC_ASSERT(sum == 7);
}

// Without a signal every timed wait ends by its deadline, and at it, whatever is chosen.
RC_GTEST_FIXTURE_PROP(Conditions, NeverGiveUpBeforeTheDeadline, (std::uint64_t seed)) {
  bool early = false;
  const auto waits_for = [&](Duration timeout) {
    return [&, timeout] {
      std::unique_lock lock(mutex_);
      const Duration deadline = elapsed() + timeout;
      if (condition_.wait_for(lock, timeout) == std::cv_status::timeout) {
        early |= elapsed() < deadline;
      }
    };
  };
  const auto signals = [&] {
    sleep(10ms);
    condition_.notify_one();
  };
  RC_ASSERT(run_with_seed(seed, {waits_for(10ms), waits_for(10ms), waits_for(20ms), signals}) ==
            Ending::finished);
  RC_ASSERT(!early);
}

}  // namespace
}  // namespace poolproof::world
