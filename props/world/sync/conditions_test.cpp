// What condition variables answer, on both machines, and what the world may choose.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "props/world/sync_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

class Condition {
 public:
  explicit Condition(clockid_t clock = CLOCK_REALTIME) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, clock);
    pthread_cond_init(&condition_, &attributes);
    pthread_condattr_destroy(&attributes);
  }

  // These hold the mutex; a wake-up for no reason is no answer.
  int timed_wait(timespec reading) {
    return locked([&] { return pthread_cond_timedwait(&condition_, &mutex_, &reading); });
  }
  int clock_wait(clockid_t clock, timespec reading) {
    return locked([&] { return pthread_cond_clockwait(&condition_, &mutex_, clock, &reading); });
  }

  int signal() { return pthread_cond_signal(&condition_); }
  int broadcast() { return pthread_cond_broadcast(&condition_); }
  int destroy() { return pthread_cond_destroy(&condition_); }

 private:
  template <class Wait>
  int locked(Wait wait) {
    pthread_mutex_lock(&mutex_);
    int answer = 0;
    while ((answer = wait()) == 0) {
    }
    pthread_mutex_unlock(&mutex_);
    return answer;
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition_;
};

const SyncCase kCases[] = {
    {"OfOneThatNobodyWaitsOn",
     [] {
       Condition condition;
       return Answers{condition.signal(), condition.broadcast(), condition.destroy()};
     },
     {0, 0, 0}},
    {"OfAWaitWhoseTimeRunsOut",
     [] {
       Condition wall;
       Condition monotonic(CLOCK_MONOTONIC);
       return Answers{wall.timed_wait(soon(CLOCK_REALTIME)),
                      monotonic.timed_wait(soon(CLOCK_MONOTONIC)),
                      wall.clock_wait(CLOCK_MONOTONIC, soon(CLOCK_MONOTONIC)),
                      wall.timed_wait(kLongAgo), wall.timed_wait(kBeforeAllTime)};
     },
     {ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT}},
    {"OfAWaitForWhatIsNoReading",
     [] {
       Condition condition;
       return Answers{condition.timed_wait(kNoReading),
                      condition.clock_wait(CLOCK_PROCESS_CPUTIME_ID, kLongAgo)};
     },
     {EINVAL, EINVAL}},
    {"OfABallThrownToAndFro",
     [] {
       std::mutex mutex;
       std::condition_variable condition;
       Answers answers;
       int turn = 0;
       const auto plays = [&](int me) {
         return [&, me] {
           for (int i = 0; i < 3; ++i) {
             std::unique_lock lock(mutex);
             condition.wait(lock, [&] { return turn == me; });
             answers.push_back(me);
             turn = 1 - me;
             condition.notify_one();
           }
         };
       };
       std::thread other(plays(1));
       plays(0)();
       other.join();
       return answers;
     },
     {0, 1, 0, 1, 0, 1}},
    {"OfABroadcastToThree",
     [] {
       std::mutex mutex;
       std::condition_variable condition;
       bool open = false;
       int in = 0;
       const auto waits = [&] {
         std::unique_lock lock(mutex);
         condition.wait(lock, [&] { return open; });
         ++in;
       };
       std::thread a(waits), b(waits), c(waits);
       {
         const std::lock_guard lock(mutex);
         open = true;
       }
       condition.notify_all();
       a.join(), b.join(), c.join();
       return Answers{in};
     },
     {3}},
    {"OfC11",
     [] {
       mtx_t mutex;
       mtx_init(&mutex, mtx_plain);
       cnd_t condition;
       cnd_init(&condition);
       bool ready = false;
       std::thread other([&] {
         mtx_lock(&mutex);
         ready = true;
         mtx_unlock(&mutex);
         cnd_signal(&condition);
       });
       Answers answers{mtx_lock(&mutex)};
       while (!ready) cnd_wait(&condition, &mutex);
       int answer = thrd_success;
       while (answer == thrd_success) answer = cnd_timedwait(&condition, &mutex, &kLongAgo);
       answers.push_back(answer);
       mtx_unlock(&mutex);
       other.join();
       answers.push_back(cnd_broadcast(&condition));
       cnd_destroy(&condition);
       mtx_destroy(&mutex);
       return answers;
     },
     {thrd_success, thrd_timedout, thrd_success}},
};

POOLPROOF_ON_BOTH_MACHINES(ConditionAnswers, kCases);

