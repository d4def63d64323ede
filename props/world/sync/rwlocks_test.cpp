// What rwlocks answer, on both machines; who goes first, and what misuses them.
#include <pthread.h>

#include <cerrno>
#include <shared_mutex>

#include "props/world/sync_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

class Rwlock {
 public:
  explicit Rwlock(int kind = PTHREAD_RWLOCK_DEFAULT_NP) {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, kind);
    pthread_rwlock_init(&rwlock_, &attributes);
    pthread_rwlockattr_destroy(&attributes);
  }

  int read() { return pthread_rwlock_rdlock(&rwlock_); }
  int try_read() { return pthread_rwlock_tryrdlock(&rwlock_); }
  int timed_read(timespec reading) { return pthread_rwlock_timedrdlock(&rwlock_, &reading); }
  int clock_read(clockid_t clock, timespec reading) {
    return pthread_rwlock_clockrdlock(&rwlock_, clock, &reading);
  }
  int write() { return pthread_rwlock_wrlock(&rwlock_); }
  int try_write() { return pthread_rwlock_trywrlock(&rwlock_); }
  int timed_write(timespec reading) { return pthread_rwlock_timedwrlock(&rwlock_, &reading); }
  int clock_write(clockid_t clock, timespec reading) {
    return pthread_rwlock_clockwrlock(&rwlock_, clock, &reading);
  }
  int unlock() { return pthread_rwlock_unlock(&rwlock_); }
  int destroy() { return pthread_rwlock_destroy(&rwlock_); }

 private:
  pthread_rwlock_t rwlock_;
};

const SyncCase kCases[] = {
    {"OfReadersTogether",
     [] {
       Rwlock rwlock;
       return Answers{rwlock.read(),
                      elsewhere([&] { return rwlock.read() + rwlock.unlock(); }),
                      elsewhere([&] { return rwlock.try_read() + rwlock.unlock(); }),
                      rwlock.read(),  // once more
                      rwlock.unlock(),
                      elsewhere([&] { return rwlock.try_write(); }),
                      rwlock.unlock(),
                      elsewhere([&] { return rwlock.try_write() + rwlock.unlock(); }),
                      rwlock.destroy()};
     },
     {0, 0, 0, 0, 0, EBUSY, 0, 0, 0}},
    {"OfOneThatAReaderHolds",
     [] {
       Rwlock rwlock;
       return Answers{
           rwlock.read(),
           elsewhere([&] { return rwlock.timed_write(soon(CLOCK_REALTIME)); }),
           elsewhere([&] { return rwlock.clock_write(CLOCK_MONOTONIC, soon(CLOCK_MONOTONIC)); }),
           elsewhere([&] { return rwlock.timed_write(kLongAgo); }),
           rwlock.timed_write(soon(CLOCK_REALTIME)),  // it waits for itself
           rwlock.try_write(),
           rwlock.unlock()};
     },
     {0, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, EBUSY, 0}},
    {"OfOneThatAWriterHolds",
     [] {
       Rwlock rwlock;
       return Answers{
           rwlock.write(),
           elsewhere([&] { return rwlock.try_read(); }),
           elsewhere([&] { return rwlock.try_write(); }),
           elsewhere([&] { return rwlock.timed_read(soon(CLOCK_REALTIME)); }),
           elsewhere([&] { return rwlock.clock_read(CLOCK_MONOTONIC, soon(CLOCK_MONOTONIC)); }),
           elsewhere([&] { return rwlock.timed_read(kBeforeAllTime); }),
           rwlock.unlock()};
     },
     {0, EBUSY, EBUSY, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, 0}},
    {"OfOneToTheWriterThatHoldsIt",
     [] {
       Rwlock rwlock;
       return Answers{rwlock.write(),     rwlock.write(),    rwlock.read(),
                      rwlock.try_write(), rwlock.try_read(), rwlock.timed_write(kLongAgo),
                      rwlock.unlock()};
     },
     {0, EDEADLK, EDEADLK, EBUSY, EBUSY, EDEADLK, 0}},
    {"OfAWaitForWhatIsNoReading",
     [] {
       Rwlock rwlock;
       return Answers{rwlock.timed_read(kNoReading),
                      rwlock.timed_write(kNoReading),
                      rwlock.clock_read(CLOCK_PROCESS_CPUTIME_ID, kLongAgo),
                      rwlock.clock_write(CLOCK_PROCESS_CPUTIME_ID, kLongAgo),
                      rwlock.timed_read(kLongAgo),
                      rwlock.unlock()};
     },
     {EINVAL, EINVAL, EINVAL, EINVAL, 0, 0}},
    {"OfTheStandardLibrarys",
     [] {
       std::shared_mutex plain;
       std::shared_timed_mutex timed;
       const std::shared_lock reads(plain);
       const std::unique_lock writes(timed);
       return Answers{elsewhere([&] { return plain.try_lock(); }),
                      elsewhere([&] { return timed.try_lock_shared_for(2ms); }), elsewhere([&] {
                        return timed.try_lock_until(std::chrono::system_clock::now() + 2ms);
                      })};
     },
     {0, 0, 0}},
    {"OfACounterThatWritersKeep",
     [] {
       std::shared_mutex mutex;
       int count = 0;
       int torn = 0;
       const auto writes = [&] {
         for (int i = 0; i < 3; ++i) {
           const std::unique_lock lock(mutex);
           const int seen = count;
           std::this_thread::yield();
           count = seen + 1;
         }
       };
       const auto reads = [&] {
         for (int i = 0; i < 3; ++i) {
           const std::shared_lock lock(mutex);
           const int seen = count;
           std::this_thread::yield();
           if (count != seen) torn = 1;
         }
       };
       std::thread a(writes), b(writes), c(reads);
       a.join(), b.join(), c.join();
       return Answers{count, torn};
     },
     {6, 0}},
};

