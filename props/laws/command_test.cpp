// The `poolproof` command as a user runs it: what it prints, what it returns, what it says of bad
// input. Each call is a fresh process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "props/laws/shell.hpp"

namespace poolproof {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

// ---- what it is for ----

TEST(Check, EndsWithHeldForOurPool) {
  const Output output = poolproof("check --seed 7 --schedules 500");
  EXPECT_EQ(output.status, 0);
  EXPECT_EQ(last_line(output.text), "held: 500 schedules, 0 violations");
}

// By SQLAlchemy's name, with its module or without.
TEST(Check, EndsWithHeldForEachClassOfOurPool) {
  for (const char* pool_class :
       {"QueuePool", "NullPool", "StaticPool", "SingletonThreadPool", "sqlalchemy.pool.QueuePool",
        "sqlalchemy.pool.impl.AssertionPool"}) {
    const Output output =
        poolproof(std::string("check --seed 7 --schedules 1000 --pool-class ") + pool_class);
    EXPECT_EQ(output.status, 0) << output.text;
    EXPECT_EQ(last_line(output.text), "held: 1000 schedules, 0 violations");
  }
}

TEST(Check, NamesTheClassesThereAre) {
  const Output output = poolproof("check --pool-class LeakyPool");
  EXPECT_EQ(output.status, 2);
  EXPECT_THAT(output.text, HasSubstr("--pool-class takes QueuePool, NullPool, StaticPool, "
                                     "SingletonThreadPool or AssertionPool"));
}

TEST(Check, NamesTheUpkeepThatCannotBe) {
  const auto refused = [](const std::string& options) {
    const Output output = poolproof("check --schedules 1 " + options);
    EXPECT_EQ(output.status, 2) << output.text;
    return output.text;
  };
  EXPECT_THAT(refused("--recycle 1s --recycle-jitter 2s"), HasSubstr("recycle_jitter is 2s: give"));
  EXPECT_THAT(refused("--pool-size 1 --min-idle 2"), HasSubstr("min_idle is 2: give"));
  EXPECT_THAT(refused("--idle-timeout soon"), HasSubstr("--idle-timeout takes a duration"));
  EXPECT_THAT(refused("--connect-backoff -1s"), HasSubstr("--connect-backoff takes a duration"));
  EXPECT_THAT(refused("--pool-class NullPool --pool " + mutant("none")),
              HasSubstr("leave them out"));
}

TEST(Check, EndsWithTheLawAndTheTokenForABrokenPool) {
  const Output output =
      poolproof("check --seed 7 --schedules 1000 --pool " + mutant("failed_connect_wakes_nobody"));
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(last_line(output.text),
              AllOf(StartsWith("broken: WAKE"), HasSubstr("replay with: poolproof replay pp1:")));
}

// An option without a value too: this one has its say only with a pre_ping.
TEST(Check, VariesTheOptionsThatAreNotGiven) {
  const std::string check = "check --seed 7 --schedules 2000 --pool " + mutant("ping_not_heeded");
  EXPECT_EQ(poolproof(check).status, 1);
  EXPECT_EQ(poolproof(check + " --no-pre-ping").status, 0);
}

TEST(Check, IsTheSameTwiceButForItsTimings) {
  const TemporaryFolder folder;
  std::array<nlohmann::json, 2> reports;
  for (auto& report : reports) {
    ASSERT_EQ(poolproof("check --seed 7 --schedules 2000 --json " + folder.file("r")).status, 0);
    report = report_in(folder.file("r"));
    EXPECT_EQ(report.erase("seconds"), 1U);
    EXPECT_EQ(report.erase("schedules_per_second"), 1U);
  }
  EXPECT_EQ(reports[0].dump(), reports[1].dump());
  EXPECT_EQ(reports[0]["verdict"], "held");
  // A mutation may come to nothing.
  EXPECT_GT(reports[0]["coverage"]["distinct_schedules"], 1900);
}

TEST(Check, WritesItsFindingAsJson) {
  const TemporaryFolder folder;
  const Output output = poolproof("check --seed 7 --pool " + mutant("handed_out_twice") +
                                  " --laws DUP --json " + folder.file("r"));
  EXPECT_EQ(output.status, 1);
  const auto report = report_in(folder.file("r"));
  EXPECT_EQ(report["verdict"], "broken");
  EXPECT_EQ(report["violations"][0]["law"], "DUP");
  EXPECT_EQ(report["violations"][0]["token"], token_in(output.text));
  EXPECT_THAT(report["violations"][0]["story"].get<std::string>(), HasSubstr("server"));
}

// Real time: enough for one schedule, on a busy machine and under a sanitizer.
TEST(Check, StopsWhenItsTimeIsUp) {
  const Output output = poolproof("check --for 1500ms");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(last_line(output.text), MatchesRegex("held: [0-9]+ schedules, 0 violations"));
}

TEST(Model, WalksEveryStateOfASmallScope) {
  const Output output = poolproof("model --pool-size 2 --max-overflow 1 --callers 3");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(
      last_line(output.text),
      MatchesRegex("complete: [0-9]+ states, [0-9]+ transitions, depth [0-9]+; held:.*WAKE.*"));
}

TEST(Model, FindsALostWakeUpOfQueuePoolAndTellsItMoveByMove) {
  const Output output =
      poolproof("model --profile sqlalchemy --pool-size 1 --max-overflow 0 --laws WAKE");
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(output.text, AllOf(HasSubstr("caller 0 acquires"), HasSubstr("waiting: caller")));
  EXPECT_THAT(last_line(output.text), StartsWith("broken: WAKE after "));
}

class EdgeValues : public testing::TestWithParam<const char*> {};

TEST_P(EdgeValues, WorkInBothCommands) {
  const std::string arguments = GetParam();
  const Output checked = poolproof("check --quiet --seed 7 --schedules 500 " + arguments);
  EXPECT_EQ(checked.text, "held: 500 schedules, 0 violations\n");
  const Output walked = poolproof("model --callers 2 " + arguments);
  EXPECT_THAT(last_line(walked.text), StartsWith("complete: "));
}

INSTANTIATE_TEST_SUITE_P(
    Of, EdgeValues,
    testing::Values("--pool-size 0", "--max-overflow -1", "--recycle 0", "--timeout 0",
                    "--timeout never", "--max-overflow 0",
                    "--pool-size 0 --max-overflow -1 --timeout 0 --recycle 0",
                    "--pre-ping --lifo --reset-on-return none --patience 5ms --timeout 10ms"));

TEST(Model, IsUndecidedWhenItsBudgetIsTooSmall) {
  const Output output = poolproof("model --states 10");
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(last_line(output.text), StartsWith("incomplete: "));
}

// Real time, because it is a real signal.
TEST(Check, SaysWhatItHasDoneWhenItIsInterrupted) {
  const Output output =
      shell("timeout --preserve-status --signal=INT 0.3 " + kBuild + "/poolproof check --for 10m");
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(last_line(output.text),
              MatchesRegex("undecided: ended after [0-9]+ schedules, 0 violations so far"));
}

TEST(Check, ListsItsFaults) {
  const Output output = poolproof("check --faults help");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text, AllOf(StartsWith("network\n"), HasSubstr("\nstorms\n"),
                                 HasSubstr("connect_refused"), HasSubstr("killed_in_query")));
}

