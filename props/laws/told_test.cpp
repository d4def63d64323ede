// A counterexample is read by somebody who has not seen the code: the two events that decide, in
// words of callers and connections, and a table that fits a screen.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tinyxml2.h>

#include <algorithm>

#include "props/check/junit.hpp"
#include "props/check/search.hpp"
#include "props/check/story_text.hpp"
#include "props/explore/random_walk.hpp"
#include "props/mutants/reference_pool.hpp"

namespace poolproof {
namespace {

using check::Story;
using model::LawId;
using mutants::Defect;
using testing::HasSubstr;
using testing::MatchesRegex;
using world::Duration;
using namespace std::chrono_literals;

check::Accused broken(Defect defect) {
  return check::Accused(mutants::reference_pool(defect), mutants::reference_extension());
}

struct Found {
  check::Accused accused;
  check::SearchOptions options{};
  check::SearchResult result{};

  [[nodiscard]] const Story& story() const { return result.finding->story; }
  [[nodiscard]] const std::string& decided(std::size_t index) const {
    return story().deciding.at(index).sentence;
  }
};

Found find(Defect defect, LawId law, std::uint64_t seed = 1) {
  Found found{.accused = broken(defect)};
  found.options.laws = {law};
  found.options.seed = seed;
  found.options.schedules = 20'000;
  found.result = check::search(found.accused, found.options, [](std::uint64_t) { return true; });
  EXPECT_TRUE(found.result.finding) << mutants::name(defect);
  return found;
}

// ---- the two deciding events ----

struct Case {
  Defect defect;
  LawId law;
  const char* cause;  // regular expressions
  const char* effect;
};

void PrintTo(const Case& each, std::ostream* out) { *out << mutants::name(each.defect); }

class Decided : public testing::TestWithParam<Case> {};

TEST_P(Decided, ByTwoEventsInWordsOfThePool) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Found found = find(GetParam().defect, GetParam().law, seed);
    ASSERT_EQ(found.story().deciding.size(), 2U) << check::to_text(found.story());
    EXPECT_THAT(found.decided(0), MatchesRegex(GetParam().cause)) << check::to_text(found.story());
    EXPECT_THAT(found.decided(1), MatchesRegex(GetParam().effect));
    EXPECT_LE(found.story().deciding[0].row, found.story().deciding[1].row);
    EXPECT_EQ(found.story().deciding[1].row + 1, found.story().rows.size());
  }
}

INSTANTIATE_TEST_SUITE_P(
    EachLaw, Decided,
    testing::Values(
        Case{Defect::failed_connect_wakes_nobody, LawId::wake,
             "(.* gives up .* and wakes nobody.*|connection .* ends.*)",
             ".* sleeps in acquire while .*"},
        Case{Defect::returned_without_waking, LawId::wake, ".* gives a connection back.*",
             ".* sleeps in acquire while connection .* is idle.*"},
        Case{Defect::grant_lost_at_deadline, LawId::leak,
             ".* goes without a lease .TIMEOUT., although .* had signalled to it",
             "every lease was back, yet only .*"},
        Case{Defect::counted_after_connecting, LawId::cap, "connection .* opens, and is still open",
             "connection .* is the server's number .*"},
        Case{Defect::handed_out_twice, LawId::dup, "(caller|the probe's lease) .* has it",
             ".* uses connection .*, which is leased to .*"},
        Case{Defect::timeout_in_wrong_unit, LawId::early,
             ".* asks for a connection, with a timeout of .*", ".* was given TIMEOUT after .*"},
        Case{Defect::deadline_rearmed, LawId::late, ".* asks for a connection, with .*",
             ".* has been held up in acquire for .*"},
        Case{Defect::last_come_first_served, LawId::fair, ".* sleeps in acquire from here on",
             ".* is served, but .* slept in acquire before it came and still sleeps"},
        Case{Defect::recycle_forgotten, LawId::age, "connection .* opens", ".* recycle is .*"},
        Case{Defect::invalidated_is_pooled, LawId::age, ".* says: invalidate.*", ".* begins on .*"},
        Case{Defect::ping_forgotten, LawId::dead, "connection .* ends|connection .* is ended by .*",
             ".*which the server had ended before.*|.* the end of its connection had been read.*"},
        Case{Defect::reset_forgotten, LawId::clean, ".* gives connection .* back",
             ".* in the middle of a transaction"},
        Case{Defect::cancel_after_release, LawId::cxl,
             "the cancel that .* asked for is on its way.*", "a cancel that .* asked for hits.*"},
        Case{Defect::closed_pool_lends, LawId::life, ".* has closed the pool",
             ".* asked a closed pool, and was not told so|the pool is .*"}),
    [](const auto& each) {
      return fmt::format("{}_{}", mutants::name(each.param.defect), model::id(each.param.law));
    });

// ---- the table ----

TEST(Telling, ShowsWhoSleepsAndWhoWakesHim) {
  const Found found = find(Defect::grant_lost_at_deadline, LawId::leak);
  const std::string text = check::to_text(found.story());
  EXPECT_THAT(text, HasSubstr("sleeps"));
  EXPECT_THAT(text, HasSubstr("its deadline comes"));
}

