#include <poolproof/result.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace poolproof {
namespace {

struct NotANumber {
  std::string text;
};

Result<int, NotANumber> parse_digit(char digit) {
  if (digit < '0' || digit > '9') return Unexpected(NotANumber{std::string(1, digit)});
  return digit - '0';
}

TEST(Result, HoldsAValue) {
  const auto seven = parse_digit('7');
  ASSERT_TRUE(seven);
  EXPECT_EQ(*seven, 7);
  EXPECT_EQ(seven.value_or(0), 7);
}

TEST(Result, HoldsTheReasonWhyThereIsNoValue) {
  const auto failure = parse_digit('x');
  ASSERT_FALSE(failure.has_value());
  EXPECT_EQ(failure.error().text, "x");
  EXPECT_EQ(failure.value_or(0), 0);
}

TEST(Result, HandsOverWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>, NotANumber> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, KeepsAnErrorOfTheSameTypeAsTheValueApart) {
  const Result<int, int> failure = Unexpected(7);
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error(), 7);
}

TEST(ResultDeathTest, AbortsWhenAskedForWhatIsNotThere) {
  EXPECT_DEATH((void)*parse_digit('x'), "");
  EXPECT_DEATH((void)parse_digit('7').error(), "");
}

}  // namespace
}  // namespace poolproof
