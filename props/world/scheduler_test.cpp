// Who goes on: the choices alone decide, 0 is the plainest, and a run can be told by its hash.
#include "props/world/scheduler.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <memory>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

class Schedules : public WorldFixture {
 protected:
  // A task that writes its letter, three times, with a scheduling point before each.
  Body writes(char letter) {
    return [this, letter] {
      for (int i = 0; i < 3; ++i) {
        yield();
        text_ += letter;
      }
    };
  }

  std::string text_;
};

TEST_F(Schedules, RunTasksOneAfterTheOtherWhenNothingIsChosen) {
  EXPECT_EQ(run({writes('a'), writes('b'), writes('c')}), Ending::finished);
  EXPECT_EQ(text_, "aaabbbccc");
}

TEST_F(Schedules, GoWhereTheChoicesSay) {
  // The candidates of a choice: the current task first, then the others in the order of their
  // start.
  EXPECT_EQ(run({.schedule = {1, 1, 1, 1}}, {writes('a'), writes('b')}), Ending::finished);
  // a yields: b starts. b yields: a writes and yields: b writes and yields: a to its end.
  EXPECT_EQ(text_, "abaabb");
}

TEST_F(Schedules, AreAskedForOnlyWhereMoreThanOneTaskCanRun) {
  EXPECT_EQ(run(writes('a')), Ending::finished);
  EXPECT_EQ(text_, "aaa");
  class Refuses final : public Chooser {
    std::size_t next(std::span<const Candidate>) override { return ADD_FAILURE(), 0; }
    std::uint32_t choose(Stream, std::uint32_t) override { return ADD_FAILURE(), 0; }
  } refuses;
  EXPECT_EQ(run_under(refuses, {[&] {
                        yield();
                        sleep(1ms);
                        EXPECT_EQ(machine_.scheduler.choose(Stream::workload, 1), 0U);
                      }}),
            Ending::finished);
}

TEST_F(Schedules, ShowTheChooserTheCurrentTaskFirstAndTheClockLast) {
  class Watches final : public Chooser {
   public:
    std::size_t next(std::span<const Candidate> candidates) override {
      std::string text;
      for (const auto& [task, pending] : candidates) {
        text += pending.kind == OperationKind::clock
                    ? "clock"
                    : std::to_string(static_cast<int>(task)) + ":" +
                          std::string(name(pending.kind)) + " ";
      }
      seen.push_back(text);
      return candidates.size() > 2 ? 1 : 0;
    }
    std::uint32_t choose(Stream, std::uint32_t) override { return 0; }
    std::vector<std::string> seen;
  } watches;
  EXPECT_EQ(run_under(watches, {[&] { sleep(5ms); }, [&] { yield(); }}), Ending::finished);
  EXPECT_THAT(watches.seen,
              testing::ElementsAre("0:sleep 1:start ", "1:start clock", "1:yield clock"));
}

TEST_F(Schedules, MakeTheRunAFunctionOfItsSeed) {
  const std::vector<Body> tasks{writes('a'), writes('b'), writes('c')};
  run_with_seed(7, tasks);
  const auto hash = machine_.scheduler.hash();
  const auto steps = machine_.scheduler.steps();
  const auto switches = machine_.scheduler.switches();
  const std::string text = std::exchange(text_, {});
  run_with_seed(7, tasks);
  EXPECT_EQ(text_, text);
  EXPECT_EQ(machine_.scheduler.hash(), hash);
  EXPECT_EQ(machine_.scheduler.steps(), steps);
  EXPECT_EQ(machine_.scheduler.switches(), switches);
}

TEST_F(Schedules, ThatDifferHaveDifferentHashes) {
  run({writes('a'), writes('b')});
  const auto plainest = machine_.scheduler.hash();
  run({.schedule = {1}}, {writes('a'), writes('b')});
  EXPECT_NE(machine_.scheduler.hash(), plainest);
}

TEST_F(Schedules, OfTheSameStepsAtAnotherTimeHaveAnotherHash) {
  run([&] { sleep(1ms), yield(); });
  const auto earlier = machine_.scheduler.hash();
  run([&] { sleep(2ms), yield(); });
  EXPECT_NE(machine_.scheduler.hash(), earlier);
}

