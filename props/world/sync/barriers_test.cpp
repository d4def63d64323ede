// What barriers and spinlocks answer, on both machines; what the world may choose, and misuse.
#include <pthread.h>

#include <cerrno>

#include "props/world/sync_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class Barrier {
 public:
  explicit Barrier(unsigned threads) { pthread_barrier_init(&barrier_, nullptr, threads); }

  // 1 if this is the serial thread of the round, else 0.
  int wait() { return pthread_barrier_wait(&barrier_) == PTHREAD_BARRIER_SERIAL_THREAD ? 1 : 0; }
  int destroy() { return pthread_barrier_destroy(&barrier_); }

 private:
  pthread_barrier_t barrier_;
};

class Spinlock {
 public:
  Spinlock() { pthread_spin_init(&spinlock_, PTHREAD_PROCESS_PRIVATE); }

  int lock() { return pthread_spin_lock(&spinlock_); }
  int try_lock() { return pthread_spin_trylock(&spinlock_); }
  int unlock() { return pthread_spin_unlock(&spinlock_); }
  int destroy() { return pthread_spin_destroy(&spinlock_); }

 private:
  pthread_spinlock_t spinlock_;
};

const SyncCase kCases[] = {
    {"OfABarrierOfOne",
     [] {
       Barrier barrier(1);
       return Answers{barrier.wait(), barrier.wait(), barrier.destroy()};
     },
     {1, 1, 0}},
    {"OfABarrierOfNone",
     [] {
       pthread_barrier_t barrier;
       return Answers{pthread_barrier_init(&barrier, nullptr, 0)};
     },
     {EINVAL}},
    // In each of two rounds one is told so; nobody is in the second before all were in the first.
    {"OfABarrierOfThreeInTwoRounds",
     [] {
       Barrier barrier(3);
       int serial[2] = {0, 0};
       int arrived = 0;
       int too_soon = 0;
       pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
       const auto locked = [&](auto call) {
         pthread_mutex_lock(&mutex);
         call();
         pthread_mutex_unlock(&mutex);
       };
       const auto runs = [&] {
         for (int round = 0; round < 2; ++round) {
           locked([&] { ++arrived; });
           const int told = barrier.wait();
           locked([&] {
             serial[round] += told;
             too_soon += arrived < 3 * (round + 1);
           });
         }
       };
       std::thread a(runs), b(runs), c(runs);
       a.join(), b.join(), c.join();
       return Answers{serial[0], serial[1], too_soon, barrier.destroy()};
     },
     {1, 1, 0, 0}},
    {"OfASpinlock",
     [] {
       Spinlock spinlock;
       return Answers{spinlock.lock(),     elsewhere([&] { return spinlock.try_lock(); }),
                      spinlock.try_lock(), spinlock.unlock(),
                      spinlock.try_lock(), spinlock.unlock(),
                      spinlock.destroy()};
     },
     {0, EBUSY, EBUSY, 0, 0, 0, 0}},
    {"OfACounterUnderASpinlock",
     [] {
       Spinlock spinlock;
       int count = 0;
       const auto counts = [&] {
         for (int i = 0; i < 3; ++i) {
           spinlock.lock();
           const int seen = count;
           std::this_thread::yield();
           count = seen + 1;
           spinlock.unlock();
         }
       };
       std::thread other(counts);
       counts();
       other.join();
       return Answers{count};
     },
     {6}},
};

POOLPROOF_ON_BOTH_MACHINES(BarrierAnswers, kCases);

using Barriers = WorldFixture;

TEST_F(Barriers, TellAnyOfTheirThreadsThatItIsTheSerialOne) {
  for (const auto& [choice, expected] : {std::pair{0U, "b"}, {1U, "a"}}) {
    Barrier barrier(2);
    std::string serial;
    const auto waits = [&](char letter) {
      return [&, letter] {
        if (barrier.wait() == 1) serial += letter;
      };
    };
    EXPECT_EQ(run({.waiter = {choice}}, {waits('a'), waits('b')}), Ending::finished);
    EXPECT_EQ(serial, expected) << "the last to arrive, if nothing is chosen";
  }
}

TEST_F(Barriers, DeadlockWhenTooFewArrive) {
  Barrier barrier(2);
  EXPECT_EQ(run([&] { barrier.wait(); }), Ending::deadlock);
}

TEST_F(Barriers, DestroyedUnderAWaiterAreMisused) {
  Barrier barrier(2);
  EXPECT_EQ(run({[&] { barrier.wait(); },
                 [&] {
                   sleep(1ms);
                   barrier.destroy();
                 }}),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a barrier is destroyed while a thread waits at it");
}

using Spinlocks = WorldFixture;

TEST_F(Spinlocks, TakeNoStepWhileOneSpins) {
  Spinlock spinlock;
  EXPECT_EQ(run({[&] {
                   spinlock.lock();
                   sleep(1h);
                   spinlock.unlock();
                 },
                 [&] {
                   spinlock.lock();
                   spinlock.unlock();
                 }}),
            Ending::finished);
  EXPECT_LT(machine_.scheduler.steps(), 10U);
}

TEST_F(Spinlocks, DeadlockWhenTheirOwnerLocksThemAgain) {
  Spinlock spinlock;
  EXPECT_EQ(run([&] {
              spinlock.lock();
              spinlock.lock();
            }),
            Ending::deadlock);
}

TEST_F(Spinlocks, UnlockedByAnotherOrDestroyedWhileHeldAreMisused) {
  Spinlock spinlock;
  std::vector<std::string> sentences;
  const auto misuse = [&](const Body& body) {
    EXPECT_EQ(run(body), Ending::misuse);
    sentences.push_back(refusal());
  };
  misuse([&] { spinlock.unlock(); });
  misuse([&] {
    spinlock.lock();
    elsewhere([&] { return spinlock.unlock(); });
  });
  misuse([&] {
    spinlock.lock();
    spinlock.destroy();
  });
  EXPECT_THAT(sentences, ElementsAre("a spinlock is unlocked that nobody holds",
                                     "a spinlock is unlocked by a thread that does not hold it",
                                     "a spinlock is destroyed while a thread holds it"));
}

}  // namespace
}  // namespace poolproof::world
