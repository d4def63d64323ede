// `poolproof explore --certificate` and `--verify` as a user runs them: how a proof is kept, and
// what it is worth to somebody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "props/laws/shell.hpp"

namespace poolproof {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

// Two callers and one connection: a few classes, explored in no time.
const std::string kSmall = "explore --callers 2 --pool-size 1 --max-overflow 0";

class Certificate : public testing::Test {
 protected:
  void SetUp() override {
    const Output output = poolproof(kSmall + " --certificate " + file());
    ASSERT_EQ(output.status, 0) << output.text;
  }

  std::string file() const { return folder_.file("certificate"); }

  template <class Value>
  void change(const char* key, const Value& value) const {
    nlohmann::json certificate = report_in(file());
    ASSERT_TRUE(certificate.contains(key));
    certificate[key] = value;
    std::ofstream(file()) << certificate;
  }

  void expect_difference(const std::string& says) const {
    const Output output = poolproof(kSmall + " --verify " + file());
    EXPECT_EQ(output.status, 1) << output.text;
    EXPECT_THAT(last_line(output.text), AllOf(StartsWith("not verified: "), HasSubstr(says)));
  }

 private:
  const TemporaryFolder folder_;
};

TEST_F(Certificate, IsVerifiedByTheOtherOrderOfTasks) {
  const Output output = poolproof(kSmall + " --verify " + file());
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(last_line(output.text),
              MatchesRegex("verified: [0-9]+ classes, digest [0-9a-f]{16}, in the other order of "
                           "tasks"));
}

TEST_F(Certificate, IsVerifiedByRoundsOfPreemptions) {
  const Output output = poolproof(kSmall + " --bound preemptions=100 --verify " + file());
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(
      last_line(output.text),
      MatchesRegex("verified: [0-9]+ classes, digest [0-9a-f]{16}, by rounds of preemptions"));
}

TEST_F(Certificate, SaysWhatItIsOf) {
  const auto certificate = report_in(file());
  EXPECT_EQ(certificate["accused"], "poolproof::Pool");
  EXPECT_THAT(certificate["scenario"].get<std::string>(), StartsWith("2 callers x 1, pool 1+0"));
  EXPECT_EQ(certificate["refines"], true);
  for (const char* const digest : {"code", "laws_digest", "model_digest", "classes_digest"}) {
    EXPECT_THAT(certificate[digest].get<std::string>(), MatchesRegex("[0-9a-f]{16}")) << digest;
  }
}

TEST_F(Certificate, ThatWasChangedIsToldWhereItDiffers) {
  change("classes", 7);
  expect_difference("the certificate has 7 classes, this exploration ");
}

TEST_F(Certificate, OfOtherClassesIsToldSo) {
  change("classes_digest", "0123456789abcdef");
  expect_difference("there are as many classes, but they are others");
}

TEST_F(Certificate, OfAnotherModelIsToldSo) {
  change("model_digest", "0123456789abcdef");
  expect_difference("the model has changed since");
}

TEST_F(Certificate, OfOtherCodeIsToldSo) {
  change("code", "0123456789abcdef");
  expect_difference("the code has changed since");
}

TEST_F(Certificate, OfOtherLawsIsToldSo) {
  change("laws", std::vector<std::string>{"CAP"});
  expect_difference("the laws are others");
}

TEST_F(Certificate, OfAnotherPoolIsToldSo) {
  change("accused", "pool of tears");
  expect_difference("the certificate is of pool of tears, this is poolproof::Pool");
}

TEST_F(Certificate, OfAnotherScenarioIsToldSo) {
  const Output output = poolproof(
      "explore --callers 2 --ops 2 --pool-size 1 --max-overflow 0 "
      "--verify " +
      file());
  EXPECT_EQ(output.status, 1) << output.text;
  EXPECT_THAT(last_line(output.text),
              HasSubstr("the certificate's scenario is another: 2 callers x 1, pool 1+0"));
}

TEST_F(Certificate, IsLeftAloneWhenNothingIsProved) {
  const std::string before = text_of(file());
  const Output output = poolproof(kSmall + " --executions 1 --certificate " + file());
  EXPECT_EQ(output.status, 3);
  EXPECT_EQ(text_of(file()), before);
}

TEST_F(Certificate, CannotBeVerifiedByWhatIsCutShort) {
  const Output output = poolproof(kSmall + " --executions 1 --verify " + file());
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(last_line(output.text), StartsWith("incomplete (bound): "));
}

}  // namespace
}  // namespace poolproof