POOLPROOF_ON_BOTH_MACHINES(RwlockAnswers, kCases);

// ---- who goes first ----

class RwlockOrder : public WorldFixture {
 protected:
  // A reader is in until 10 ms; a writer comes at 1 ms and another reader at 2 ms.
  Ending run_three(Choices choices, int kind) {
    Rwlock rwlock(kind);
    order_.clear();
    const auto reads = [&](Duration at, Duration until, char letter) {
      return [&, at, until, letter] {
        sleep(at);
        rwlock.read();
        order_ += letter;
        sleep(until - elapsed());
        rwlock.unlock();
      };
    };
    const auto writes = [&] {
      sleep(1ms);
      rwlock.write();
      order_ += 'w';
      rwlock.unlock();
    };
    return run(std::move(choices), {reads(0ms, 10ms, 'a'), writes, reads(2ms, 3ms, 'b')});
  }

  std::string order_;
};

TEST_F(RwlockOrder, LetsAReaderPassAWaitingWriterOrNotByChoice) {
  EXPECT_EQ(run_three({}, PTHREAD_RWLOCK_DEFAULT_NP), Ending::finished);
  EXPECT_EQ(order_, "abw");
  EXPECT_EQ(run_three({.waiter = {1}}, PTHREAD_RWLOCK_DEFAULT_NP), Ending::finished);
  EXPECT_EQ(order_, "awb");
}

TEST_F(RwlockOrder, LetsNoReaderPassAWriterWhereTheAttributeSaysSo) {
  EXPECT_EQ(run_three({}, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP), Ending::finished);
  EXPECT_EQ(order_, "awb");
}

// With that attribute, a reader that is in and comes again waits for the writer that waits for it.
TEST_F(RwlockOrder, DeadlocksAReaderThatComesAgainOnlyWhereTheAttributeSaysSo) {
  for (const auto& [kind, ending] :
       {std::pair{PTHREAD_RWLOCK_DEFAULT_NP, Ending::finished},
        {PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP, Ending::deadlock}}) {
    Rwlock rwlock(kind);
    const auto reads_twice = [&] {
      rwlock.read();
      sleep(2ms);
      rwlock.read();
      rwlock.unlock();
      rwlock.unlock();
    };
    const auto writes = [&] {
      sleep(1ms);
      rwlock.write();
      rwlock.unlock();
    };
    EXPECT_EQ(run({.waiter = {1}}, {reads_twice, writes}), ending);
  }
}

// The writer for which a reader stood back gives up: the reader need not wait for the other.
TEST_F(RwlockOrder, LetsAReaderInWhenTheWriterGivesUp) {
  Rwlock rwlock(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  Duration in{};
  const auto stays = [&] {
    rwlock.read();
    sleep(20ms);
    rwlock.unlock();
  };
  const auto gives_up = [&] {
    sleep(1ms);
    timespec until{};
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 4'000'000;
    EXPECT_EQ(rwlock.timed_write(until), ETIMEDOUT);
  };
  const auto reads = [&] {
    sleep(2ms);
    rwlock.read();
    in = elapsed();
    rwlock.unlock();
  };
  EXPECT_EQ(run({stays, gives_up, reads}), Ending::finished);
  EXPECT_EQ(in, 5ms);
}

// ---- misuse ----

using RwlockMisuse = WorldFixture;

TEST_F(RwlockMisuse, IsToUnlockWhatOneDoesNotHold) {
  Rwlock rwlock;
  EXPECT_EQ(run([&] { rwlock.unlock(); }), Ending::misuse);
  EXPECT_EQ(refusal(), "a rwlock is unlocked that nobody holds");
  EXPECT_EQ(run([&] {
              rwlock.read();
              elsewhere([&] { return rwlock.unlock(); });
            }),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a rwlock is unlocked by a thread that does not hold it");
}

TEST_F(RwlockMisuse, IsToDestroyOneThatIsHeld) {
  Rwlock rwlock;
  EXPECT_EQ(run([&] {
              rwlock.read();
              rwlock.destroy();
            }),
            Ending::misuse);
  EXPECT_EQ(refusal(), "a rwlock is destroyed while a thread holds it");
}

}  // namespace
}  // namespace poolproof::world
