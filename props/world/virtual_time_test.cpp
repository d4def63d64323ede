// Time moves only when no task can run, or when the clock is chosen; timers fire in the order of
// their deadlines.
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class VirtualTime : public WorldFixture {
 protected:
  // A task that sleeps and then writes its letter.
  Body sleeps(Duration duration, char letter) {
    return [this, duration, letter] {
      sleep(duration);
      text_ += letter;
    };
  }

  std::string text_;
};

TEST_F(VirtualTime, StandsStillWhileTasksRun) {
  EXPECT_EQ(run([&] {
              for (int i = 0; i < 100; ++i) yield();
            }),
            Ending::finished);
  EXPECT_EQ(elapsed(), 0ns);
  EXPECT_THAT(quiet_spans(), IsEmpty());
}

TEST_F(VirtualTime, JumpsToTheEarliestTimerWhenNoTaskCanRun) {
  EXPECT_EQ(run({sleeps(20ms, 'a'), sleeps(10ms, 'b')}), Ending::finished);
  EXPECT_EQ(text_, "ba");
  EXPECT_EQ(elapsed(), 20ms);
}

TEST_F(VirtualTime, TellsTheObserverWheneverItPassesWithNothingAbleToRun) {
  EXPECT_EQ(run({sleeps(20ms, 'a'), sleeps(10ms, 'b')}), Ending::finished);
  EXPECT_THAT(quiet_spans(), ElementsAre(Pair(0ms, 10ms), Pair(10ms, 20ms)));
}

TEST_F(VirtualTime, TellsTheObserverOnlyOnceOfTimersThatTie) {
  EXPECT_EQ(run({sleeps(10ms, 'a'), sleeps(10ms, 'b')}), Ending::finished);
  EXPECT_THAT(quiet_spans(), ElementsAre(Pair(0ms, 10ms)));
}

TEST_F(VirtualTime, IsLazyWhileTheClockIsNotChosen) {
  std::vector<Duration> seen;
  EXPECT_EQ(run({.schedule = {1}}, {sleeps(10ms, 'a'),
                                    [&] {
                                      for (int i = 0; i < 3; ++i) yield();
                                      seen.push_back(elapsed());
                                    }}),
            Ending::finished);
  EXPECT_THAT(seen, ElementsAre(0ms));
}

// Between any two steps of a task another one's deadline may pass: it is a slow thread.
TEST_F(VirtualTime, RacesWhenTheClockIsChosen) {
  std::vector<Duration> seen;
  // The sleeper goes to sleep; the other starts; at its first yield the candidates are the other
  // itself and the clock.
  EXPECT_EQ(run({.schedule = {0, 0, 1, 1}}, {sleeps(10ms, 'a'),
                                             [&] {
                                               seen.push_back(elapsed());
                                               yield();
                                               text_ += 'b';
                                               seen.push_back(elapsed());
                                             }}),
            Ending::finished);
  EXPECT_THAT(seen, ElementsAre(0ms, 10ms));
  EXPECT_EQ(text_, "ab");
  EXPECT_THAT(quiet_spans(), IsEmpty()) << "a task could run all the time";
}

TEST_F(VirtualTime, FiresTimersThatTieInTheOrderThatIsChosen) {
  EXPECT_EQ(run({sleeps(10ms, 'a'), sleeps(10ms, 'b')}), Ending::finished);
  EXPECT_EQ(text_, "ab");
  text_.clear();
  // a or b, b or the clock, b or the clock; then both sleep, and the fourth choice is between them.
  EXPECT_EQ(run({.schedule = {0, 0, 0, 1}}, {sleeps(10ms, 'a'), sleeps(10ms, 'b')}),
            Ending::finished);
  EXPECT_EQ(text_, "ba");
  EXPECT_THAT(quiet_spans(), ElementsAre(Pair(0ms, 10ms)));
}

TEST_F(VirtualTime, DoesNotPassForASleepThatIsOver) {
  EXPECT_EQ(run({sleeps(0ms, 'a'), sleeps(-5ms, 'b')}), Ending::finished);
  EXPECT_EQ(elapsed(), 0ms);
  EXPECT_THAT(quiet_spans(), IsEmpty());
}

TEST_F(VirtualTime, SaysWhetherAWaitEndedByItsDeadline) {
  std::vector<bool> woken;
  const Operation operation{OperationKind::wait, this};
  const auto waits = [&] { woken.push_back(machine_.scheduler.block(operation, Time{10ms})); };
  const auto wakes_one = [&] {
    sleep(4ms);
    machine_.scheduler.wake(*machine_.scheduler.blocked_on(operation).front());
  };
  EXPECT_EQ(run({waits, waits, wakes_one}), Ending::finished);
  EXPECT_THAT(woken, ElementsAre(true, false));
  EXPECT_EQ(elapsed(), 10ms);
}

TEST_F(VirtualTime, StartsAtZeroInEachRun) {
  run(sleeps(1h, 'a'));
  EXPECT_EQ(elapsed(), 1h);
  std::vector<Duration> seen;
  run([&] { seen.push_back(elapsed()); });
  EXPECT_THAT(seen, ElementsAre(0ns));
}

// Racing or not: nobody wakes before the deadline, and earlier deadlines wake first.
RC_GTEST_FIXTURE_PROP(VirtualTime, NeverFiresATimerOutOfTurn, (std::uint64_t seed)) {
  const auto sleeps_ms =
      *rc::gen::container<std::vector<int>>(4, rc::gen::element(0, 1, 10, 10, 20));
  std::vector<Duration> woken;
  bool early = false;
  std::vector<Body> tasks;
  for (const int each : sleeps_ms) {
    tasks.push_back([&, each] {
      const Duration until = elapsed() + std::chrono::milliseconds(each);
      sleep(std::chrono::milliseconds(each));
      early |= elapsed() < until;
      woken.push_back(elapsed());
    });
  }
  RC_ASSERT(run_with_seed(seed, tasks) == Ending::finished);
  RC_ASSERT(woken.size() == tasks.size());
  RC_ASSERT(std::is_sorted(woken.begin(), woken.end()));
  RC_ASSERT(!early);
}

