// What shrinking reaches, on failures whose smallest tape is known.
#include "props/explore/shrink.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "props/explore/explore_fixture.hpp"

namespace poolproof::explore {
namespace {

using world::Stream;
using Numbers = std::vector<std::uint8_t>;

Tape tape_of(Stream stream, Numbers numbers) {
  Tape tape;
  tape.of(stream) = std::move(numbers);
  return tape;
}

int count(const Tape& tape, Stream stream, std::uint8_t at_least) {
  const Numbers& numbers = tape.of(stream);
  return static_cast<int>(std::count_if(numbers.begin(), numbers.end(),
                                        [&](std::uint8_t number) { return number >= at_least; }));
}

TEST(Shrinking, EndsWithNothingIfEverythingFails) {
  Tape tape;
  for (auto& stream : tape.streams) stream = {3, 0, 200, 1, 1};
  EXPECT_EQ(shrink(tape, [](const Tape&) { return true; }), Tape{});
}

TEST(Shrinking, FindsTheOneChoiceThatMattersAndItsSmallestNumber) {
  Numbers noise(100, 2);
  noise[63] = 90;
  const auto fails = [](const Tape& tape) { return count(tape, Stream::schedule, 17) > 0; };
  EXPECT_EQ(shrink(tape_of(Stream::schedule, noise), fails), tape_of(Stream::schedule, {17}));
}

TEST(Shrinking, KeepsAChoiceWhereItMustStand) {
  Numbers noise(100, 5);
  const auto fails = [](const Tape& tape) {
    const Numbers& numbers = tape.of(Stream::schedule);
    return numbers.size() > 4 && numbers[4] >= 3;
  };
  EXPECT_EQ(shrink(tape_of(Stream::schedule, noise), fails),
            tape_of(Stream::schedule, {0, 0, 0, 0, 3}));
}

TEST(Shrinking, KeepsTwoChoicesThatOnlyMatterTogether) {
  Numbers noise(64, 1);
  noise[10] = 7;
  noise[50] = 9;
  const auto fails = [](const Tape& tape) {
    const Numbers& numbers = tape.of(Stream::schedule);
    const auto seven = std::find(numbers.begin(), numbers.end(), 7);
    return std::find(seven, numbers.end(), 9) != numbers.end();
  };
  EXPECT_EQ(shrink(tape_of(Stream::schedule, noise), fails), tape_of(Stream::schedule, {7, 9}));
}

TEST(Shrinking, GivesUpFaultsBeforeAnythingElse) {
  Tape tape;
  for (auto& stream : tape.streams) stream = {1};
  // Any one of the four is enough: the one that is tried last is left.
  const Tape smallest = shrink(tape, [](const Tape& each) { return each.deviations() > 0; });
  EXPECT_EQ(smallest, tape_of(Stream::schedule, {1}));
}

TEST(Shrinking, StartsOverWhenALaterStreamGaveWayToAnEarlierOne) {
  Tape tape;
  tape.of(Stream::faults) = tape.of(Stream::schedule) = {1, 1, 1};
  const auto fails = [](const Tape& each) {
    return count(each, Stream::faults, 1) >= count(each, Stream::schedule, 1);
  };
  EXPECT_EQ(shrink(tape, fails), Tape{});
}

TEST(Shrinking, StopsWithTheSmallestSoFarWhenPatienceRunsOut) {
  const Tape tape = tape_of(Stream::schedule, Numbers(64, 1));
  int patience = 1;
  const Tape smallest = shrink(tape, [&](const Tape& each) {
    return patience-- > 0 && each.of(Stream::schedule).size() < 64;
  });
  EXPECT_LT(smallest.of(Stream::schedule).size(), 64U);
}

// A failure that needs `needed` choices of at least `at_least` in one stream.
RC_GTEST_PROP(Shrinking, ReachesTheMinimumAndNeverReturnsATapeThatPasses, ()) {
  const auto stream =
      *rc::gen::element(Stream::workload, Stream::schedule, Stream::waiter, Stream::faults);
  const auto at_least = *rc::gen::inRange<std::uint8_t>(1, 4);
  const auto needed = *rc::gen::inRange(0, 4);
  Tape tape = any_tape();
  for (int i = 0; i < needed; ++i) tape.of(stream).push_back(9);
  const auto fails = [&](const Tape& each) { return count(each, stream, at_least) >= needed; };

  const Tape smallest = shrink(tape, fails);
  RC_ASSERT(fails(smallest));
  RC_ASSERT(smallest == tape_of(stream, Numbers(static_cast<std::size_t>(needed), at_least)));
}

// Of a failure without any pattern: what is left fails, is no larger, and is trimmed.
RC_GTEST_PROP(Shrinking, IsSoundOnAnyFailure, (std::uint64_t salt)) {
  const Tape tape = any_tape();
  const auto fails = [&](const Tape& each) {
    std::uint64_t hash = salt;
    for (const auto& stream : each.streams) {
      for (const std::uint8_t number : stream) hash = (hash ^ number) * 0x100000001b3;
      hash = (hash ^ 0x1ff) * 0x100000001b3;
    }
    return each == tape || (hash >> 33) % 3 == 0;
  };
  Tape trimmed = tape;
  trimmed.trim();
  RC_PRE(fails(trimmed));
  const Tape smallest = shrink(tape, fails);
  RC_ASSERT(smallest.deviations() <= tape.deviations());
  Tape again = smallest;
  again.trim();
  RC_ASSERT(again == smallest);
  for (std::size_t i = 0; i < world::kStreams; ++i) {
    RC_ASSERT(smallest.streams[i].size() <= tape.streams[i].size());
  }
}

RC_GTEST_PROP(Shrinking, IsTheSameEachTime, ()) {
  const Tape tape = any_tape();
  const std::size_t deviations = tape.deviations();
  const auto fails = [&](const Tape& each) { return each.deviations() * 2 >= deviations; };
  RC_ASSERT(shrink(tape, fails) == shrink(tape, fails));
}

}  // namespace
}  // namespace poolproof::explore
