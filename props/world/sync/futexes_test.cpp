// What futex calls answer, on both machines; and other system calls that are the world's.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <latch>
#include <semaphore>

#include "props/world/sync_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

// What the call answers, or its error below zero.
int futex(int* word, int operation, int value, const void* timeout_or_value2 = nullptr,
          int* other = nullptr, unsigned value3 = 0) {
  const long answer = syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value,
                              timeout_or_value2, other, value3);
  return answer == -1 ? -errno : static_cast<int>(answer);
}

const void* number(std::intptr_t value) { return reinterpret_cast<const void*>(value); }

// Repeats a call that reaches a waiter until it is there; the sleep lets it come.
template <class Call>
int until_it_reaches_one(Call call) {
  for (;;) {
    if (const int answer = call(); answer != 0) return answer;
    usleep(100);
  }
}

const SyncCase kCases[] = {
    {"OfAWaitThatDoesNotBegin",
     [] {
       int word = 0;
       return Answers{
           futex(&word, FUTEX_WAIT, 1), futex(&word, FUTEX_WAIT_BITSET, 1, nullptr, nullptr, 1),
           futex(&word, FUTEX_WAIT_BITSET, 0, nullptr, nullptr, 0),
           futex(&word, FUTEX_WAIT, 0, &kNoReading), futex(&word, FUTEX_WAIT, 0, &kBeforeAllTime)};
     },
     {-EAGAIN, -EAGAIN, -EINVAL, -EINVAL, -EINVAL}},
    {"OfAWaitWhoseTimeRunsOut",
     [] {
       int word = 0;
       const timespec short_time{.tv_sec = 0, .tv_nsec = 2'000'000};
       const timespec monotonic = soon(CLOCK_MONOTONIC);
       const timespec wall = soon(CLOCK_REALTIME);
       return Answers{futex(&word, FUTEX_WAIT, 0, &short_time),
                      futex(&word, FUTEX_WAIT_BITSET, 0, &monotonic, nullptr, 1),
                      futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &wall, nullptr, 1),
                      futex(&word, FUTEX_WAIT_BITSET, 0, &kLongAgo, nullptr, 1)};
     },
     {-ETIMEDOUT, -ETIMEDOUT, -ETIMEDOUT, -ETIMEDOUT}},
    {"OfAWakeThatReachesNobody",
     [] {
       int word = 0;
       int other = 0;
       return Answers{futex(&word, FUTEX_WAKE, 1),
                      futex(&word, FUTEX_WAKE_BITSET, 1, nullptr, nullptr, 1),
                      futex(&word, FUTEX_WAKE_BITSET, 1, nullptr, nullptr, 0),
                      futex(&word, FUTEX_REQUEUE, 1, number(1), &other),
                      futex(&word, FUTEX_CMP_REQUEUE, 1, number(1), &other, 0),
                      futex(&word, FUTEX_CMP_REQUEUE, 1, number(1), &other, 7)};
     },
     {0, 0, -EINVAL, 0, 0, -EAGAIN}},
    {"OfABitsetThatIsAnothers",
     [] {
       int word = 0;
       int answer = -1;
       std::thread waiter(
           [&] { answer = futex(&word, FUTEX_WAIT_BITSET, 0, nullptr, nullptr, 0b01); });
       const int met = until_it_reaches_one([&] {
         const int missed = futex(&word, FUTEX_WAKE_BITSET, 1, nullptr, nullptr, 0b10);
         return missed != 0 ? -1 : futex(&word, FUTEX_WAKE_BITSET, 1, nullptr, nullptr, 0b11);
       });
       waiter.join();
       return Answers{met, answer};
     },
     {1, 0}},
    {"OfAWaiterThatIsMoved",
     [] {
       int word = 0;
       int other = 0;
       int answer = -1;
       std::thread waiter([&] { answer = futex(&word, FUTEX_WAIT, 0); });
       const int moved = until_it_reaches_one(
           [&] { return futex(&word, FUTEX_CMP_REQUEUE, 0, number(INT_MAX), &other, 0); });
       const Answers woken{futex(&word, FUTEX_WAKE, 1), futex(&other, FUTEX_WAKE, 1)};
       waiter.join();
       return Answers{moved, woken[0], woken[1], answer};
     },
     {1, 0, 1, 0}},
    {"OfAWakeThatChangesAnotherWord",
     [] {
       int word = 0;
       int other = 5;
       const auto changes = [&](unsigned operation, unsigned operand, unsigned comparison,
                                unsigned compared) {
         return futex(&word, FUTEX_WAKE_OP, 1, number(1), &other,
                      FUTEX_OP(operation, operand, comparison, compared));
       };
       Answers answers;
       const auto note = [&](int answer) {
         answers.push_back(answer);
         answers.push_back(other);
       };
       note(changes(FUTEX_OP_SET, 3, FUTEX_OP_CMP_EQ, 5));
       note(changes(FUTEX_OP_ADD, 0xfff, FUTEX_OP_CMP_LT, 5));  // -1
       note(changes(FUTEX_OP_OR, 4, FUTEX_OP_CMP_GE, 5));
       note(changes(FUTEX_OP_ANDN, 2, FUTEX_OP_CMP_NE, 5));
       note(changes(FUTEX_OP_XOR, 1, FUTEX_OP_CMP_GT, 5));
       note(changes(FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 6, FUTEX_OP_CMP_LE, 5));
       note(changes(FUTEX_OP_SET, 1, 9, 5));
       return answers;
     },
     {0, 3, 0, 2, 0, 6, 0, 4, 0, 5, 0, 64, -ENOSYS, 1}},
    {"OfAWakeThatReachesOneThere",
     [] {
       int word = 0;
       int there = 0;
       int answer = -1;
       std::thread waiter([&] { answer = futex(&there, FUTEX_WAIT, 0); });
       const int woken = until_it_reaches_one([&] {
         return futex(&word, FUTEX_WAKE_OP, 1, number(1), &there,
                      FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0));
       });
       waiter.join();
       return Answers{woken, answer};
     },
     {1, 0}},
    {"OfTheStandardLibrarys",
     [] {
       std::latch latch(2);
       std::counting_semaphore<4> semaphore(0);
       std::atomic<int> atomic = 0;
       std::thread other([&] {
         latch.arrive_and_wait();
         semaphore.release(2);
         atomic.wait(0);
       });
       latch.arrive_and_wait();
       semaphore.acquire();
       semaphore.acquire();
       const bool more = semaphore.try_acquire_for(2ms);
       atomic = 1;
       atomic.notify_all();
       other.join();
       return Answers{more};
     },
     {0}},
};

