// std::thread and std::this_thread in tasks.
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <threads.h>

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

TEST_F(StdThreads, CanBeJoinedOrDetachedOnce) {
  std::vector<int> answers;
  EXPECT_EQ(run([&] {
              const auto start = [](bool detached) {
                pthread_attr_t attributes;
                pthread_attr_init(&attributes);
                pthread_attr_setdetachstate(
                    &attributes, detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE);
                pthread_t thread{};
                pthread_create(
                    &thread, &attributes, [](void* argument) { return argument; }, nullptr);
                pthread_attr_destroy(&attributes);
                return thread;
              };
              const pthread_t detached = start(true), joined = start(false), let_go = start(false);
              answers = {pthread_join(detached, nullptr), pthread_join(joined, nullptr),
                         pthread_join(joined, nullptr),   pthread_detach(let_go),
                         pthread_detach(let_go),          pthread_join(let_go, nullptr)};
            }),
            Ending::finished);
  EXPECT_THAT(answers, testing::ElementsAre(EINVAL, 0, EINVAL, 0, EINVAL, EINVAL));
}

TEST_F(StdThreads, AreWaitedForOnlyAsLongAsAsked) {
  std::vector<int> answers;
  Duration waited{};
  EXPECT_EQ(run([&] {
              pthread_t thread{};
              pthread_create(
                  &thread, nullptr,
                  [](void*) -> void* {
                    std::this_thread::sleep_for(50ms);
                    return nullptr;
                  },
                  nullptr);
              timespec until{};
              clock_gettime(CLOCK_MONOTONIC, &until);
              until.tv_nsec += 20'000'000;
              answers.push_back(pthread_tryjoin_np(thread, nullptr));
              answers.push_back(pthread_clockjoin_np(thread, nullptr, CLOCK_MONOTONIC, &until));
              waited = elapsed();
              answers.push_back(pthread_join(thread, nullptr));
            }),
            Ending::finished);
  EXPECT_THAT(answers, testing::ElementsAre(EBUSY, ETIMEDOUT, 0));
  EXPECT_EQ(waited, 20ms);
  EXPECT_EQ(elapsed(), 50ms);
}

TEST_F(StdThreads, ThatExitInTheMiddleRunTheDestructorsOnTheirStack) {
  static std::string text;
  text.clear();
  void* result = nullptr;
  EXPECT_EQ(run([&] {
              pthread_t thread{};
              pthread_create(
                  &thread, nullptr,
                  [](void* argument) -> void* {
                    struct Says {
                      ~Says() {
                        std::this_thread::yield();  // others run while it unwinds
                        text += 'd';
                      }
                    } says;
                    const auto deeper = [&] { pthread_exit(argument); };
                    deeper();
                    text += 'x';
                    return nullptr;
                  },
                  &text);
              pthread_join(thread, &result);
            }),
            Ending::finished);
  EXPECT_EQ(text, "d");
  EXPECT_EQ(result, &text);
}

TEST_F(StdThreads, ThatSwallowTheirExitEndTheRun) {
  EXPECT_EQ(run([] {
              std::thread([] {
                try {
                  pthread_exit(nullptr);
                } catch (...) {  // NOLINT(bugprone-empty-catch): that is the mistake
                }
              }).join();
            }),
            Ending::misuse);
  EXPECT_THAT(refusal(), testing::HasSubstr("a catch (...) that does not rethrow"));
}

TEST_F(StdThreads, HaveValuesOfTheirOwnForAKeyAndDestroyThemAtTheirEnd) {
  static std::multiset<int> destroyed;
  destroyed.clear();
  std::multiset<int> seen;
  EXPECT_EQ(run([&] {
              pthread_key_t key{};
              pthread_key_create(&key, [](void* value) {
                destroyed.insert(*static_cast<int*>(value));
                delete static_cast<int*>(value);
              });
              std::vector<std::thread> threads;
              for (int i = 1; i <= 3; ++i) {
                threads.emplace_back([&, i] {
                  if (pthread_getspecific(key) != nullptr) seen.insert(-1);
                  pthread_setspecific(key, new int(i));
                  std::this_thread::yield();
                  seen.insert(*static_cast<int*>(pthread_getspecific(key)));
                });
              }
              for (auto& thread : threads) thread.join();
            }),
            Ending::finished);
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(destroyed, testing::ElementsAre(1, 2, 3));
}

TEST_F(StdThreads, OfC11HaveThemToo) {
  std::vector<int> seen;
  int result = 0;
  EXPECT_EQ(run([&] {
              static tss_t key{};
              tss_create(&key, nullptr);
              int mine = 1;
              tss_set(key, &mine);
              thrd_t thread{};
              thrd_create(
                  &thread, [](void*) { return tss_get(key) == nullptr ? 42 : 0; }, nullptr);
              thrd_join(thread, &result);
              seen.push_back(*static_cast<int*>(tss_get(key)));
            }),
            Ending::finished);
  EXPECT_EQ(result, 42);
  EXPECT_THAT(seen, testing::ElementsAre(1));
}

thread_local int uses_of_this_thread = 0;
struct CountsItsEnd {
  int& ends;
  ~CountsItsEnd() { ++ends; }
};

// On fibers it would be one variable for all tasks: see Accused.
TEST_F(StdThreads, HaveThreadLocalObjectsOfTheirOwnOnTheThreadCarrier) {
  if (machine_.carrier == CarrierKind::fiber) GTEST_SKIP() << "fibers share them";
  machine_.scheduler.carriers().use_fresh_threads(true);
  static int ends = 0;
  ends = 0;
  std::vector<int> seen;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run([&] {
                std::vector<std::thread> threads;
                for (int j = 0; j < 3; ++j) {
                  threads.emplace_back([&] {
                    thread_local const CountsItsEnd counts{ends};
                    std::this_thread::yield();
                    seen.push_back(++uses_of_this_thread + 0 * counts.ends);
                  });
                }
                for (auto& thread : threads) thread.join();
                seen.push_back(10 + ends);
                ends = 0;
              }),
              Ending::finished);
  }
  EXPECT_THAT(seen, testing::ElementsAre(1, 1, 1, 13, 1, 1, 1, 13, 1, 1, 1, 13));
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
