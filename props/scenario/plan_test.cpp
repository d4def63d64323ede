// A scenario that is asked for comes out of the draw as it was asked for, so that a token holds it.
#include "props/scenario/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;

Bounds bounds_of(int callers, int ops) {
  Bounds bounds;
  bounds.callers = callers;
  bounds.ops = ops;
  bounds.faults.reset();
  return bounds;
}

Scenario planned(const Plan& plan, const Bounds& bounds) {
  Planned chooser(plan, bounds);
  EXPECT_EQ(chooser.problem(), std::nullopt);
  return draw(bounds, chooser);
}

TEST(APlan, IsWhatEachCallerDoesInEachLoan) {
  const Scenario scenario = planned({.think = 10ms, .hold = 20ms}, bounds_of(3, 2));
  ASSERT_EQ(scenario.callers.size(), 3U);
  for (const auto& loans : scenario.callers) {
    ASSERT_EQ(loans.size(), 2U);
    for (const Loan& loan : loans) {
      EXPECT_EQ(loan.think, 10ms);
      EXPECT_EQ(loan.hold, 20ms);
      EXPECT_EQ(loan.use, Use::query);
      EXPECT_EQ(loan.chore, Chore::none);
      EXPECT_EQ(loan.remark, Remark::none);
      EXPECT_EQ(loan.cancel_after, std::nullopt);
    }
  }
}

// Those who cancel queries draw it from another list.
TEST(APlan, HoldsALeaseForAsLongWhateverItsUse) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Use::open_pipeline); ++i) {
    const auto use = static_cast<Use>(i);
    const Scenario scenario = planned({.hold = 10ms, .use = use}, bounds_of(2, 1));
    for (const auto& loans : scenario.callers) EXPECT_EQ(loans.front().hold, 10ms) << spelled(use);
  }
}

TEST(APlan, HasAnyUseOfALeaseWithOrWithoutARemarkAndAChore) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Use::open_pipeline); ++i) {
    for (const Remark remark : {Remark::none, Remark::invalidate}) {
      for (const Chore chore : {Chore::none, Chore::dispose, Chore::close}) {
        const auto use = static_cast<Use>(i);
        // Which session a remark is about is known by what was sent there.
        const Use expected = remark != Remark::none && use == Use::nothing ? Use::query : use;
        const Scenario scenario =
            planned({.use = expected, .remark = remark, .chore = chore}, bounds_of(2, 1));
        ASSERT_EQ(scenario.callers.size(), 2U);
        for (const auto& loans : scenario.callers) {
          EXPECT_EQ(loans.front().use, expected) << spelled(use);
          EXPECT_EQ(loans.front().remark, remark) << spelled(use);
        }
        EXPECT_EQ(scenario.callers.front().front().chore, Chore::none);
        EXPECT_EQ(scenario.callers.back().front().chore, chore);
      }
    }
  }
}

TEST(APlan, HasAnyRemark) {
  for (const char* const name :
       {"none", "invalidate", "invalidate_softly", "invalidate_generation", "detach"}) {
    const auto remark = remark_named(name);
    ASSERT_TRUE(remark);
    const Scenario scenario = planned({.remark = *remark}, bounds_of(1, 1));
    EXPECT_EQ(scenario.callers.front().front().remark, *remark);
  }
}

TEST(APlan, KnowsNoUseByAnotherName) {
  EXPECT_EQ(use_named("gossip"), std::nullopt);
  EXPECT_EQ(remark_named("query"), std::nullopt);
  EXPECT_THAT(use_names(), testing::StartsWith("query, nothing, failing_query, "));
}

TEST(APlan, SaysWhichDurationsItTakes) {
  EXPECT_THAT(Planned({.think = 5ms}, bounds_of(1, 1)).problem().value_or(""),
              testing::HasSubstr("--think takes 0s or 10ms, not 5ms"));
  EXPECT_THAT(Planned({.hold = 5ms}, bounds_of(1, 1)).problem().value_or(""),
              testing::HasSubstr("--hold takes 0s, 10ms, 20ms or 50ms, not 5ms"));
}

}  // namespace
}  // namespace poolproof::scenario