TEST(Check, TakesAGroupOfFaultsByItsName) {
  const TemporaryFolder folder;
  const Output output = poolproof(
      "check --seed 7 --schedules 500 --faults connect,killed_idle --json " + folder.file("r"));
  EXPECT_EQ(output.status, 0);
  const auto faults = report_in(folder.file("r"))["coverage"]["faults"];
  EXPECT_GT(faults["connect_refused"], 0);
  EXPECT_GT(faults["too_many_connections"], 0);
  EXPECT_GT(faults["killed_idle"], 0);
  EXPECT_EQ(faults["killed_in_query"], 0);
}

TEST(Check, SaysWhereFaultsHaveStruckAndFirstWhereTheyCouldAndHaveNot) {
  const TemporaryFolder folder;
  const Output output =
      poolproof("check --seed 2 --schedules 6 --faults connect_hung,all_idle_killed --json " +
                folder.file("r"));
  EXPECT_THAT(output.text,
              AllOf(HasSubstr("never struck: connect_hung, all_idle_killed"),
                    HasSubstr("\nnever seen: "), HasSubstr("places where a fault can strike")));
  std::uint64_t struck = 0;
  const auto coverage = report_in(folder.file("r"))["coverage"];
  for (const auto& cell : coverage["fault_matrix"]) {
    if (cell["fault"] == "connect_hung") struck += cell["count"].get<std::uint64_t>();
  }
  EXPECT_EQ(struck, coverage["faults"]["connect_hung"]);
}