// ---- what only the world can be made to do ----

class ConditionChoices : public WorldFixture {
 protected:
  // The answer of a wait of at most 10 ms, if it ends.
  Body waits_10ms(std::optional<int>& answer) {
    return [&] {
      timespec until{};
      clock_gettime(CLOCK_MONOTONIC, &until);
      until.tv_nsec += 10'000'000;
      const std::lock_guard lock(mutex_);
      answer = pthread_cond_clockwait(condition_.native_handle(), mutex_.native_handle(),
                                      CLOCK_MONOTONIC, &until);
    };
  }
  Body waits(int& woken) {
    return [&] {
      std::unique_lock lock(mutex_);
      condition_.wait(lock);
      ++woken;
    };
  }

  std::mutex mutex_;
  std::condition_variable condition_;
};

TEST_F(ConditionChoices, WakeAWaiterForNoReasonWhenTheyAreMadeTo) {
  int woken = 0;
  EXPECT_EQ(run(waits(woken)), Ending::deadlock) << "not in the plainest run";
  EXPECT_EQ(run({.machine = {1}}, waits(woken)), Ending::finished);
  EXPECT_EQ(woken, 1);
}

TEST_F(ConditionChoices, WakeForNoReasonOnlyAFewTimesARun) {
  int woken = 0;
  const auto waits_for_ever = [&] {
    for (;;) waits(woken)();
  };
  EXPECT_EQ(run({.machine = std::vector<std::uint32_t>(20, 1)}, waits_for_ever), Ending::deadlock);
  EXPECT_EQ(woken, sync::Conditions::kSpuriousWakeUps);
  woken = 0;
  EXPECT_EQ(run({.machine = std::vector<std::uint32_t>(20, 1)}, waits_for_ever), Ending::deadlock);
  EXPECT_EQ(woken, sync::Conditions::kSpuriousWakeUps) << "in the next run again";
}

// Who wakes for no reason takes no signal: it goes to one that sleeps.
TEST_F(ConditionChoices, LeaveASignalToTheOthersWhenOneWakesForNoReason) {
  int woken = 0;
  const auto signals = [&] {
    sleep(1ms);
    condition_.notify_one();
  };
  EXPECT_EQ(run({.machine = {1, 0}}, {waits(woken), waits(woken), signals}), Ending::finished);
  EXPECT_EQ(woken, 2);
}

// waiter                signaller             clock
// waits until 10 ms     -                      0 ms
// -                     locks, signals         0 ms
// wants the mutex       sleeps with it        20 ms
// has it: signalled, and too late             20 ms
TEST_F(ConditionChoices, TellASignalledWaiterSoHoweverLateWhereLibstdcxxSaysTimeOut) {
  std::optional<int> answer;
  std::optional<std::cv_status> status;
  const auto signals_and_dawdles = [&] {
    const std::lock_guard lock(mutex_);
    condition_.notify_one();
    sleep(20ms);
  };
  EXPECT_EQ(run({waits_10ms(answer), signals_and_dawdles}), Ending::finished);
  EXPECT_EQ(answer, 0);
  const auto waits_in_cxx = [&] {
    std::unique_lock lock(mutex_);
    status = condition_.wait_for(lock, 10ms);
  };
  EXPECT_EQ(run({waits_in_cxx, signals_and_dawdles}), Ending::finished);
  EXPECT_EQ(status, std::cv_status::timeout);
}

TEST_F(ConditionChoices, TakeDestructionUnderAWaiterForMisuse) {
  int woken = 0;
  EXPECT_EQ(run({waits(woken),
                 [&] {
                   sleep(1ms);
                   pthread_cond_destroy(condition_.native_handle());
                 }}),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a condition variable is destroyed while a thread waits on it");
}

// As C++ allows: all have been told, none has gone on yet.
TEST_F(ConditionChoices, MayBeDestroyedOnceAllWaitersAreSignalled) {
  int woken = 0;
  std::optional<std::condition_variable> condition(std::in_place);
  const auto waits = [&] {
    std::unique_lock lock(mutex_);
    condition->wait(lock);
    ++woken;
  };
  EXPECT_EQ(run({waits, waits,
                 [&] {
                   sleep(1ms);
                   const std::lock_guard lock(mutex_);
                   condition->notify_all();
                   condition.reset();
                 }}),
            Ending::finished);
  EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace poolproof::world
