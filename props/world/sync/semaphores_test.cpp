// What semaphores answer, on both machines; who is woken, and what misuses them.
#include <semaphore.h>

#include <cerrno>
#include <climits>

#include "props/world/sync_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

// 0, or errno of the call.
int error_of(int answer) { return answer == 0 ? 0 : errno; }

class Semaphore {
 public:
  explicit Semaphore(unsigned value) { sem_init(&semaphore_, 0, value); }

  int wait() { return error_of(sem_wait(&semaphore_)); }
  int try_wait() { return error_of(sem_trywait(&semaphore_)); }
  int timed_wait(timespec reading) { return error_of(sem_timedwait(&semaphore_, &reading)); }
  int clock_wait(clockid_t clock, timespec reading) {
    return error_of(sem_clockwait(&semaphore_, clock, &reading));
  }
  int post() { return error_of(sem_post(&semaphore_)); }
  int value() {
    int value = -1;
    sem_getvalue(&semaphore_, &value);
    return value;
  }
  int destroy() { return error_of(sem_destroy(&semaphore_)); }

 private:
  sem_t semaphore_;
};

const SyncCase kCases[] = {
    {"OfItsCount",
     [] {
       Semaphore semaphore(2);
       return Answers{semaphore.value(), semaphore.wait(),     semaphore.try_wait(),
                      semaphore.value(), semaphore.try_wait(), semaphore.post(),
                      semaphore.value(), semaphore.destroy()};
     },
     {2, 0, 0, 0, EAGAIN, 0, 1, 0}},
    {"OfAWaitWhoseTimeRunsOut",
     [] {
       Semaphore semaphore(0);
       return Answers{semaphore.timed_wait(soon(CLOCK_REALTIME)),
                      semaphore.clock_wait(CLOCK_MONOTONIC, soon(CLOCK_MONOTONIC)),
                      semaphore.timed_wait(kLongAgo), semaphore.timed_wait(kBeforeAllTime)};
     },
     {ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT}},
    {"OfAWaitThatNeedNotWait",
     [] {
       Semaphore semaphore(1);
       return Answers{semaphore.timed_wait(kLongAgo), semaphore.value()};
     },
     {0, 0}},
    {"OfAWaitForWhatIsNoReading",
     [] {
       Semaphore semaphore(1);
       return Answers{semaphore.timed_wait(kNoReading),
                      semaphore.clock_wait(CLOCK_PROCESS_CPUTIME_ID, kLongAgo), semaphore.value()};
     },
     {EINVAL, EINVAL, 1}},
    {"OfTooLargeACount",
     [] {
       Semaphore semaphore(SEM_VALUE_MAX);
       sem_t too_large;
       return Answers{semaphore.post(),
                      error_of(sem_init(&too_large, 0, unsigned{SEM_VALUE_MAX} + 1))};
     },
     {EOVERFLOW, EINVAL}},
    {"OfABallThrownToAndFro",
     [] {
       Semaphore to(0);
       Semaphore fro(0);
       Answers answers;
       std::thread other([&] {
         for (int i = 0; i < 3; ++i) {
           to.wait();
           answers.push_back(1);
           fro.post();
         }
       });
       for (int i = 0; i < 3; ++i) {
         answers.push_back(0);
         to.post();
         fro.wait();
       }
       other.join();
       return answers;
     },
     {0, 1, 0, 1, 0, 1}},
};

POOLPROOF_ON_BOTH_MACHINES(SemaphoreAnswers, kCases);

using Semaphores = WorldFixture;

TEST_F(Semaphores, WakeAnyWaiterByChoice) {
  for (const auto& [choice, expected] : {std::pair{0U, "a"}, {1U, "b"}}) {
    Semaphore semaphore(0);
    std::string woken;
    const auto waits = [&](char letter) {
      return [&, letter] {
        semaphore.wait();
        woken += letter;
      };
    };
    EXPECT_EQ(run({.waiter = {choice}}, {waits('a'), waits('b'),
                                         [&] {
                                           sleep(1ms);
                                           semaphore.post();
                                         }}),
              Ending::deadlock)
        << "one of them is never woken";
    EXPECT_EQ(woken, expected);
  }
}

// Between the post and the return of whom it woke a third may take what was posted.
TEST_F(Semaphores, MayBeTakenFromTheOneThatWasWoken) {
  int barged = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Semaphore semaphore(0);
    bool woken = false;
    const Ending ending = run_with_seed(seed, {[&] {
                                                 semaphore.wait();
                                                 woken = true;
                                               },
                                               [&] {
                                                 sleep(1ms);
                                                 semaphore.post();
                                                 semaphore.try_wait();
                                               }});
    EXPECT_EQ(ending, woken ? Ending::finished : Ending::deadlock);
    barged += !woken;
  }
  EXPECT_GT(barged, 0);
  EXPECT_LT(barged, 50);
}

TEST_F(Semaphores, ThatWereMadeOrPostedOutsideAreRightInside) {
  Semaphore semaphore(0);
  semaphore.post();
  EXPECT_EQ(run([&] { semaphore.wait(); }), Ending::finished);
  EXPECT_EQ(semaphore.value(), 0);
}

TEST_F(Semaphores, DestroyedUnderAWaiterAreMisused) {
  Semaphore semaphore(0);
  EXPECT_EQ(run({[&] { semaphore.wait(); },
                 [&] {
                   sleep(1ms);
                   semaphore.destroy();
                 }}),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a semaphore is destroyed while a thread waits for it");
}

}  // namespace
}  // namespace poolproof::world