POOLPROOF_ON_BOTH_MACHINES(FutexAnswers, kCases);

using SystemCalls = WorldFixture;

TEST_F(SystemCalls, ThatReadClocksOrSleepAreTheWorlds) {
  timespec before{};
  timespec after{};
  std::vector<long> answers;
  EXPECT_EQ(
      run([&] {
        clock_gettime(CLOCK_MONOTONIC, &before);
        const timespec second{.tv_sec = 1, .tv_nsec = 0};
        answers.push_back(syscall(SYS_nanosleep, &second, nullptr));
        answers.push_back(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &second, nullptr));
        answers.push_back(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &after));
        answers.push_back(syscall(SYS_sched_yield));
        answers.push_back(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &kNoReading, nullptr));
        answers.push_back(errno);
      }),
      Ending::finished);
  EXPECT_THAT(answers, testing::ElementsAre(0, 0, 0, 0, -1, EINVAL));
  EXPECT_EQ(after.tv_sec - before.tv_sec, 2);
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(SystemCalls, ThatEndTheProcessEndTheRun) {
  EXPECT_EQ(run([] { syscall(SYS_exit_group, 3); }), Ending::misuse);
  EXPECT_EQ(refusal(), "the process exits at once with status 3");
}

}  // namespace
}  // namespace poolproof::world
