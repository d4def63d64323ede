// Durations as people write them.
#include "props/scenario/duration.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;

TEST(Durations, AreAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Durations, AreNothingElse) {
  for (const char* text : {"", "s", "30", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1us",
                           "1ns", "1min", "1h30m", "0x10s", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << "'" << text << "'";
  }
}

TEST(Durations, EndWhereTheirNanosecondsWouldOverflow) {
  EXPECT_EQ(parse_duration("2562047h"), 2562047h);
  EXPECT_EQ(parse_duration("2562048h"), std::nullopt);
  EXPECT_EQ(parse_duration("9223372036s"), 9223372036s);
  EXPECT_EQ(parse_duration("9223372037s"), std::nullopt);
}

TEST(Durations, ArePrintedInTheLargestUnitThatDividesThem) {
  EXPECT_EQ(to_text(0ns), "0s");
  EXPECT_EQ(to_text(1500ms), "1500ms");
  EXPECT_EQ(to_text(60s), "1m");
  EXPECT_EQ(to_text(90min), "90m");
  EXPECT_EQ(to_text(7200s), "2h");
  EXPECT_EQ(to_text(1us), "1us");
  EXPECT_EQ(to_text(1001ns), "1001ns");
}

RC_GTEST_PROP(Durations, OfWholeMillisecondsAreReadAsTheyWerePrinted, ()) {
  const auto count = *rc::gen::inRange<std::int64_t>(0, 2'000'000);
  const auto unit = *rc::gen::element<Duration>(1ms, 1s, 1min, 1h);
  const Duration duration = count * unit;
  RC_ASSERT(parse_duration(to_text(duration)) == duration);
}

}  // namespace
}  // namespace poolproof::scenario
