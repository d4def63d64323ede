// What pthread_once and its kin do, on both machines; and what a task that calls one may find.
#include <pthread.h>
#include <threads.h>

#include <mutex>
#include <stdexcept>

#include "props/world/sync_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

int ran = 0;  // of plain routines, which are given nothing

const SyncCase kCases[] = {
    {"RunsARoutineOnce",
     [] {
       pthread_once_t once = PTHREAD_ONCE_INIT;
       once_flag flag = ONCE_FLAG_INIT;
       ran = 0;
       Answers answers;
       for (int i = 0; i < 2; ++i) {
         answers.push_back(pthread_once(&once, [] { ++ran; }));
         call_once(&flag, [] { ran += 10; });
         answers.push_back(ran);
       }
       return answers;
     },
     {0, 11, 0, 11}},
    {"RunsTheRoutineAgainAfterAnException",
     [] {
       std::once_flag flag;
       Answers answers;
       const auto fails = [] { throw std::runtime_error("not yet"); };
       for (int i = 0; i < 2; ++i) {
         try {
           std::call_once(flag, fails);
         } catch (const std::runtime_error&) {
           answers.push_back(-1);
         }
       }
       std::call_once(flag, [&] { answers.push_back(1); });
       std::call_once(flag, [&] { answers.push_back(2); });
       return answers;
     },
     {-1, -1, 1}},
    {"IsOverForAllWhenItReturnsForOne",
     [] {
       std::once_flag flag;
       int made = 0;
       int seen = 0;
       std::mutex mutex;
       const auto uses = [&] {
         std::call_once(flag, [&] {
           std::this_thread::yield();
           ++made;
         });
         const std::lock_guard lock(mutex);
         seen += made;
       };
       std::thread a(uses), b(uses), c(uses);
       a.join(), b.join(), c.join();
       return Answers{made, seen};
     },
     {1, 3}},
    // Each thread runs its own callable, whoever else is on the way into another call.
    {"RunsItsOwnCallable",
     [] {
       std::once_flag flags[3];
       Answers answers(3);
       const auto calls = [&](int index) {
         return [&, index] {
           std::call_once(flags[index], [&, index] { answers[index] = index + 1; });
         };
       };
       std::thread a(calls(0)), b(calls(1)), c(calls(2));
       a.join(), b.join(), c.join();
       return answers;
     },
     {1, 2, 3}},
    {"NestsInAnother",
     [] {
       std::once_flag outer;
       std::once_flag inner;
       Answers answers;
       std::call_once(outer, [&] {
         std::call_once(inner, [&] { answers.push_back(1); });
         answers.push_back(2);
       });
       return answers;
     },
     {1, 2}},
};

POOLPROOF_ON_BOTH_MACHINES(Once, kCases);

using Onces = WorldFixture;

TEST_F(Onces, BlockWhoComesWhileTheRoutineRuns) {
  std::once_flag flag;
  Duration passed{};
  EXPECT_EQ(run({[&] { std::call_once(flag, [&] { sleep(10ms); }); },
                 [&] {
                   sleep(1ms);
                   std::call_once(flag, [] {});
                   passed = elapsed();
                 }}),
            Ending::finished);
  EXPECT_EQ(passed, 10ms);
}

TEST_F(Onces, CalledFromTheirOwnRoutineDeadlock) {
  std::once_flag flag;
  EXPECT_EQ(run([&] { std::call_once(flag, [&] { std::call_once(flag, [] {}); }); }),
            Ending::deadlock);
}

TEST_F(Onces, AreNotInProgressInTheRunAfterOneThatEndedInTheirRoutine) {
  std::once_flag flag;
  EXPECT_EQ(run([&] { std::call_once(flag, [&] { machine_.scheduler.stop(); }); }),
            Ending::stopped);
  bool done = false;
  EXPECT_EQ(run([&] { std::call_once(flag, [&] { done = true; }); }), Ending::finished);
  EXPECT_TRUE(done);
}

TEST_F(Onces, DoneOutsideAreDoneInside) {
  std::once_flag flag;
  int runs = 0;
  const auto counts = [&] { std::call_once(flag, [&] { ++runs; }); };
  counts();
  EXPECT_EQ(run(counts), Ending::finished);
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace poolproof::world
