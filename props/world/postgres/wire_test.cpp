// Bytes to messages and back.
#include "props/world/postgres/wire.hpp"

#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <utility>
#include <vector>

namespace poolproof::world::postgres {
namespace {

using namespace std::string_literals;

using Pieces = std::vector<std::string>;
using Messages = std::vector<std::pair<char, std::string>>;

// Any string of bytes, in pieces that end anywhere.
Pieces cut(std::string bytes, const std::vector<std::uint8_t>& sizes) {
  Pieces pieces;
  for (const std::size_t size : sizes) {
    pieces.push_back(bytes.substr(0, size));
    bytes.erase(0, size);
  }
  pieces.push_back(bytes);
  return pieces;
}

std::string number32(std::size_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

// As a client sends them: the first, which opens the connection, without a type.
std::string to_bytes(const Messages& messages) {
  std::string bytes;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i > 0) bytes += messages[i].first;
    bytes += number32(messages[i].second.size() + 4) + messages[i].second;
  }
  return bytes;
}

RC_GTEST_PROP(Inbox, GivesTheSameMessagesHoweverTheBytesAreSplit, ()) {
  Messages sent{{'\0', "\0\3\0\0"s + *rc::gen::arbitrary<std::string>()}};
  for (auto& [type, body] : *rc::gen::arbitrary<Messages>()) sent.emplace_back(type, body);
  const auto sizes =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 9));

  Inbox inbox;
  Messages received;
  for (const std::string& piece : cut(to_bytes(sent), sizes)) {
    inbox.append(piece);
    while (const auto message = inbox.next(!received.empty())) {
      received.emplace_back(message->type, message->body);
    }
  }
  RC_ASSERT(received == sent);
}

TEST(Inbox, HasNothingBeforeTheLastByteOfAMessage) {
  Inbox inbox;
  inbox.append("Q\0\0\0\x06"s);
  EXPECT_FALSE(inbox.next(true));
  inbox.append("x");
  EXPECT_FALSE(inbox.next(true));
  inbox.append("\0"s);
  const auto message = inbox.next(true);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, 'Q');
  EXPECT_EQ(message->body, "x\0"s);
  EXPECT_FALSE(inbox.next(true));
}

TEST(Inbox, TakesALengthThatNoMessageHasForTheEndOfAllSense) {
  for (const std::string& bytes : {"Q\0\0\0\x03Q"s, "Q\xff\xff\xff\xff"s}) {
    Inbox inbox;
    inbox.append(bytes);
    const auto message = inbox.next(true);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->type, '\0');
    EXPECT_FALSE(inbox.next(true));
  }
}

// By the manual's section "Message Formats".
TEST(Answer, IsWrittenByteForByteAsTheManualSays) {
  EXPECT_EQ(Answer().authentication_ok().bytes(), "R\0\0\0\x08\0\0\0\0"s);
  EXPECT_EQ(Answer().parameter("TimeZone", "UTC").bytes(), "S\0\0\0\x11TimeZone\0UTC\0"s);
  EXPECT_EQ(Answer().backend_key(1, 258).bytes(), "K\0\0\0\x0c\0\0\0\x01\0\0\x01\x02"s);
  EXPECT_EQ(Answer().ready(TransactionStatus::idle).bytes(), "Z\0\0\0\x05I"s);
  EXPECT_EQ(Answer().row_description({{"n", Type::text}}).bytes(),
            "T\0\0\0\x1a\0\x01n\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"s);
  EXPECT_EQ(Answer().row({{Type::text, "42"}}).bytes(), "D\0\0\0\x0c\0\x01\0\0\0\x02"s + "42");
  EXPECT_EQ(Answer().complete("SELECT 1").bytes(), "C\0\0\0\x0dSELECT 1\0"s);
  EXPECT_EQ(Answer().empty_query().bytes(), "I\0\0\0\x04"s);
  EXPECT_EQ(Answer().error("FATAL", "57P01", "bye").bytes(),
            "E\0\0\0\x1fSFATAL\0VFATAL\0C57P01\0Mbye\0\0"s);
  EXPECT_EQ(Answer().notice("WARNING", "25001", "ho").bytes().front(), 'N');
}

TEST(Answer, IsTheSequenceOfItsMessages) {
  Answer answer;
  answer.complete("SET").ready(TransactionStatus::failed);
  EXPECT_EQ(answer.bytes(), "C\0\0\0\x08SET\0Z\0\0\0\x05"s + "E");
  answer.clear();
  EXPECT_EQ(answer.bytes(), "");
}

RC_GTEST_PROP(Numbers, OfFourBytesAreReadInNetworkOrder, (std::uint32_t value)) {
  RC_ASSERT(read_number32(number32(value)) == static_cast<std::int32_t>(value));
}

}  // namespace
}  // namespace poolproof::world::postgres
