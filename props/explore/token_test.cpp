// A token says the same when it is read, and a damaged one is refused with a sentence.
#include "props/explore/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include "props/explore/bits.hpp"
#include "props/explore/explore_fixture.hpp"

namespace poolproof::explore {
namespace {

using namespace std::chrono_literals;
using scenario::Limit;
using testing::HasSubstr;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Fingerprint any_fingerprint() {
  Fingerprint run{.steps = *rc::gen::inRange<std::uint32_t>(0, 100'000)};
  for (auto& mark : run.marks) mark = *rc::gen::inRange<std::uint8_t>(0, 1U << kBitsOfMark);
  run.hash = *rc::gen::inRange<std::uint16_t>(0, 1U << kBitsOfHash);
  return run;
}

Token any_token() {
  const auto limits = rc::gen::element<std::optional<Limit>>(std::nullopt, Limit{}, Limit{0ms},
                                                             Limit{20ms}, Limit{24h});
  Token token;
  token.bounds.pool_size = *rc::gen::element<std::optional<int>>(std::nullopt, 0, 1, 100);
  token.bounds.max_overflow = *rc::gen::element<std::optional<int>>(std::nullopt, -1, 0, 10);
  token.bounds.timeout = *limits;
  token.bounds.recycle = *limits;
  token.bounds.use_lifo = *rc::gen::element<std::optional<bool>>(std::nullopt, false, true);
  token.bounds.pre_ping = *rc::gen::element<std::optional<bool>>(std::nullopt, false, true);
  token.bounds.reset_on_return = *rc::gen::element<std::optional<model::ResetOnReturn>>(
      std::nullopt, model::ResetOnReturn::rollback, model::ResetOnReturn::none);
  token.bounds.patience = *rc::gen::element<std::optional<scenario::Duration>>(std::nullopt, 5ms);
  token.bounds.pool_class = *rc::gen::element<std::optional<model::PoolClass>>(
      std::nullopt, model::PoolClass::queue_pool, model::PoolClass::assertion_pool);
  token.bounds.idle_timeout = *limits;
  token.bounds.connect_backoff =
      *rc::gen::element<std::optional<scenario::Duration>>(std::nullopt, 0ms, 20ms);
  token.bounds.callers = *rc::gen::inRange(1, scenario::kMostCallers + 1);
  token.bounds.ops = *rc::gen::inRange(1, scenario::kMostOps + 1);
  token.bounds.faults =
      world::FaultSet(*rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << world::kFaultKinds));
  token.bounds.time =
      *rc::gen::element(world::TimeMode::lazy, world::TimeMode::racing, world::TimeMode::bounded);
  token.bounds.time_bound = *rc::gen::element<scenario::Duration>(0ms, 10ms);
  token.tape = any_tape();
  token.tape.trim();
  if (*rc::gen::arbitrary<bool>()) token.run = any_fingerprint();
  return token;
}

std::string problem_of(std::string_view text) {
  const auto parsed = parse_token(text);
  return std::holds_alternative<Token>(parsed) ? "" : std::get<std::string>(parsed);
}

RC_GTEST_PROP(AToken, ReadsAsItWasWritten, ()) {
  const Token token = any_token();
  const auto parsed = parse_token(to_text(token));
  RC_ASSERT(std::holds_alternative<Token>(parsed));
  RC_ASSERT(std::get<Token>(parsed) == token);
}

// So that what was written down before pools had classes can be read.
TEST(AToken, OfAPlainPoolIsWhatItWasBeforePoolsHadClasses) {
  Token token;
  token.tape.of(world::Stream::schedule) = {1, 2};
  EXPECT_EQ(to_text(token)[kTokenPrefix.size()], 'F');
  token.tape.of(world::Stream::pool) = {3};
  EXPECT_EQ(to_text(token)[kTokenPrefix.size()], 'G');
}

TEST(AToken, WhoseChoicesAreAllThePlainestCanBeReadAgain) {
  for (std::size_t stream = 0; stream < world::kStreams; ++stream) {
    Token token;
    token.tape.streams[stream] = {0, 0, 0};
    EXPECT_TRUE(std::holds_alternative<Token>(parse_token(to_text(token)))) << "stream " << stream;
  }
}

RC_GTEST_PROP(AToken, WithOneOtherCharacterIsRefused, ()) {
  std::string text = to_text(any_token());
  const auto at = *rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, text.size()),
                                  rc::gen::just(text.size() - 1));
  const char other = *rc::gen::distinctFrom(rc::gen::elementOf(std::string(kAlphabet)), text[at]);
  RC_LOG() << text << ", at " << at << " " << other << '\n';
  text[at] = other;
  RC_ASSERT(problem_of(text) != "");
}

RC_GTEST_PROP(AToken, WithTwoNeighboursInTheWrongOrderIsRefused, ()) {
  std::string text = to_text(any_token());
  const auto at = *rc::gen::inRange<std::size_t>(4, text.size() - 1);
  RC_PRE(text[at] != text[at + 1]);
  std::swap(text[at], text[at + 1]);
  RC_ASSERT(problem_of(text) != "");
}

// Whatever is read as a token is what is written for it: no two texts mean the same. Most random
// text is refused for its checksum, so this gives each its own.
RC_GTEST_PROP(AToken, ThatIsAnyTextWithARightChecksumHasOnlyThatText, ()) {
  const auto body = *rc::gen::container<std::vector<bool>>(
      rc::gen::weightedOneOf<bool>({{3, rc::gen::just(false)}, {1, rc::gen::just(true)}}));
  BitWriter out;
  out.fixed(5, 6);
  for (const bool bit : body) out.bit(bit);
  out.fixed(checksum(out.bits()), 16);
  const std::string text = "pp1:" + out.text();
  const auto parsed = parse_token(text);
  if (!std::holds_alternative<Token>(parsed)) return;
  RC_ASSERT(to_text(std::get<Token>(parsed)) == text);
}

RC_GTEST_PROP(AToken, CutShortIsRefused, ()) {
  const std::string text = to_text(any_token());
  const auto size = *rc::gen::inRange<std::size_t>(0, text.size());
  RC_ASSERT(problem_of(text.substr(0, size)) != "");
}

RC_GTEST_PROP(AToken, ThatIsAnyOtherTextIsRefused, (const std::string& text)) {
  RC_ASSERT(problem_of(text) != "");
  RC_ASSERT(problem_of("pp1:" + text) != "");
}

TEST(AToken, WithEachLastCharacterButItsOwnIsRefused) {
  for (std::uint8_t last = 1; last < 7; ++last) {  // of each number of bits modulo 6
    Token token;
    token.tape.of(world::Stream::schedule).resize(last, 1);
    const std::string text = to_text(token);
    for (const char other : kAlphabet) {
      std::string changed = text;
      changed.back() = other;
      EXPECT_EQ(problem_of(changed) == "", changed == text) << changed;
    }
  }
}

TEST(AToken, HoldsOnlyWhatIsNotTheDefault) {
  EXPECT_EQ(to_text({}).size(), 4U + 6U);
  Token token;
  token.bounds.callers = 2;
  EXPECT_EQ(to_text(token).size(), 4U + 7U);
  token.tape.of(world::Stream::schedule) = {0, 0, 0};
  EXPECT_EQ(to_text(token).size(), 4U + 7U) << "plainest choices at the end";
}

TEST(AToken, BeginsWithItsVersionAndFitsIntoAnyShell) {
  Token token;
  token.tape.of(world::Stream::schedule) = {1, 0, 255};
  const std::string text = to_text(token);
  EXPECT_TRUE(text.starts_with("pp1:"));
  EXPECT_EQ(text.substr(4).find_first_not_of(kAlphabet), std::string::npos);
}

TEST(AToken, SaysWhatIsWrongWithItsText) {
  const std::string text = to_text({});
  EXPECT_THAT(problem_of("pp2:" + text.substr(4)), HasSubstr("does not begin with pp1:"));
  EXPECT_THAT(problem_of(text + " "), HasSubstr("holds characters that no token has"));
  EXPECT_THAT(problem_of("pp1:"), HasSubstr("is cut short"));
  EXPECT_THAT(problem_of(text + "A"), HasSubstr("is too long"));
  for (const std::string& bad : {std::string(), text + "AAAA"}) {
    EXPECT_THAT(problem_of(bad), HasSubstr("copy it whole, from pp1: to its last character"));
  }
}

TEST(AToken, OfBoundsThatNoRunHasIsRefused) {
  Token token;
  token.bounds.callers = scenario::kMostCallers + 1;
  EXPECT_THAT(problem_of(to_text(token)), HasSubstr("callers is 65"));
}

TEST(AToken, OfAnotherVersionSaysSo) {
  for (const char* const old : {"pp1:AQIAAQGAwtcvAAgGAgYABQfelfsGAAQiAQABAdfG5eEG",
                                "pp1:BAECAAEBgMLXLwAAAAAACAYCBgALAQAH3pX7BgAEIgEAAQEAktza6ws"}) {
    EXPECT_THAT(problem_of(old), HasSubstr("is of another version of poolproof"));
  }
}

// A token must replay for as long as its version stays: this one was written by the first of 5.
TEST(AToken, OfThisVersionNeverChanges) {
  Token token;
  token.bounds.pool_size = 1;
  token.bounds.timeout = Limit{50ms};
  token.bounds.callers = 2;
  token.bounds.faults = world::FaultSet(0b101);
  token.tape.of(world::Stream::schedule) = {0, 0, 2, 1};
  token.tape.of(world::Stream::faults) = {1};
  token.run = Fingerprint{.steps = 120, .marks = {1, 2, 3, 60, 61, 62, 63}, .hash = 0x2ade};
  const std::string text = "pp1:F7cNgZX6WGuh9cAhB-e_f1bxsQA";
  EXPECT_EQ(to_text(token), text);
  EXPECT_EQ(std::get<Token>(parse_token(text)), token);
}

}  // namespace
}  // namespace poolproof::explore
