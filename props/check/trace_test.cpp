// The steps of a run come out of a file as they went in, and the first that differs is named.
#include "props/check/trace.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using world::OperationKind;
using world::Step;
using world::TaskId;
using world::Time;

std::vector<Step> any_steps() {
  std::vector<Step> steps;
  Time now{};
  const auto size = *rc::gen::inRange(0, 60);
  for (int i = 0; i < size; ++i) {
    now += *rc::gen::weightedElement<world::Duration>({{8, 0ms}, {1, 10ms}, {1, 3h}});
    steps.push_back({now, static_cast<TaskId>(*rc::gen::inRange(0, 70)),
                     static_cast<OperationKind>(
                         *rc::gen::inRange(0, static_cast<int>(OperationKind::update) + 1))});
  }
  return steps;
}

RC_GTEST_PROP(PackedSteps, ComeOutAgain, ()) {
  const auto steps = any_steps();
  RC_ASSERT(unpacked(packed(steps)) == steps);
}

RC_GTEST_PROP(PackedSteps, ThatAreDamagedAreRefused, ()) {
  std::string text = packed(any_steps());
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  text[at] = text[at] == 'x' ? 'y' : 'x';
  RC_ASSERT(!unpacked(text).has_value());
  text.resize(at);
  RC_ASSERT(!unpacked(text).has_value());
}

RC_GTEST_PROP(PackedSteps, OfAnyTextAreReadOrRefused, (const std::string& text)) {
  if (const auto steps = unpacked(text)) RC_ASSERT(packed(*steps) == text);
}

TEST(PackedSteps, TakeTwoCharactersEach) {
  const std::vector<Step> steps(100, {Time{}, TaskId{1}, OperationKind::lock});
  EXPECT_LT(packed(steps).size(), 130U);
}

Trace trace() {
  return {{{Time{}, TaskId{0}, OperationKind::start},
           {Time{20ms}, TaskId{1}, OperationKind::lock},
           {Time{20ms}, TaskId{7}, OperationKind::wait}},
          {"thread 0", "caller 1"}};
}

TEST(ATrace, NamesItsSteps) {
  EXPECT_EQ(step_text(trace(), 1), "lock of caller 1 at 20ms");
  EXPECT_EQ(step_text(trace(), 2), "wait of thread 7 at 20ms");
  EXPECT_EQ(step_text(trace(), 3), "the end");
}

TEST(ATrace, KnowsTheFirstStepThatAnotherDoesNotShare) {
  Trace other = trace();
  EXPECT_EQ(first_differing_step(trace(), other), std::nullopt);
  other.steps.pop_back();
  EXPECT_EQ(first_differing_step(trace(), other), 2U);
  other.steps[1].kind = OperationKind::wait;
  EXPECT_EQ(first_differing_step(trace(), other), 1U);
  EXPECT_EQ(first_differing_step({}, other), 0U);
}

}  // namespace
}  // namespace poolproof::check
