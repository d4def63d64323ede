// A fingerprint knows its run again, and says about where another leaves it.
#include "props/explore/fingerprint.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <vector>

namespace poolproof::explore {

inline std::ostream& operator<<(std::ostream& out, const Steps& steps) {
  return out << steps.first << " to " << steps.last;
}

namespace {

using Trace = std::vector<world::Step>;

world::Step step(int number) {
  return {world::Time(world::Duration(number)), world::TaskId{1}, world::OperationKind::lock};
}

Trace run_of(std::size_t size) {
  Trace run;
  for (std::size_t i = 0; i < size; ++i) run.push_back(step(static_cast<int>(i)));
  return run;
}

RC_GTEST_PROP(AFingerprint, KnowsItsRunAgain, ()) {
  const Trace run = run_of(*rc::gen::inRange<std::size_t>(0, 300));
  RC_ASSERT(!first_difference(fingerprint(run), run).has_value());
}

RC_GTEST_PROP(AFingerprint, NeverSaysThatTheRunsDifferSoonerThanTheyDo, ()) {
  const Trace before = run_of(*rc::gen::inRange<std::size_t>(1, 300));
  Trace now = before;
  const auto at = *rc::gen::inRange<std::size_t>(0, before.size());
  for (std::size_t i = at; i < now.size(); ++i) now[i].task = world::TaskId{2};
  const auto difference = first_difference(fingerprint(before), now);
  RC_PRE(difference.has_value());  // but for 1 in 16,384
  RC_ASSERT(at + 1 <= difference->last);
}

TEST(AFingerprint, SaysInWhichEighthTwoRunsDifferFirst) {
  const Trace before = run_of(160);
  int wrong = 0;
  for (std::size_t at = 0; at < before.size(); ++at) {
    Trace now = before;
    now[at].kind = world::OperationKind::wait;
    const auto difference = first_difference(fingerprint(before), now);
    ASSERT_TRUE(difference.has_value()) << at;
    const std::size_t eighth = at / 20;
    wrong += difference != Steps{eighth * 20 + 1, eighth * 20 + 20} ? 1 : 0;
  }
  EXPECT_LT(wrong, 10) << "of 160; one in 64 is to be expected";
}

TEST(AFingerprint, SeesThatARunHasEndedSooner) {
  const Trace before = run_of(80);
  EXPECT_EQ(first_difference(fingerprint(before), run_of(34)), (Steps{31, 35}));
  EXPECT_EQ(first_difference(fingerprint(before), run_of(0)), (Steps{1, 1}));
}

TEST(AFingerprint, SeesThatARunHasEndedLater) {
  EXPECT_EQ(first_difference(fingerprint(run_of(80)), run_of(83)), (Steps{71, 81}));
  EXPECT_EQ(first_difference(fingerprint({}), run_of(1)), (Steps{1, 1}));
}

}  // namespace
}  // namespace poolproof::explore
