// std::thread and std::this_thread in tasks.
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <cerrno>
#include <set>
#include <stdexcept>
#include <thread>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using namespace std::chrono_literals;

using StdThreads = WorldFixture;

TEST_F(StdThreads, AreTasksOfTheMachine) {
  std::string text;
  EXPECT_EQ(run([&] {
              std::thread thread([&] {
                std::this_thread::sleep_for(5ms);
                text += 'b';
              });
              text += 'a';
              thread.join();
              text += 'c';
            }),
            Ending::finished);
  EXPECT_EQ(text, "abc");
  EXPECT_EQ(machine_.scheduler.tasks().size(), 2U);
  EXPECT_EQ(elapsed(), 5ms);
}

TEST_F(StdThreads, HaveAnIdOfTheirOwn) {
  std::set<std::thread::id> ids{std::thread::id()};  // of no thread
  bool same_as_handle = false;
  EXPECT_EQ(run([&] {
              ids.insert(std::this_thread::get_id());
              std::thread thread([&] { ids.insert(std::this_thread::get_id()); });
              same_as_handle = ids.count(thread.get_id()) == 0;
              const auto id = thread.get_id();
              thread.join();
              same_as_handle &= ids.count(id) == 1;
            }),
            Ending::finished);
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_TRUE(same_as_handle);
}

TEST_F(StdThreads, LetGoWithoutAJoinRunOn) {
  bool ran = false;
  EXPECT_EQ(run([&] { std::thread([&] { ran = true; }).detach(); }), Ending::finished);
  EXPECT_TRUE(ran);
}

TEST_F(StdThreads, SleepUntilAnInstantOfEitherClock) {
  Duration steady{}, wall{};
  EXPECT_EQ(run([&] {
              std::this_thread::sleep_until(std::chrono::steady_clock::now() + 20ms);
              steady = elapsed();
              std::this_thread::sleep_until(std::chrono::system_clock::now() + 20ms);
              wall = elapsed();
            }),
            Ending::finished);
  EXPECT_EQ(steady, 20ms);
  EXPECT_EQ(wall, 40ms);
}

TEST_F(StdThreads, GiveWayWhenTheyYield) {
  std::string text;
  const auto task = [&](char letter) {
    return [&, letter] {
      text += letter;
      std::this_thread::yield();
      text += letter;
    };
  };
  EXPECT_EQ(run({.schedule = {1}}, {task('a'), task('b')}), Ending::finished);
  EXPECT_EQ(text, "abba");
}

TEST_F(StdThreads, GiveTheirResultToWhoeverJoinsThem) {
  int value = 0;
  void* result = nullptr;
  EXPECT_EQ(run([&] {
              pthread_t thread{};
              pthread_create(
                  &thread, nullptr, [](void* argument) { return argument; }, &value);
              pthread_join(thread, &result);
            }),
            Ending::finished);
  EXPECT_EQ(result, &value);
}

TEST_F(StdThreads, CannotJoinThemselvesNorWhatIsNoThread) {
  std::vector<int> answers;
  EXPECT_EQ(run([&] {
              pthread_t thread{};
              pthread_create(
                  &thread, nullptr,
                  [](void* seen) -> void* {
                    static_cast<std::vector<int>*>(seen)->push_back(
                        pthread_join(pthread_self(), nullptr));
                    return nullptr;
                  },
                  &answers);
              pthread_join(thread, nullptr);
              answers.push_back(pthread_join(pthread_t{4242}, nullptr));
            }),
            Ending::finished);
  EXPECT_THAT(answers, testing::ElementsAre(EDEADLK, ESRCH));
}

// errno is one thread_local variable under all fibers, and the exceptions in flight are, too.
RC_GTEST_FIXTURE_PROP(StdThreads, KeepErrnoAndExceptionsApartWhateverIsChosen,
                      (std::uint64_t seed)) {
  int mixed_up = 0;
  const auto task = [&](int number) {
    return [&, number] {
      for (int i = 0; i < 3; ++i) {
        errno = number;
        yield();
        mixed_up += errno != number;
        try {
          throw number;
        } catch (int) {
          yield();
          try {
            throw;
          } catch (int again) {
            mixed_up += again != number;
          }
        }
      }
    };
  };
  RC_ASSERT(run_with_seed(seed, {task(1), task(2), task(3)}) == Ending::finished);
  RC_ASSERT(mixed_up == 0);
}

TEST(OutsideATask, ThreadsAreRealAgain) {
  bool inside = true;
  std::thread([&] { inside = Machine::inside() != nullptr; }).join();
  EXPECT_FALSE(inside);
}

}  // namespace
}  // namespace poolproof::world
