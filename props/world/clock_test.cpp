// All clocks of the C library and of the standard library tell virtual time, and tell the same.
#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;

class Clocks : public WorldFixture {
 protected:
  // What all the clocks say has passed while `body` ran in a task.
  std::vector<Duration> passed(Body body) {
    std::vector<Duration> before, after;
    EXPECT_EQ(run([&] {
                before = read();
                body();
                after = read();
              }),
              Ending::finished);
    std::vector<Duration> result;
    for (std::size_t i = 0; i < after.size(); ++i) result.push_back(after[i] - before[i]);
    return result;
  }

 private:
  static std::vector<Duration> read() {
    timespec monotonic{}, coarse{};
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_REALTIME_COARSE, &coarse);
    timeval of_day{};
    gettimeofday(&of_day, nullptr);
    return {std::chrono::steady_clock::now().time_since_epoch(),
            std::chrono::system_clock::now().time_since_epoch(),
            to_duration(monotonic),
            to_duration(coarse),
            std::chrono::seconds(of_day.tv_sec) + std::chrono::microseconds(of_day.tv_usec),
            std::chrono::seconds(time(nullptr))};
  }
};

TEST_F(Clocks, AgreeOnHowLongASleepTook) {
  EXPECT_THAT(passed([&] { sleep(3s); }), Each(Duration(3s)));
}

TEST_F(Clocks, TellFractionsOfASecondIfTheyCan) {
  const std::vector<Duration> all = passed([&] { sleep(1500us); });
  ASSERT_EQ(all.size(), 6U);
  EXPECT_THAT(std::vector(all.begin(), all.end() - 1), Each(Duration(1500us)));
  EXPECT_EQ(all.back(), 0s) << "time() has whole seconds only";
}

TEST_F(Clocks, StandStillWhileATaskRuns) {
  EXPECT_THAT(passed([&] { yield(); }), Each(Duration(0)));
}

TEST_F(Clocks, MoveByAsMuchAsEachKindOfSleepWasToldTo) {
  EXPECT_THAT(passed([] {
                const timespec duration{.tv_sec = 1, .tv_nsec = 0};
                nanosleep(&duration, nullptr);
              }),
              Each(Duration(1s)));
  EXPECT_THAT(passed([] {
                const timespec duration{.tv_sec = 2, .tv_nsec = 0};
                clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nullptr);
              }),
              Each(Duration(2s)));
  EXPECT_THAT(passed([] {
                timespec when{};
                clock_gettime(CLOCK_REALTIME, &when);
                when.tv_sec += 3;
                clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &when, nullptr);
              }),
              Each(Duration(3s)));
  EXPECT_THAT(passed([] { usleep(4'000'000); }), Each(Duration(4s)));
  EXPECT_THAT(passed([] { ::sleep(5); }), Each(Duration(5s)));
}

TEST_F(Clocks, RefuseASleepThatIsNoDuration) {
  const timespec nonsense{.tv_sec = 0, .tv_nsec = 1'000'000'000};
  std::vector<int> answers;
  EXPECT_EQ(run([&] {
              answers.push_back(nanosleep(&nonsense, nullptr));
              answers.push_back(errno);
              answers.push_back(clock_nanosleep(CLOCK_MONOTONIC, 0, &nonsense, nullptr));
            }),
            Ending::finished);
  EXPECT_THAT(answers, ElementsAre(-1, EINVAL, EINVAL));
}

TEST_F(Clocks, MoveForWhoDoesNothingButLookAtThem) {
  int looks = 0;
  EXPECT_EQ(run([&] {
              const auto begin = std::chrono::steady_clock::now();
              while (std::chrono::steady_clock::now() < begin + 1ms) ++looks;
            }),
            Ending::finished);
  EXPECT_EQ(elapsed(), 1ms);
  EXPECT_LT(looks, 100'000);
}

// Code may take 0 for "never", and a date of 1970 for a broken clock.
TEST_F(Clocks, BeginAtTheSameDayInEachRunAndNeverAtZero) {
  std::vector<Duration> steady, wall;
  for (int i = 0; i < 2; ++i) {
    run([&] {
      steady.push_back(std::chrono::steady_clock::now().time_since_epoch());
      wall.push_back(std::chrono::system_clock::now().time_since_epoch());
      sleep(1h);
    });
  }
  EXPECT_THAT(steady, Each(kMonotonicEpoch));
  EXPECT_THAT(wall, Each(kWallEpoch));
}

// ---- the wall clock is set ----

TEST_F(Clocks, OfTheWallMayBeSetAndTheMonotonicOnesGoOn) {
  for (const auto& [direction, step] : {std::pair{0U, Duration(1h)}, {1U, Duration(-1h)}}) {
    Duration wall{}, steady{};
    EXPECT_EQ(run({.machine = {0, 1, direction}},
                  [&] {
                    machine_.faults.allow(FaultSet{}.set());
                    const auto wall_before = std::chrono::system_clock::now();
                    const auto steady_before = std::chrono::steady_clock::now();
                    wall = std::chrono::system_clock::now() - wall_before;
                    steady = std::chrono::steady_clock::now() - steady_before;
                  }),
              Ending::finished);
    EXPECT_EQ(wall, step);
    EXPECT_EQ(steady, 0s);
  }
}

TEST_F(Clocks, OfTheWallEndWaitsForThemEarlierOrLaterWhenTheyAreSet) {
  for (const auto& [step, ended] :
       {std::pair{Duration(1h), Duration(10ms)}, {Duration(-1h), Duration(1h + 30ms)}}) {
    Duration on_the_wall{}, monotonic{};
    const auto waits_by = [](clockid_t clock, Duration& at, auto now) {
      return [clock, &at, now] {
        timespec until{};
        clock_gettime(clock, &until);
        until.tv_nsec += 30'000'000;
        clock_nanosleep(clock, TIMER_ABSTIME, &until, nullptr);
        at = now();
      };
    };
    const auto now = [&] { return elapsed(); };
    const auto sets = [&, step = step] {
      sleep(10ms);
      machine_.clocks.set_wall_clock(step);
    };
    EXPECT_EQ(run({waits_by(CLOCK_REALTIME, on_the_wall, now),
                   waits_by(CLOCK_MONOTONIC, monotonic, now), sets}),
              Ending::finished);
    EXPECT_EQ(on_the_wall, ended);
    EXPECT_EQ(monotonic, 30ms);
  }
}

TEST(OutsideATask, ClocksAreReal) {
  // Some day in 2024 or later that is not the one at which each run begins, and time passes.
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_GT(now, std::chrono::hours(24 * 365 * 54));
  EXPECT_NE(std::chrono::floor<std::chrono::seconds>(now), kWallEpoch);
  const auto before = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() == before) {
  }
}

}  // namespace
}  // namespace poolproof::world
