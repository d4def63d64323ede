// What mutexes answer, on both machines, and what misuses them.
#include <pthread.h>
#include <threads.h>

#include <cerrno>

#include "props/world/sync_fixture.hpp"

namespace poolproof::world {
namespace {

// A mutex of that kind, and what its calls answer.
class Mutex {
 public:
  explicit Mutex(int kind, int protocol = PTHREAD_PRIO_NONE) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, kind);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }

  int lock() { return pthread_mutex_lock(&mutex_); }
  int try_lock() { return pthread_mutex_trylock(&mutex_); }
  int timed_lock(timespec reading) { return pthread_mutex_timedlock(&mutex_, &reading); }
  int clock_lock(clockid_t clock, timespec reading) {
    return pthread_mutex_clocklock(&mutex_, clock, &reading);
  }
  int unlock() { return pthread_mutex_unlock(&mutex_); }
  int destroy() { return pthread_mutex_destroy(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

const SyncCase kCases[] = {
    {"OfAFreeOne",
     [] {
       Mutex mutex(PTHREAD_MUTEX_NORMAL);
       return Answers{mutex.lock(), mutex.unlock(), mutex.try_lock(), mutex.unlock(),
                      mutex.destroy()};
     },
     {0, 0, 0, 0, 0}},
    {"OfOneThatAnotherHolds",
     [] {
       Mutex mutex(PTHREAD_MUTEX_NORMAL);
       mutex.lock();
       const Answers answers{
           elsewhere([&] { return mutex.try_lock(); }),
           elsewhere([&] { return mutex.timed_lock(soon(CLOCK_REALTIME)); }),
           elsewhere([&] { return mutex.clock_lock(CLOCK_MONOTONIC, soon(CLOCK_MONOTONIC)); }),
           elsewhere([&] { return mutex.timed_lock(kLongAgo); }),
           elsewhere([&] { return mutex.timed_lock(kBeforeAllTime); }),
           elsewhere([&] { return mutex.timed_lock(kNoReading); }),
           mutex.unlock()};
       return answers;
     },
     {EBUSY, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, EINVAL, 0}},
    {"OfAFreeOneWithADeadlineThatIsPastOrNone",
     [] {
       Mutex mutex(PTHREAD_MUTEX_NORMAL);
       return Answers{mutex.timed_lock(kLongAgo), mutex.unlock(), mutex.timed_lock(kNoReading),
                      mutex.unlock(), mutex.clock_lock(CLOCK_PROCESS_CPUTIME_ID, kLongAgo)};
     },
     {0, 0, 0, 0, EINVAL}},
    {"OfANormalOneToItsOwner",
     [] {
       Mutex mutex(PTHREAD_MUTEX_NORMAL);
       return Answers{mutex.lock(), mutex.try_lock(), mutex.timed_lock(soon(CLOCK_REALTIME)),
                      mutex.unlock()};
     },
     {0, EBUSY, ETIMEDOUT, 0}},
    {"OfOneThatChecksErrors",
     [] {
       Mutex mutex(PTHREAD_MUTEX_ERRORCHECK);
       const Answers free{mutex.unlock(), mutex.lock()};
       const Answers held{mutex.lock(), mutex.try_lock(), mutex.timed_lock(soon(CLOCK_REALTIME)),
                          elsewhere([&] { return mutex.unlock(); }), mutex.unlock()};
       return Answers{free[0], free[1], held[0], held[1], held[2], held[3], held[4]};
     },
     {EPERM, 0, EDEADLK, EBUSY, EDEADLK, EPERM, 0}},
    {"OfARecursiveOne",
     [] {
       Mutex mutex(PTHREAD_MUTEX_RECURSIVE);
       Answers answers{mutex.unlock(), mutex.lock(), mutex.try_lock(), mutex.timed_lock(kLongAgo)};
       answers.push_back(elsewhere([&] { return mutex.unlock(); }));
       for (int i = 0; i < 3; ++i) {
         answers.push_back(elsewhere([&] { return mutex.try_lock(); }));
         answers.push_back(mutex.unlock());
       }
       answers.push_back(elsewhere([&] { return mutex.try_lock() + mutex.unlock(); }));
       return answers;
     },
     {EPERM, 0, 0, 0, EPERM, EBUSY, 0, EBUSY, 0, EBUSY, 0, 0}},
    {"OfOneThatInheritsPriority",
     [] {
       Mutex mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT);
       return Answers{mutex.lock(), elsewhere([&] { return mutex.try_lock(); }),
                      elsewhere([&] { return mutex.timed_lock(soon(CLOCK_REALTIME)); }),
                      mutex.unlock(), mutex.destroy()};
     },
     {0, EBUSY, ETIMEDOUT, 0, 0}},
    {"OfC11",
     [] {
       mtx_t mutex;
       mtx_init(&mutex, mtx_timed);
       const timespec past = kLongAgo;
       const Answers answers{mtx_lock(&mutex),
                             elsewhere([&] { return mtx_trylock(&mutex); }),
                             elsewhere([&] { return mtx_timedlock(&mutex, &past); }),
                             mtx_unlock(&mutex),
                             mtx_trylock(&mutex),
                             mtx_unlock(&mutex)};
       mtx_destroy(&mutex);
       return answers;
     },
     {thrd_success, thrd_busy, thrd_timedout, thrd_success, thrd_success, thrd_success}},
};

POOLPROOF_ON_BOTH_MACHINES(MutexAnswers, kCases);

using MutexMisuse = WorldFixture;

TEST_F(MutexMisuse, IsToDestroyOneThatIsHeld) {
  Mutex mutex(PTHREAD_MUTEX_NORMAL);
  EXPECT_EQ(run([&] {
              mutex.lock();
              mutex.destroy();
            }),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a mutex is destroyed while a thread holds it");
}

TEST_F(MutexMisuse, IsToLockOneThatIsDestroyed) {
  Mutex mutex(PTHREAD_MUTEX_NORMAL);
  EXPECT_EQ(run([&] {
              mutex.destroy();
              mutex.lock();
            }),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a mutex is locked that has been destroyed");
}

// A mutex that was locked outside is not the world's: it counts as free.
TEST_F(MutexMisuse, IsToUnlockOneThatWasLockedOutside) {
  Mutex mutex(PTHREAD_MUTEX_NORMAL);
  mutex.lock();
  int answer = -1;
  EXPECT_EQ(run([&] { answer = mutex.try_lock(); }), Ending::finished);
  EXPECT_EQ(answer, 0);
  EXPECT_EQ(run([&] { mutex.unlock(); }), Ending::misuse);
  EXPECT_EQ(refusal(), "a mutex is unlocked that nobody holds");
  mutex.unlock();
}

}  // namespace
}  // namespace poolproof::world
