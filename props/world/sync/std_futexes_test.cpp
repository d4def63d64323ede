// std::atomic::wait, std::counting_semaphore and std::stop_callback in tasks: they reach the kernel
// as a futex.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <semaphore>
#include <stop_token>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

class Futexes : public WorldFixture {
 protected:
  // errno of the call, 0 if it succeeded.
  int futex(int operation, int value, const timespec* timeout = nullptr) {
    errno = 0;
    syscall(SYS_futex, &word_, operation, value, timeout, nullptr, FUTEX_BITSET_MATCH_ANY);
    return errno;
  }

  int word_ = 0;
};

TEST_F(Futexes, LetAnAtomicWaitUntilItIsToldOfAChange) {
  std::atomic<int> atomic = 0;
  std::atomic<std::int64_t> wide = 0;  // waits on another word than its own
  Duration seen{};
  Duration seen_wide{};
  EXPECT_EQ(run({[&] {
                   atomic.wait(0);
                   seen = elapsed();
                 },
                 [&] {
                   wide.wait(0);
                   seen_wide = elapsed();
                 },
                 [&] {
                   sleep(10ms);
                   atomic = 1;
                   atomic.notify_one();
                   sleep(10ms);
                   wide = 1;
                   wide.notify_all();
                 }}),
            Ending::finished);
  EXPECT_EQ(seen, 10ms);
  EXPECT_EQ(seen_wide, 20ms);
}

TEST_F(Futexes, ShowAForgottenNotificationAsADeadlock) {
  std::atomic<int> atomic = 0;
  EXPECT_EQ(run({[&] { atomic.wait(0); },
                 [&] {
                   sleep(10ms);
                   atomic = 1;
                 }}),
            Ending::deadlock);
}

TEST_F(Futexes, LetASemaphoreWaitForItsDeadlineExactly) {
  std::counting_semaphore<2> semaphore(1);
  bool first = false;
  bool second = true;
  EXPECT_EQ(run([&] {
              first = semaphore.try_acquire_for(30ms);
              second = semaphore.try_acquire_for(30ms);
            }),
            Ending::finished);
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  EXPECT_EQ(elapsed(), 30ms);
}

TEST_F(Futexes, DoNotSleepIfTheWordHasChangedAlready) {
  int answer = -1;
  EXPECT_EQ(run([&] { answer = futex(FUTEX_WAIT_PRIVATE, 1); }), Ending::finished);
  EXPECT_EQ(answer, EAGAIN);
}

TEST_F(Futexes, TakeATimeoutAsASpanOrAsAnInstantOfEitherClock) {
  const auto times_out_at = [&](int operation, std::optional<clockid_t> from) {
    int answer = -1;
    EXPECT_EQ(run([&] {
                timespec timeout{};
                if (from) clock_gettime(*from, &timeout);
                timeout.tv_nsec += 5'000'000;
                answer = futex(operation, 0, &timeout);
              }),
              Ending::finished);
    EXPECT_EQ(answer, ETIMEDOUT);
    return elapsed();
  };
  EXPECT_EQ(times_out_at(FUTEX_WAIT_PRIVATE, std::nullopt), 5ms);
  EXPECT_EQ(times_out_at(FUTEX_WAIT_BITSET_PRIVATE, CLOCK_MONOTONIC), 5ms);
  EXPECT_EQ(times_out_at(FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, CLOCK_REALTIME), 5ms);
}

TEST_F(Futexes, WakeAsManyAsTheyAreToldAndAnyOfThemByChoice) {
  for (const auto& [choice, expected] : {std::pair{0U, "ab"}, {2U, "ca"}}) {
    std::string woken;
    long count = -1;
    const auto waits = [&](char letter) {
      return [&, letter] {
        futex(FUTEX_WAIT_PRIVATE, 0);
        woken += letter;
      };
    };
    const auto wakes_two = [&] {
      sleep(1ms);
      count = syscall(SYS_futex, &word_, FUTEX_WAKE_BITSET_PRIVATE, 2, nullptr, nullptr,
                      FUTEX_BITSET_MATCH_ANY);
    };
    EXPECT_EQ(run({.waiter = {choice}}, {waits('a'), waits('b'), waits('c'), wakes_two}),
              Ending::deadlock)
        << "one of the three is never woken";
    EXPECT_EQ(count, 2);
    std::sort(woken.begin(), woken.end());
    std::string sorted = expected;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(woken, sorted);
  }
}

// Whoever destroys a stop_callback waits for it to return, if it runs in another thread just now;
// libstdc++ leaves that out in a process that it takes to have one thread only.
TEST_F(Futexes, LetAStopCallbackBeDestroyedWhileItRuns) {
  std::stop_source source;
  bool returned = false;
  bool returned_first = false;
  EXPECT_EQ(run({[&] {
                   {
                     const std::stop_callback callback(source.get_token(), [&] {
                       sleep(10ms);
                       returned = true;
                     });
                     sleep(5ms);
                   }
                   returned_first = returned;
                 },
                 [&] {
                   sleep(1ms);
                   source.request_stop();
                 }}),
            Ending::finished);
  EXPECT_TRUE(returned_first);
}

// No schedule loses a stop request that is made while its receiver goes to sleep.
RC_GTEST_FIXTURE_PROP(Futexes, DeliverEveryStopRequest, (std::uint64_t seed)) {
  std::stop_source source;
  std::mutex mutex;
  std::condition_variable_any condition;
  const auto waits = [&] {
    std::unique_lock lock(mutex);
    condition.wait(lock, source.get_token(), [] { return false; });
  };
  const auto stops = [&] {
    yield();
    source.request_stop();
  };
  RC_ASSERT(run_with_seed(seed, {waits, waits, stops}) == Ending::finished);
}

}  // namespace
}  // namespace poolproof::world