TEST_F(VirtualTime, NeverReachesADeadlineThatMeansForEver) {
  bool woken = false;
  const Operation operation{OperationKind::wait, this};
  const auto waits = [&] {
    woken = machine_.scheduler.block(operation, Time(std::chrono::hours(24 * 365 * 200)));
  };
  EXPECT_EQ(run(waits), Ending::deadlock);
  EXPECT_FALSE(woken);
}

// ---- the modes ----

// ---- events: what happens by itself, in no task ----

TEST_F(VirtualTime, BringsEventsInOrderWhenNoTaskCanRun) {
  std::string seen;
  EXPECT_EQ(run([&] {
              auto& scheduler = machine_.scheduler;
              scheduler.at(scheduler.now() + 2ms, [&] { seen += 'b'; });
              scheduler.at(scheduler.now() + 1ms, [&] { seen += 'a'; });
              scheduler.at(scheduler.now() + 2ms, [&] { seen += 'c'; });
              seen += '-';
              sleep(3ms);
              seen += '.';
            }),
            Ending::finished);
  EXPECT_EQ(seen, "-abc.");
  EXPECT_THAT(quiet_spans(), ElementsAre(Span(0ms, 1ms), Span(1ms, 2ms), Span(2ms, 3ms)));
}

TEST_F(VirtualTime, BringsAnEventBeforeATimerThatTiesWithIt) {
  bool woken = false;
  EXPECT_EQ(run([&] {
              auto& scheduler = machine_.scheduler;
              Task& me = scheduler.current();
              scheduler.at(scheduler.now() + 1ms, [&] {
                EXPECT_TRUE(scheduler.in_event());
                scheduler.wake(me);
              });
              woken = scheduler.block({OperationKind::sleep}, scheduler.now() + 1ms);
            }),
            Ending::finished);
  EXPECT_TRUE(woken);
}

TEST_F(VirtualTime, BringsAnEventEarlyWhenTheClockIsChosen) {
  std::string seen;
  // Asked at the yield: the task, or the clock.
  EXPECT_EQ(run({.schedule = {1}},
                [&] {
                  auto& scheduler = machine_.scheduler;
                  scheduler.at(scheduler.now() + 1ms, [&] { seen += "event "; });
                  yield();
                  seen += "task";
                }),
            Ending::finished);
  EXPECT_EQ(seen, "event task");
  EXPECT_EQ(elapsed(), 1ms);
}

TEST_F(VirtualTime, BringsNoEventThatWasCalledOffNorAnyAfterTheLastTask) {
  bool happened = false;
  EXPECT_EQ(run([&] {
              auto& scheduler = machine_.scheduler;
              const EventId event = scheduler.at(scheduler.now(), [&] { happened = true; });
              scheduler.call_off(event);
              sleep(1ms);
              scheduler.at(scheduler.now() + 1ms, [&] { happened = true; });
            }),
            Ending::finished);
  EXPECT_FALSE(happened);
  EXPECT_EQ(elapsed(), 1ms);
}

RC_GTEST_FIXTURE_PROP(VirtualTime, OfTheLazyKindPassesOnlyWhenNoTaskCanRun, (std::uint64_t seed)) {
  machine_.scheduler.set_time_mode(TimeMode::lazy);
  Duration seen{};
  const auto works = [&] {
    for (int i = 0; i < 10; ++i) yield();
    seen = std::max(seen, elapsed());
  };
  RC_ASSERT(run_with_seed(seed, {works, works, sleeps(10ms, 'a'), sleeps(20ms, 'b')}) ==
            Ending::finished);
  RC_ASSERT(seen == Duration{0});
}

// How slow the slowest of some threads was: the longest time that passed between two of its steps.
class Slowness {
 public:
  void step(Duration now) {
    most_ = std::max(most_, now - last_);
    last_ = now;
  }
  Duration most() const { return most_; }

 private:
  Duration last_{}, most_{};
};

RC_GTEST_FIXTURE_PROP(VirtualTime, OfTheBoundedKindLetsNoTaskBeSlowerThanItsBound,
                      (std::uint64_t seed)) {
  machine_.scheduler.set_time_mode(TimeMode::bounded, 10ms);
  Slowness slowness;
  const auto works = [&] {
    for (int i = 0; i < 10; ++i) {
      slowness.step(elapsed());
      yield();
    }
    slowness.step(elapsed());
  };
  const auto ticks = [&] {
    for (int i = 0; i < 10; ++i) sleep(4ms);
  };
  RC_ASSERT(run_with_seed(seed, {works, ticks}) == Ending::finished);
  RC_ASSERT(slowness.most() <= 10ms);
}

TEST_F(VirtualTime, OfTheBoundedKindRacesUpToItsBound) {
  machine_.scheduler.set_time_mode(TimeMode::bounded, 10ms);
  Duration slowest{};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Slowness slowness;
    run_with_seed(seed, {[&] {
                           for (int i = 0; i < 10; ++i) {
                             yield();
                             slowness.step(elapsed());
                           }
                         },
                         [&] {
                           for (int i = 0; i < 10; ++i) sleep(4ms);
                         }});
    slowest = std::max(slowest, slowness.most());
  }
  EXPECT_EQ(slowest, 8ms) << "of ticks of 4 ms two fit";
}

}  // namespace
}  // namespace poolproof::world