TEST(Telling, NamesWhoHoldsALock) {
  const Found found = find(Defect::lock_kept_on_timeout, LawId::stuck);
  EXPECT_THAT(found.result.finding->violations[0].evidence, HasSubstr("(lock, held by "));
}

TEST(Telling, FitsAScreen) {
  for (const Defect defect : mutants::kDefects) {
    check::SearchOptions options;
    options.schedules = 300;
    const auto result = check::search(broken(defect), options, [](std::uint64_t) { return true; });
    if (!result.finding) continue;
    const std::string text = check::to_text(result.finding->story);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 50) << mutants::name(defect);
  }
}

// To observe more must not disturb what is observed.
TEST(Telling, ChangesNeitherTheRunNorTheVerdict) {
  check::Runner runner(broken(Defect::grant_lost_at_deadline));
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    explore::RandomWalk walk(seed);
    const check::RunResult& run = runner.run(scenario::Bounds{}, walk);
    const std::uint64_t hash = run.hash;
    const std::size_t violations = run.violations.size();
    explore::RandomWalk again(seed);
    runner.observe_waits(true);
    runner.run(scenario::Bounds{}, again);
    runner.observe_waits(false);
    EXPECT_EQ(run.hash, hash);
    EXPECT_EQ(run.violations.size(), violations);
  }
}

Story story_of(std::size_t rows) {
  Story story{.plan = "a pool\n", .columns = {"caller 1", "server"}};
  for (std::size_t i = 0; i < rows; ++i) {
    story.rows.push_back({world::Time(1ms * i), i, i % 2, fmt::format("event {}", i + 1)});
  }
  return story;
}

TEST(Table, KeepsOfALongRunItsEndAndWhatDecides) {
  Story story = story_of(200);
  story.deciding = {{6, "the cause"}, {199, "the effect"}};
  const std::string text = check::to_text(story);
  EXPECT_THAT(text, HasSubstr("event 7\n"));
  EXPECT_THAT(text, HasSubstr("(6 steps)"));
  EXPECT_THAT(text, HasSubstr("event 200"));
  EXPECT_THAT(text, testing::Not(HasSubstr("event 100")));
  EXPECT_EQ(check::deciding_text(story), "  step 7: the cause\n  step 200: the effect\n");
}

TEST(Table, NamesAnInstantOnce) {
  Story story{.plan = "", .columns = {"caller 1", "caller 2"}};
  story.rows = {{world::Time(50ms), 1, 0, "acquire"}, {world::Time(50ms), 2, 1, "sleeps"}};
  EXPECT_EQ(check::to_text(story),
            "\n"
            "step        time  caller 1  caller 2\n"
            "   1     0.050 s  acquire\n"
            "   2                        sleeps\n");
}

TEST(Story, IsTheSameAfterATripThroughJson) {
  const Found found = find(Defect::grant_lost_at_deadline, LawId::leak);
  EXPECT_EQ(nlohmann::json(found.story()).get<Story>(), found.story());
}

// ---- JUnit ----

const tinyxml2::XMLElement* suite_in(tinyxml2::XMLDocument& document, const std::string& text) {
  EXPECT_EQ(document.Parse(text.c_str()), tinyxml2::XML_SUCCESS) << text;
  return document.FirstChildElement("testsuites")->FirstChildElement("testsuite");
}

TEST(Junit, FailsTheLawThatIsBrokenAndNoOther) {
  const Found found = find(Defect::recycle_forgotten, LawId::age);
  check::SearchOptions options = found.options;
  options.laws = {LawId::age, LawId::cap};
  tinyxml2::XMLDocument document;
  const auto* suite = suite_in(document, junit_report(found.accused, options, found.result));
  EXPECT_EQ(suite->IntAttribute("tests"), 2);
  EXPECT_EQ(suite->IntAttribute("failures"), 1);
  const auto* cap = suite->FirstChildElement("testcase");
  EXPECT_EQ(cap->FirstChildElement("failure"), nullptr);
  const auto* failure = cap->NextSiblingElement("testcase")->FirstChildElement("failure");
  ASSERT_NE(failure, nullptr);
  EXPECT_STREQ(failure->Attribute("type"), "AGE");
  EXPECT_THAT(failure->GetText(), HasSubstr("poolproof replay pp1:"));
}

TEST(Junit, CallsASearchWithoutAVerdictAnError) {
  const check::SearchOptions options;
  check::SearchResult result;
  result.detail = "the pool \x01 says <&\"> \xff";
  tinyxml2::XMLDocument document;
  const auto* suite = suite_in(document, junit_report(broken(Defect::none), options, result));
  EXPECT_EQ(suite->IntAttribute("errors"), 1);
  EXPECT_EQ(suite->IntAttribute("failures"), 0);
  const auto* error = suite->LastChildElement("testcase")->FirstChildElement("error");
  EXPECT_STREQ(error->Attribute("message"), "the pool ? says <&\"> ?");
}

}  // namespace
}  // namespace poolproof