TEST(Check, VariesWhatIsNotGivenOfThePool) {
  const TemporaryFolder folder;
  poolproof("check --seed 7 --schedules 6000 --faults killed_in_query --json " + folder.file("r"));
  std::uint64_t pings = 0;
  const auto coverage = report_in(folder.file("r"))["coverage"];
  for (const auto& cell : coverage["fault_matrix"]) {
    if (cell["call"] == "acquire") pings += cell["count"].get<std::uint64_t>();
  }
  EXPECT_GT(pings, 0U) << "no acquire has sent a query: --pre-ping is never tried";
}

TEST(Check, CountsTheSamePlacesHoweverManyProcessesThereAre) {
  const TemporaryFolder folder;
  for (const char* const jobs : {"1", "3"}) {
    poolproof("check --seed 7 --schedules 2000 --jobs " + std::string(jobs) + " --json " +
              folder.file(jobs));
  }
  EXPECT_EQ(report_in(folder.file("1"))["coverage"], report_in(folder.file("3"))["coverage"]);
}

class Replay : public testing::TestWithParam<const char*> {};

TEST_P(Replay, IsIdenticalInAFreshProcessTenTimesOutOfTen) {
  const std::string pool = " --pool " + mutant(GetParam());
  const Output found = poolproof("check --seed 2 --schedules 1000" + pool);
  ASSERT_EQ(found.status, 1) << found.text;
  const std::string token = token_in(found.text);
  const Output first = poolproof("replay " + token + pool);
  EXPECT_EQ(first.status, 1);
  EXPECT_THAT(last_line(first.text), StartsWith("broken: "));
  EXPECT_THAT(first.text, testing::Not(HasSubstr("has changed since")));
  const std::size_t story = first.text.find("pool_size ");
  ASSERT_NE(story, std::string::npos);
  EXPECT_THAT(found.text, HasSubstr(first.text.substr(story, first.text.rfind("broken:") - story)));
  for (int i = 1; i < 10; ++i) EXPECT_EQ(poolproof("replay " + token + pool).text, first.text);
}

INSTANTIATE_TEST_SUITE_P(Of, Replay,
                         testing::Values("failed_connect_wakes_nobody", "returned_without_waking",
                                         "grant_lost_at_deadline", "counted_after_connecting",
                                         "handed_out_twice", "deadline_rearmed"));

TEST(ReplayCommand, TakesAFileThatHoldsAToken) {
  const TemporaryFolder folder;
  const std::string pool = " --pool " + mutant("timeout_in_wrong_unit");
  std::ofstream(folder.file("report.txt")) << poolproof("check --seed 7" + pool).text;
  EXPECT_EQ(poolproof("replay " + folder.file("report.txt") + pool).status, 1);
}

TEST(ReplayCommand, SaysSoWhenThePoolIsMended) {
  const Output found = poolproof("check --seed 7 --pool " + mutant("timeout_in_wrong_unit"));
  const Output mended = poolproof("replay " + token_in(found.text) + " --pool " + mutant("none"));
  EXPECT_EQ(mended.status, 0);
  EXPECT_THAT(mended.text, HasSubstr("the code has changed since"));
  EXPECT_EQ(last_line(mended.text), "held: 1001 schedules, 0 violations");
}

// ---- bad input ----

struct BadInput {
  const char* arguments;
  const char* says;
};

void PrintTo(const BadInput& input, std::ostream* out) { *out << input.arguments; }

class BadUsage : public testing::TestWithParam<BadInput> {};

