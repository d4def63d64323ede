// How a run can end. Whatever a task does, the process lives on, and the next run is a clean one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "props/world/world_fixture.hpp"

#undef NDEBUG  // for assert() in tasks
#include <cassert>

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

class Endings : public WorldFixture {
 protected:
  void TearDown() override {
    bool ran = false;
    EXPECT_EQ(run([&] { yield(), ran = true; }), Ending::finished) << "of the next run";
    EXPECT_TRUE(ran);
    EXPECT_EQ(refusal(), "");
  }
};

TEST_F(Endings, AreFinishedWhenEveryTaskHasCome) {
  EXPECT_EQ(run({[&] { yield(); }, [&] { sleep(1s); }}), Ending::finished);
  EXPECT_EQ(refusal(), "");
}

TEST_F(Endings, AreADeadlockWhenTasksAreLeftAndNoTimerIs) {
  const auto waits = [&] { machine_.scheduler.block({OperationKind::wait}, std::nullopt); };
  EXPECT_EQ(run({[&] { sleep(1s); }, waits}), Ending::deadlock);
  EXPECT_EQ(elapsed(), 1s) << "as long as a timer is armed there is hope";
}

TEST_F(Endings, AreARunawayWhenATaskGoesInCircles) {
  EXPECT_EQ(run([&] {
              for (;;) yield();
            }),
            Ending::runaway);
}

TEST_F(Endings, AreARunawayEvenIfTimePassesInTheCircle) {
  EXPECT_EQ(run([&] {
              for (;;) sleep(1ms);
            }),
            Ending::runaway);
}

TEST_F(Endings, AreAStopWhenTheWatcherHasSeenEnough) {
  bool went_on = false;
  EXPECT_EQ(run({[&] {
                   machine_.scheduler.stop();
                   went_on = true;
                 },
                 [&] { went_on = true; }}),
            Ending::stopped);
  EXPECT_FALSE(went_on);
  EXPECT_EQ(refusal(), "");
}

// ---- the task would end the process ----

TEST_F(Endings, AreMisuseWhenATaskAborts) {
  EXPECT_EQ(run([] { std::abort(); }), Ending::misuse);
  EXPECT_EQ(refusal(), "the process is aborted");
}

TEST_F(Endings, TellTheLastWordsOfATaskThatAborts) {
  EXPECT_EQ(run([] {
              std::fputs("all is well\nslot 3 is owned twice\n", stderr);
              std::abort();
            }),
            Ending::misuse);
  EXPECT_EQ(refusal(), "the process is aborted, after it had written: slot 3 is owned twice");
}

TEST_F(Endings, TellNoWordsOfTheRunBefore) {
  run([] { std::fputs("of the run before\n", stderr); });
  EXPECT_EQ(run([] { std::abort(); }), Ending::misuse);
  EXPECT_EQ(refusal(), "the process is aborted");
}

TEST_F(Endings, AreMisuseWhenATaskExits) {
  EXPECT_EQ(run([] { std::exit(3); }), Ending::misuse);
  EXPECT_EQ(refusal(), "the process exits with status 3");
  EXPECT_EQ(run([] { _exit(4); }), Ending::misuse);
  EXPECT_EQ(refusal(), "the process exits at once with status 4");
}

TEST_F(Endings, AreMisuseWhenAnAssertionOfATaskFails) {
  int slots = 3, capacity = 2;
  EXPECT_EQ(run([&] { assert(slots <= capacity); }), Ending::misuse);
  EXPECT_EQ(refusal(), "an assertion fails: slots <= capacity");
}

TEST_F(Endings, AreMisuseWhenATaskLetsAnExceptionEscape) {
  EXPECT_EQ(run([] { throw std::runtime_error("nobody catches this"); }), Ending::misuse);
  EXPECT_EQ(refusal(), "an exception escapes from a thread: nobody catches this");
}

// ---- standard error ----

TEST_F(Endings, KeepStandardErrorFromTheTerminalDuringTheRunOnly) {
  testing::internal::CaptureStderr();
  run([] { std::fputs("inside\n", stderr); });
  std::fputs("outside\n", stderr);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "outside\n");
  EXPECT_EQ(machine_.last_words(), "inside");
}

TEST_F(Endings, KeepTheEndOfWhatWasWrittenHoweverMuchItWas) {
  run([] {
    for (int i = 0; i < 10'000; ++i) std::fprintf(stderr, "line %d\n", i);
  });
  EXPECT_EQ(machine_.last_words(), "line 9999");
}

}  // namespace
}  // namespace poolproof::world