TEST_F(Schedules, LetJoinWaitForTheEndOfATask) {
  EXPECT_EQ(run({.schedule = {0, 1}},
                [&] {
                  const TaskId other = machine_.scheduler.spawn(writes('b'));
                  writes('a')();
                  machine_.scheduler.join(other);
                  text_ += '!';
                }),
            Ending::finished);
  EXPECT_EQ(text_, "abbbaa!");
}

TEST_F(Schedules, LetJoinReturnAtOnceWhenTheTaskHasFinished) {
  EXPECT_EQ(run([&] {
              const TaskId other = machine_.scheduler.spawn(writes('b'));
              sleep(1ms);
              machine_.scheduler.join(other);
              text_ += '!';
            }),
            Ending::finished);
  EXPECT_EQ(text_, "bbb!");
}

TEST_F(Schedules, StartOverCleanlyAfterARunThatWasAbandoned) {
  struct Counts {
    int& destroyed;
    ~Counts() { ++destroyed; }
  };
  int destroyed = 0;
  const std::vector<Body> stuck{[&] {
                                  const Counts counts{destroyed};
                                  machine_.scheduler.block({OperationKind::wait}, std::nullopt);
                                },
                                [&] {
                                  const Counts counts{destroyed};
                                  sleep(3ms);
                                  machine_.scheduler.stop();
                                }};
  EXPECT_EQ(run(stuck), Ending::stopped);
  EXPECT_EQ(elapsed(), 3ms);
  EXPECT_FALSE(machine_.scheduler.inside());
  EXPECT_EQ(run({writes('a'), writes('b')}), Ending::finished);
  EXPECT_EQ(text_, "aaabbb");
  EXPECT_EQ(elapsed(), 0ms);
  EXPECT_EQ(destroyed, 0) << "the frames that were left must never run on";
  EXPECT_EQ(machine_.scheduler.tasks().size(), 2U);
}

RC_GTEST_FIXTURE_PROP(Schedules, LoseNoTaskWhateverIsChosen, (std::uint64_t seed)) {
  text_.clear();
  RC_ASSERT(run_with_seed(seed, {writes('a'), writes('b'), writes('c')}) == Ending::finished);
  for (const char letter : {'a', 'b', 'c'}) {
    RC_ASSERT(std::count(text_.begin(), text_.end(), letter) == 3);
  }
}

// ---- what whoever watches may do ----

class Watched : public Schedules {
 protected:
  bool standstill() override {
    text_ += '!';
    if (!helps_) return false;
    machine_.scheduler.at(machine_.scheduler.now() + 5ms, [this] { wakes_all(); });
    return true;
  }
  void woken(TaskId) override {
    machine_.scheduler.soon([this] { text_ += 's'; });
  }
  void timed_out(TaskId) override { text_ += 't'; }

  void wakes_all() { machine_.scheduler.wake_all({OperationKind::wait, this}); }
  Body waits(std::optional<Deadline> deadline = {}) {
    return [this, deadline] {
      machine_.scheduler.block({OperationKind::wait, this}, deadline);
      text_ += 'w';
    };
  }

  bool helps_ = false;
};

TEST_F(Watched, AStandstillIsADeadlockUnlessItIsHelped) {
  EXPECT_EQ(run(waits()), Ending::deadlock);
  EXPECT_EQ(text_, "!");
  text_.clear();
  helps_ = true;
  EXPECT_EQ(run(waits()), Ending::finished);
  EXPECT_EQ(text_, "!w");
  EXPECT_EQ(elapsed(), 5ms);
}

TEST_F(Watched, WhatHappensSoonComesBetweenAWakeUpAndWhoeverRunsNext) {
  EXPECT_EQ(run({waits(),
                 [this] {
                   machine_.scheduler.watch_waits();
                   wakes_all();
                   text_ += 'a';
                   yield();
                   text_ += 'b';
                 }}),
            Ending::finished);
  EXPECT_EQ(text_, "asbw");
}

TEST_F(Watched, ADeadlineOfAWaitIsHeardOfBeforeTheWaiterRuns) {
  EXPECT_EQ(run([this] {
              machine_.scheduler.watch_waits();
              waits(Deadline(machine_.scheduler.now() + 1ms))();
            }),
            Ending::finished);
  EXPECT_EQ(text_, "tw");
}

TEST_F(Watched, NothingIsHeardOfWaitsThatAreNotWatched) {
  EXPECT_EQ(run({waits(), [this] { wakes_all(); }}), Ending::finished);
  EXPECT_EQ(text_, "w");
}

}  // namespace
}  // namespace poolproof::world