// Not a literal among the others: where the plugins are is only known at run time.
TEST(BadUsageOfAPlugin, IsToAskForPatienceThatItHasNot) {
  const Output output = poolproof("check --patience 5ms --pool " + mutant("none"));
  EXPECT_EQ(output.status, 2);
  EXPECT_EQ(output.text, "poolproof: --patience: reference pool has none; leave it out\n");
}

TEST_P(BadUsage, IsOneClearLineAndStatusTwo) {
  const Output output = poolproof(GetParam().arguments);
  EXPECT_EQ(output.status, 2);
  EXPECT_THAT(output.text, AllOf(StartsWith("poolproof: "), HasSubstr(GetParam().says)));
  EXPECT_EQ(std::count(output.text.begin(), output.text.end(), '\n'), 1) << output.text;
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadUsage,
    testing::Values(
        BadInput{"check --pool-size -3", "--pool-size takes a number from 0"},
        BadInput{"check --pool-size many", "--pool-size"},
        BadInput{"check --pool-size ''", "--pool-size"},
        BadInput{"check --max-overflow -2", "--max-overflow takes a number from -1"},
        BadInput{"check --pool-size 2147483647 --max-overflow 1", "max_overflow"},
        BadInput{"check --timeout 5", "--timeout takes a duration such as 250ms"},
        BadInput{"check --recycle -1s", "--recycle takes a duration"},
        BadInput{"check --patience long", "--patience takes a duration"},
        BadInput{"check --reset-on-return drop", "rollback, commit, discard or none, not 'drop'"},
        BadInput{"check --schedules x", "--schedules takes a number of at least 1, not 'x'"},
        BadInput{"check --schedules 0", "--schedules"}, BadInput{"check --seed -1", "--seed"},
        BadInput{"check --callers 0", "--callers"}, BadInput{"check --ops 1e3", "--ops"},
        BadInput{"check --for soon", "--for takes a duration"},
        BadInput{"check --faults gremlins", "there is no fault 'gremlins'"},
        BadInput{"check --laws CAP,NEAT", "'NEAT' is not judged here"},
        BadInput{"check --pool /nowhere/pool.so", "cannot be loaded"},
        BadInput{"check --pool /dev/null", "cannot be loaded"},
        BadInput{"check --strategy luck", "--strategy: 'luck' is none; --strategy help lists them"},
        BadInput{"check --junit /nowhere/report.xml", "--junit /nowhere/report.xml"},
        BadInput{"check --json /nowhere/report.json", "--json /nowhere/report.json"},
        BadInput{"model --callers 9", "--callers takes a number from 1 to 6"},
        BadInput{"model --pool-size -1", "--pool-size takes a number from 0"},
        BadInput{"model --max-overflow -2", "--max-overflow takes a number from -1"},
        BadInput{"model --profile psycopg", "--profile takes strict or sqlalchemy"},
        BadInput{"model --profile sqlalchemy --patience 1ms", "the profile sqlalchemy has none"},
        BadInput{"model --laws CXL", "'CXL' is not judged here"},
        BadInput{"model --pool-size 2147483647", "max_overflow"},
        BadInput{"model --states none", "--states takes a number"},
        BadInput{"check --frobnicate", "--frobnicate"}, BadInput{"check extra", "extra"},
        BadInput{"", "a command is missing"}, BadInput{"chek", "chek"}, BadInput{"replay", "token"},
        BadInput{"replay pp1:", "cut short"}, BadInput{"replay pp1:AAAA", "the token"},
        BadInput{"replay 'pp1:A B'", "characters that no token has"},
        BadInput{"replay /nowhere/token", "neither a token"},
        BadInput{"replay /dev/null", "holds no token"}));

TEST(BadToken, OfWhichOneCharacterIsWrongIsRefused) {
  const std::string token =
      token_in(poolproof("check --seed 7 --pool " + mutant("timeout_in_wrong_unit")).text);
  for (std::size_t at = 4; at < token.size(); at += 3) {
    std::string damaged = token;
    damaged[at] = damaged[at] == 'x' ? 'y' : 'x';
    const Output output = poolproof("replay " + damaged);
    EXPECT_EQ(output.status, 2) << damaged;
    EXPECT_THAT(output.text, StartsWith("poolproof: the token "));
  }
}

}  // namespace
}  // namespace poolproof
