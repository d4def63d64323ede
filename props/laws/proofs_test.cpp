// What is proved of our pool: that in no schedule of these scenarios a law is broken.
#include <gtest/gtest.h>

#include <cstdio>

#include "props/laws/proved.hpp"

namespace poolproof::check {
namespace {

class OurPool : public testing::TestWithParam<SmallScenario> {};

TEST_P(OurPool, KeepsEveryLawInEverySchedule) {
  const ExplorationOptions options = options_of(GetParam());
  const Exploration found = explored(our_pool(), options);
  ASSERT_EQ(found.verdict, Verdict::held) << evidence(found);
  EXPECT_LE(found.executions, found.classes.size() + found.classes.size() / 50);
  EXPECT_LE(2 * (found.executions + found.redundant), 3 * found.classes.size())
      << "more than 1.5 executions a class";
  std::printf("%s: %zu classes\n", summary(options, found.scenario).c_str(), found.classes.size());
}

INSTANTIATE_TEST_SUITE_P(With, OurPool, testing::ValuesIn(kProved), name_of);

// Too large to be explored more than once.
constexpr SmallScenario kLarge[]{
    {.name = "3x1_1_0_recycle",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .recycle = Limit{5ms},
     .plan = {.hold = 10ms}},
    {.name = "3x1_1_0_ping_of_a_dead_connection",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .pre_ping = true,
     .fault = FaultKind::killed_idle},
    {.name = "3x1_1_0_close",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .plan = {.chore = Chore::close}},
    {.name = "3x1_1_0_dispose",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .plan = {.chore = Chore::dispose}},
    {.name = "2x2_1_0_timeouts",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .timeout = Limit{10ms}},
    {.name = "2x2_1_0_close",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .plan = {.chore = Chore::close}},
    {.name = "2x2_1_0_dispose",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .plan = {.chore = Chore::dispose}},
    {.name = "3x1_1_1_timeouts",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .timeout = Limit{10ms}},
    {.name = "3x1_1_1_recycle",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .recycle = Limit{5ms},
     .plan = {.hold = 10ms}},
    {.name = "2x2_1_1_timeouts",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 1,
     .timeout = Limit{10ms}},
    {.name = "2x1_1_1_dispose",
     .callers = 2,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .plan = {.chore = Chore::dispose}},
};

INSTANTIATE_TEST_SUITE_P(Large, OurPool, testing::ValuesIn(kLarge), name_of);

// By two workers. Of those with a dead connection some classes come more than once.
constexpr SmallScenario kLargest[]{
    {.name = "3x1_1_1_ping_of_a_dead_connection",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .pre_ping = true,
     .fault = FaultKind::killed_idle},
    {.name = "2x2_1_1_ping_of_a_dead_connection",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 1,
     .pre_ping = true,
     .fault = FaultKind::killed_idle},
    {.name = "2x2_1_1_recycle",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 1,
     .recycle = Limit{5ms},
     .plan = {.hold = 10ms}},
    {.name = "2x2_1_1_close",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 1,
     .plan = {.chore = Chore::close}},
    {.name = "3x1_1_1_close",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .plan = {.chore = Chore::close}},
};

class OurPoolInALargeScenario : public testing::TestWithParam<SmallScenario> {};

TEST_P(OurPoolInALargeScenario, KeepsEveryLawInEverySchedule) {
  ExplorationOptions options = options_of(GetParam());
  options.jobs = 2;
  const Exploration found = explored(our_pool(), options);
  EXPECT_EQ(found.verdict, Verdict::held) << evidence(found);
  EXPECT_LE(2 * (found.executions + found.redundant), 3 * found.classes.size());
  std::printf("%s: %zu classes\n", summary(options, found.scenario).c_str(), found.classes.size());
}

INSTANTIATE_TEST_SUITE_P(With, OurPoolInALargeScenario, testing::ValuesIn(kLargest), name_of);

}  // namespace
}  // namespace poolproof::check
