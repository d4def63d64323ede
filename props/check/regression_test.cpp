// A regression is read as it was written, and a file that is none says what is wrong with it.
#include "props/check/regression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using world::OperationKind;
using world::TaskId;

Regression any_regression() {
  Regression regression{
      .law = model::LawId::wake,
      .pool = "example",
      .laws = {model::LawId::cap, model::LawId::wake},
      .carrier = world::CarrierKind::thread,
      .token = {},
      .seed = 7,
      .schedule = 12,
      .version = "0.1.0",
      .evidence = "caller 1 waits",
      .story = "a\n  b\n",
      .order = 0x0123456789abcdef,
      .trace = {{{world::Time{20ms}, TaskId{1}, OperationKind::lock}}, {"thread 0", "caller 1"}}};
  regression.token.tape.of(world::Stream::schedule) = {0, 1};
  regression.token.run = explore::fingerprint(regression.trace.steps);
  return regression;
}

std::string problem_of(const std::string& text) {
  const auto parsed = parse_regression(text);
  return std::holds_alternative<Regression>(parsed) ? "" : std::get<std::string>(parsed);
}

std::string without(const char* key) {
  auto object = nlohmann::json::parse(to_text(any_regression()));
  object.erase(key);
  return object.dump();
}

std::string with(const char* key, const nlohmann::json& value) {
  auto object = nlohmann::json::parse(to_text(any_regression()));
  object[key] = value;
  return object.dump();
}

TEST(ARegression, IsReadAsItWasWritten) {
  const Regression written = any_regression();
  const auto parsed = parse_regression(to_text(written));
  ASSERT_TRUE(std::holds_alternative<Regression>(parsed)) << std::get<std::string>(parsed);
  const auto& read = std::get<Regression>(parsed);
  EXPECT_EQ(read.law, written.law);
  EXPECT_EQ(read.pool, written.pool);
  EXPECT_EQ(read.laws, written.laws);
  EXPECT_EQ(read.carrier, written.carrier);
  EXPECT_EQ(read.token, written.token);
  EXPECT_EQ(read.seed, written.seed);
  EXPECT_EQ(read.schedule, written.schedule);
  EXPECT_EQ(read.version, written.version);
  EXPECT_EQ(read.evidence, written.evidence);
  EXPECT_EQ(read.story, written.story);
  EXPECT_EQ(read.trace, written.trace);
  EXPECT_EQ(read.order, written.order);
  EXPECT_EQ(to_text(read), to_text(written));
}

TEST(ARegression, CutShortAnywhereIsRefused) {
  const std::string text = to_text(any_regression());
  for (std::size_t size = 0; size + 2 < text.size(); ++size) {
    EXPECT_THAT(problem_of(text.substr(0, size)), HasSubstr("cut short")) << size;
  }
}

TEST(ARegression, SaysWhatIsWrongWithItsText) {
  EXPECT_THAT(problem_of("[]"), HasSubstr("is no regression"));
  EXPECT_THAT(problem_of("{\"law\": \"WAKE\"}"), HasSubstr("is no regression"));
  EXPECT_THAT(problem_of(with("poolproof_regression", 2)),
              HasSubstr("it is of form 2, and this poolproof reads form 1"));
  EXPECT_THAT(problem_of(without("token")), HasSubstr("'token' is missing"));
  EXPECT_THAT(problem_of(without("trace")), HasSubstr("'trace' is missing"));
  EXPECT_THAT(problem_of(with("law", "NEAT")), HasSubstr("there is no law 'NEAT'"));
  EXPECT_THAT(problem_of(with("law", 7)), HasSubstr("'law' is of the wrong kind"));
  EXPECT_THAT(problem_of(with("carrier", "pigeon")), HasSubstr("there is no carrier 'pigeon'"));
  EXPECT_THAT(problem_of(with("token", "pp1:AAAA")), HasSubstr("another version of poolproof"));
  EXPECT_THAT(problem_of(with("found", 7)), HasSubstr("'seed'"));
  EXPECT_THAT(problem_of(with("trace", {{"tasks", nlohmann::json::array()}, {"steps", "AB"}})),
              HasSubstr("its trace is damaged"));
  EXPECT_THAT(problem_of(with("class", "12xy")), HasSubstr("'class' is no number"));
}

TEST(ARegression, IsADuplicateIfTheSameChoicesStepsOrClassBreakTheSameLaw) {
  Regression one = any_regression();
  one.order.reset();  // as in files of old
  Regression other = one;
  other.seed = 8;
  EXPECT_TRUE(duplicates(one, other));
  other.token.tape.of(world::Stream::waiter) = {1};
  EXPECT_TRUE(duplicates(one, other)) << "another tape, but the same steps";
  other.trace.steps[0].kind = OperationKind::wait;
  EXPECT_FALSE(duplicates(one, other));
  Regression same_class = one;
  same_class.order = other.order = 7;
  EXPECT_TRUE(duplicates(same_class, other)) << "other steps, but only independent ones swapped";
  other.order = 8;
  EXPECT_FALSE(duplicates(same_class, other));
  other = one;
  other.law = model::LawId::cap;
  EXPECT_FALSE(duplicates(one, other));
  other = one;
  other.pool = "another";
  EXPECT_FALSE(duplicates(one, other));
}

}  // namespace
}  // namespace poolproof::check
