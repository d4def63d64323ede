// What is packed comes out again, and what is damaged fails cleanly.
#include "props/explore/bytes.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <limits>

namespace poolproof::explore {
namespace {

using namespace std::string_literals;

RC_GTEST_PROP(PackedNumbers, ComeOutAgain, ()) {
  const auto value =
      *rc::gen::oneOf(rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange<std::uint64_t>(0, 300));
  ByteWriter out;
  out.number(value);
  ByteReader in(out.bytes());
  RC_ASSERT(in.number() == value);
  RC_ASSERT(in.at_end());
}

TEST(PackedNumbers, TakeSevenBitsAByte) {
  const auto size = [](std::uint64_t value) {
    ByteWriter out;
    out.number(value);
    return out.bytes().size();
  };
  EXPECT_EQ(size(0), 1U);
  EXPECT_EQ(size(127), 1U);
  EXPECT_EQ(size(128), 2U);
  EXPECT_EQ(size(std::numeric_limits<std::uint64_t>::max()), 10U);
}

TEST(PackedNumbers, FailWhenTheyAreCutShortOrNeverEnd) {
  for (const std::string& bytes : {""s, "\x80"s, std::string(11, '\x80')}) {
    ByteReader in(bytes);
    EXPECT_EQ(in.number(), 0U);
    EXPECT_TRUE(in.failed());
    EXPECT_FALSE(in.at_end());
  }
}

rc::Gen<std::vector<std::uint8_t>> mostly_zeros() {
  return rc::gen::container<std::vector<std::uint8_t>>(rc::gen::weightedOneOf<std::uint8_t>(
      {{8, rc::gen::just<std::uint8_t>(0)}, {2, rc::gen::arbitrary<std::uint8_t>()}}));
}

RC_GTEST_PROP(PackedLists, ComeOutAgain, ()) {
  const auto values = *mostly_zeros();
  ByteWriter out;
  out.sparse(values);
  ByteReader in(out.bytes());
  RC_ASSERT(in.sparse() == values);
  RC_ASSERT(in.at_end());
}

// Around 15 zeros and a value of 15 the half bytes give way to numbers.
TEST(PackedLists, ComeOutAgainAtTheEdgesOfTheHalfByte) {
  for (const std::size_t zeros : {0, 1, 14, 15, 16, 200}) {
    for (const int value : {0, 1, 14, 15, 16, 255}) {
      std::vector<std::uint8_t> values(zeros);
      values.push_back(static_cast<std::uint8_t>(value));
      ByteWriter out;
      out.sparse(values);
      ByteReader in(out.bytes());
      EXPECT_EQ(in.sparse(), values) << zeros << " zeros, then " << value;
      EXPECT_TRUE(in.at_end());
    }
  }
}

TEST(PackedLists, AreShortWhereZerosAreFrequent) {
  ByteWriter out;
  out.sparse({0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2});
  EXPECT_EQ(out.bytes().size(), 3U);
}

TEST(PackedLists, OfAnImpossibleLengthAreRefusedWithoutMakingRoomForThem) {
  ByteWriter out;
  out.number(std::numeric_limits<std::uint64_t>::max());
  ByteReader in(out.bytes());
  EXPECT_TRUE(in.sparse().empty());
  EXPECT_TRUE(in.failed());
}

// Never more values than announced, whatever the bytes.
RC_GTEST_PROP(PackedLists, OfAnyBytesAreReadOrRefused, (const std::string& bytes)) {
  ByteReader in(bytes), length(bytes);
  const auto values = in.sparse();
  RC_ASSERT(values.size() <= length.number());
  RC_ASSERT(in.failed() || values.size() <= 1'000'000U);
}

RC_GTEST_PROP(Base64Url, ComesOutAgain, (const std::string& bytes)) {
  const std::string text = to_base64url(bytes);
  RC_ASSERT(
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
      std::string::npos);
  RC_ASSERT(from_base64url(text) == bytes);
}

// RFC 4648, section 10, without the padding; and the two characters that are the URL's own.
TEST(Base64Url, IsThatOfTheRfc) {
  for (const auto& [bytes, text] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg"},
                                                        {"fo", "Zm8"},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg"},
                                                        {"fooba", "Zm9vYmE"},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xfb\xff", "-_8"}}) {
    EXPECT_EQ(to_base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
}

TEST(Base64Url, RefusesWhatItNeverWrites) {
  for (const char* text : {"Zg==", "Zm9 ", "+/8A", "Z", "Zm9vY"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

// Otherwise two texts would stand for the same bytes, and a changed character could go unseen.
TEST(Base64Url, RefusesBitsThatAreNoWholeByte) {
  EXPECT_EQ(from_base64url("Zh"), std::nullopt) << "Zg is f";
  EXPECT_EQ(from_base64url("Zm9"), std::nullopt) << "Zm8 is fo";
}

TEST(Checksum, IsFnv1a) {
  EXPECT_EQ(checksum(""), 0x811c9dc5U);
  EXPECT_EQ(checksum("a"), 0xe40c292cU);
  EXPECT_EQ(checksum("foobar"), 0xbf9cf968U);
}

}  // namespace
}  // namespace poolproof::explore
