// Which bounds a search can have.
#include "props/scenario/bounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

TEST(TheBounds, AreFineWhenNothingIsFixed) { EXPECT_EQ(problem({}), std::nullopt); }

TEST(TheBounds, LimitHowMuchARunMayDo) {
  for (const int callers : {0, -1, kMostCallers + 1}) {
    Bounds bounds;
    bounds.callers = callers;
    EXPECT_THAT(problem(bounds), Optional(HasSubstr("callers is " + std::to_string(callers))));
  }
  for (const int ops : {0, kMostOps + 1}) {
    Bounds bounds;
    bounds.ops = ops;
    EXPECT_THAT(problem(bounds), Optional(HasSubstr("ops is " + std::to_string(ops))));
  }
  Bounds largest;
  largest.callers = kMostCallers;
  largest.ops = kMostOps;
  EXPECT_EQ(problem(largest), std::nullopt);
}

TEST(TheBounds, MustDescribeAPoolThatCanBe) {
  Bounds bounds;
  bounds.pool_size = -1;
  EXPECT_THAT(problem(bounds), Optional(HasSubstr("pool_size")));
  bounds = {};
  bounds.max_overflow = -2;
  EXPECT_THAT(problem(bounds), Optional(HasSubstr("max_overflow")));
  bounds = {};
  bounds.timeout = Limit{-1ms};
  EXPECT_THAT(problem(bounds), Optional(HasSubstr("timeout")));
  bounds = {};
  bounds.patience = -1ms;
  EXPECT_THAT(problem(bounds), Optional(HasSubstr("patience")));
  bounds = {};
  bounds.timeout = bounds.recycle = Limit{};
  EXPECT_EQ(problem(bounds), std::nullopt) << "no limit is one, too";
}

}  // namespace
}  // namespace poolproof::scenario
