// Of whatever small program, an exploration sees each class of schedules once: no more and no fewer
// than who tries every schedule there is.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "props/explore/dpor/random_programs.hpp"

namespace poolproof::explore::dpor {
namespace {

// A program with more schedules than that is too large to be tried out in full: it loses its last
// statements until it is not.
constexpr std::size_t kMostSchedules = 20'000;

void check_each_class_comes_once(std::vector<Task> tasks) {
  until_it_fits(std::move(tasks), [](const std::vector<Task>& each) {
    Body body = body_of(each);
    const Outcomes all = tried(body, {}, kMostSchedules);
    if (!all.complete) return false;
    RC_ASSERT(flaw_of_any(body, all) == "");
    return true;
  });
}

// Nor can its classes be counted otherwise than by exploring it in another order.
constexpr std::size_t kMostClasses = 3'000;

void check_both_orders_agree(std::vector<Task> tasks) {
  until_it_fits(std::move(tasks), [](const std::vector<Task>& each) {
    Body body = body_of(each);
    tried(body, {}, 20);  // the machine's own memory has grown to what it needs
    const Outcomes all = explored(body, TaskOrder::first_come, {}, kMostClasses);
    RC_ASSERT(all.trouble == "");
    if (!all.complete) return false;
    RC_ASSERT(!all.approximate);
    RC_ASSERT(flaw_of(explored(body, TaskOrder::last_come), all) == "");
    return true;
  });
}

RC_GTEST_PROP(AnExplorationOfAnyTwoTasks, SeesEachClassOnce, ()) {
  check_each_class_comes_once(*programs(2, 3, kAllKinds));
}

RC_GTEST_PROP(AnExplorationOfAnyThreeTasks, SeesEachClassOnce, ()) {
  check_each_class_comes_once(*programs(3, 2, kExactKinds));
}

using K = Statement::Kind;

// Each was once explored in part.
const std::array<std::vector<Task>, 8> kOnceMissed{{
    // A lock that was taken at a try counted as free.
    {{{K::try_lock, 0}, {K::lock, 0}}, {{K::nest, 0}}},
    // A run that was cut short told of no races: where all that went on from a state was cut short,
    // nobody tried what should have come first.
    {{{K::lock, 0}, {K::make, 0}}, {{K::lock, 0}, {K::lock_made, 0}}, {{K::lock_made, 0}}},
    // Whose deadline had come, and who still waited for the lock, was taken to race as if it had
    // not.
    {{{K::lock, 0}, {K::tell_one, 0}}, {{K::lock, 1}, {K::wait_10, 0}}, {{K::wait_10, 1}}},
    // A deadline that was called off, and could come after what was new only.
    {{{K::wait_20, 1}, {K::lock, 0}},
     {{K::lock, 0}, {K::wait_20, 0}},
     {{K::tell_one, 1}, {K::sleep_10, 0}}},
    {{{K::tell_one, 1}, {K::wait_10, 1}},
     {{K::nest, 0}, {K::tell_one, 0}, {K::lock, 0}},
     {{K::wait_10, 0}, {K::lock, 1}}},
    // What was to happen in no task, and was called off, was not told to depend on that; nor was it
    // told to come before a timer that is due with it.
    {{{K::lock, 0}}, {{K::set_alarm, 0}}, {{K::lock, 1}}},
    {{{K::lock, 1}}, {{K::wait_20, 0}}, {{K::set_alarm, 0}}},
    // It was called off by what was due before it, and could come only before that was planned. And
    // what is still to come when all ends was not known to be called off by that.
    {{{K::lock, 0}}, {{K::set_alarm, 0}}, {{K::stop_alarm, 0}}},
}};

TEST(AnExploration, SeesTheSameClassesInBothOrdersOfWhatWasOnceMissed) {
  for (const auto& tasks : kOnceMissed) {
    Body body = body_of(tasks);
    tried(body, {}, 20);  // the machine's own memory has grown to what it needs
    const Outcomes all = explored(body, TaskOrder::last_come);
    EXPECT_EQ(all.trouble, "");
    EXPECT_EQ(flaw_of(explored(body, TaskOrder::first_come), all), "");
  }
}

RC_GTEST_PROP(AnExplorationOfAnyLargerProgram, SeesTheSameClassesInBothOrders, ()) {
  check_both_orders_agree(*programs(3, 4, kExactKinds));
}

TEST(AnExploration, SaysSoWhereItKnowsLocksInPartOnly) {
  Body waiting = body_of({{{K::try_10, 0}}, {{K::try_10, 0}}});
  EXPECT_TRUE(explored(waiting).approximate);
  Body sharing = body_of({{{K::share, 0}}, {{K::have_alone, 0}}});
  EXPECT_TRUE(explored(sharing).approximate);
  Body reading = body_of({{{K::share, 0}}, {{K::share, 0}}});
  EXPECT_FALSE(explored(reading).approximate);
}

}  // namespace
}  // namespace poolproof::explore::dpor
