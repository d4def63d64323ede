// What is packed comes out again, and what is damaged fails cleanly.
#include "props/explore/bits.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <utility>

namespace poolproof::explore {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Of all sizes alike.
std::uint64_t any_number() {
  return *rc::gen::arbitrary<std::uint64_t>() >> *rc::gen::inRange(1, 64);
}

RC_GTEST_PROP(PackedNumbers, ComeOutAgainInEachOrder, ()) {
  const std::uint64_t value = any_number();
  const auto order = *rc::gen::inRange(0U, 8U);
  BitWriter out;
  out.number(value, order);
  BitReader in(out.text());
  RC_ASSERT(in.number(order) == value);
  RC_ASSERT(in.at_end());
}

RC_GTEST_PROP(PackedNumbers, OfAFixedSizeComeOutAgain, ()) {
  const auto size = *rc::gen::inRange(1U, 65U);
  const std::uint64_t value = *rc::gen::arbitrary<std::uint64_t>() >> (64 - size);
  BitWriter out;
  out.fixed(value, size);
  RC_ASSERT(out.bits().size() == size);
  BitReader in(out.text());
  RC_ASSERT(in.fixed(size) == value);
  RC_ASSERT(in.at_end());
}

TEST(PackedNumbers, TakeFewBitsIfTheyAreSmall) {
  const auto size = [](std::uint64_t value, unsigned order) {
    BitWriter out;
    out.number(value, order);
    return out.bits().size();
  };
  EXPECT_EQ(size(0, 0), 1U);
  EXPECT_EQ(size(1, 0), 3U);
  EXPECT_EQ(size(2, 0), 3U);
  EXPECT_EQ(size(3, 0), 5U);
  EXPECT_EQ(size(0, 6), 7U);
  EXPECT_EQ(size(63, 6), 7U);
  EXPECT_EQ(size(64, 6), 9U);
}

TEST(PackedNumbers, FailWhenTheyAreCutShortOrNeverBegin) {
  for (const std::string& text : {std::string(), std::string("A"), std::string(40, 'A')}) {
    BitReader in(text);
    EXPECT_EQ(in.number(), 0U);
    EXPECT_TRUE(in.failed());
    EXPECT_FALSE(in.at_end());
  }
}

rc::Gen<std::vector<std::uint8_t>> mostly_zeros() {
  return rc::gen::container<std::vector<std::uint8_t>>(rc::gen::weightedOneOf<std::uint8_t>(
      {{8, rc::gen::just<std::uint8_t>(0)}, {2, rc::gen::arbitrary<std::uint8_t>()}}));
}

RC_GTEST_PROP(PackedLists, ComeOutAgainButForTheZerosAtTheirEnd, ()) {
  auto values = *mostly_zeros();
  BitWriter out;
  out.sparse(values);
  BitReader in(out.text());
  while (!values.empty() && values.back() == 0) values.pop_back();
  RC_ASSERT(in.sparse() == values);
  RC_ASSERT(in.at_end());
}

TEST(PackedLists, ComeOutAgainWithLongGapsAndLargeValues) {
  for (const std::size_t zeros : {0, 1, 7, 8, 200, 100'000}) {
    for (const int value : {1, 2, 254, 255}) {
      std::vector<std::uint8_t> values(zeros);
      values.push_back(static_cast<std::uint8_t>(value));
      values.push_back(1);
      BitWriter out;
      out.sparse(values);
      BitReader in(out.text());
      EXPECT_EQ(in.sparse(), values) << zeros << " zeros, then " << value;
      EXPECT_TRUE(in.at_end());
    }
  }
}

TEST(PackedLists, AreShortWhereZerosAreFrequent) {
  const auto size = [](const std::vector<std::uint8_t>& values) {
    BitWriter out;
    out.sparse(values);
    return out.bits().size();
  };
  EXPECT_EQ(size({}), 1U);
  EXPECT_EQ(size({0, 0, 0}), 1U);
  EXPECT_EQ(size({0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2}), 20U);
  std::vector<std::uint8_t> late(200);
  late.push_back(1);
  EXPECT_EQ(size(late), 17U);
}

TEST(PackedLists, OfAnImpossibleLengthAreRefusedWithoutMakingRoomForThem) {
  BitWriter out;
  out.number(1);
  out.fixed(0, 3);
  out.number(std::uint64_t{1} << 62);
  out.number(0);
  BitReader in(out.text());
  EXPECT_TRUE(in.sparse().empty());
  EXPECT_TRUE(in.failed());
}

RC_GTEST_PROP(PackedLists, OfAnyBitsAreReadOrRefused, ()) {
  BitReader in(*rc::gen::container<std::string>(rc::gen::elementOf(std::string(kAlphabet))));
  const auto values = in.sparse();
  RC_ASSERT((in.failed() || values.empty() || values.back() != 0));
  RC_ASSERT(values.size() <= 1'000'000U);
}

// RFC 4648, section 10, without the padding; and the two characters that are the URL's own.
TEST(PackedText, IsBase64Url) {
  for (const auto& [bytes, text] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg"},
                                                        {"fo", "Zm8"},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg"},
                                                        {"fooba", "Zm9vYmE"},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xfb\xff", "-_8"}}) {
    BitWriter out;
    for (const char each : bytes) out.fixed(static_cast<std::uint8_t>(each), 8);
    EXPECT_EQ(out.text(), text);
    EXPECT_TRUE(is_base64url(text));
  }
  for (const char* text : {"Zg==", "Zm9 ", "+/8A", "Zm9v\n"}) EXPECT_FALSE(is_base64url(text));
}

// Otherwise two texts would stand for the same bits, and a changed character could go unseen.
TEST(PackedText, EndsWhereItsBitsEnd) {
  const auto ends_after = [](std::string_view text, unsigned bits) {
    BitReader in(text);
    in.fixed(bits);
    return in.at_end();
  };
  EXPECT_TRUE(ends_after("Zg", 8));
  EXPECT_FALSE(ends_after("Zh", 8)) << "a bit that nobody has read";
  EXPECT_FALSE(ends_after("ZgA", 8)) << "a character that nobody has read";
  EXPECT_FALSE(ends_after("Zg", 13)) << "more than there is";
  EXPECT_FALSE(ends_after("Z.", 6)) << "a character that is none";
}

std::vector<bool> bits_of(std::string_view bytes) {
  BitWriter out;
  for (const char each : bytes) out.fixed(static_cast<std::uint8_t>(each), 8);
  return out.bits();
}

TEST(Checksum, IsCrc16) {
  EXPECT_EQ(checksum(bits_of("")), 0xffff);
  EXPECT_EQ(checksum(bits_of("123456789")), 0x29b1);
}

// A wrong character, and two neighbours in the wrong order.
RC_GTEST_PROP(Checksum, SeesWhateverHappensToTwelveBitsInARow, ()) {
  const auto bits = *rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<bool>>());
  auto damaged = bits;
  const auto first = *rc::gen::inRange<std::size_t>(0, bits.size());
  for (std::size_t at = first; at < std::min(bits.size(), first + 12); ++at) {
    damaged[at] = *rc::gen::arbitrary<bool>();
  }
  RC_ASSERT((checksum(bits) == checksum(damaged)) == (bits == damaged));
}

}  // namespace
}  // namespace poolproof::explore
