// `poolproof explore` and `poolproof model` as a user runs them: what is proved, what
// is found, what is cut short, and what is said of bad input. How a proof is kept:
// certificate_command_test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "props/laws/shell.hpp"

namespace poolproof {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// Two callers and one connection: a few classes, explored in no time.
const std::string kSmall = "explore --callers 2 --pool-size 1 --max-overflow 0";

// ---- what is proved ----

TEST(Explore, EndsWithWhatIsProvedAndForWhat) {
  const Output output = poolproof(kSmall);
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(last_line(output.text),
              MatchesRegex("proved: CAP DUP .* CRASH and that each step is the model's for 2 "
                           "callers x 1, pool 1\\+0, no faults, racing time: [0-9]+ classes, "
                           "complete"));
}

TEST(Explore, PrintsTheVerdictOnlyIfAskedToBeQuiet) {
  const Output output = poolproof(kSmall + " --quiet");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text, StartsWith("proved: "));
  EXPECT_EQ(std::count(output.text.begin(), output.text.end(), '\n'), 1);
}

TEST(Explore, OfAPluginThatTellsOfNoAtomicsSaysSo) {
  const Output output = poolproof(kSmall + " --quiet --pool " + mutant("none"));
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, StartsWith("proved but for its atomics, of which it tells nothing: "));
  EXPECT_THAT(output.text, Not(HasSubstr("each step is the model's")));
}

TEST(Explore, NamesTheUseAndTheRemarkInWhatIsProved) {
  const Output output =
      poolproof(kSmall + " --quiet --use open_transaction --remark invalidate_softly");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text,
              HasSubstr("pool 1+0, use open_transaction, invalidate softly, no faults"));
}

TEST(Explore, OfAnotherClassOfPoolIsOfThatClass) {
  const Output output = poolproof("explore --pool-class NullPool --pool-size 0 --max-overflow 0");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, HasSubstr("pool 0+0 (NullPool), "));
}

TEST(Explore, GuessesBeforehandHowManyClassesThereAreAndHowLongThatTakes) {
  const TemporaryFolder folder;
  const Output output =
      poolproof("explore --callers 2 --ops 2 --max-overflow 1 --json " + folder.file("r"));
  EXPECT_THAT(output.text, ContainsRegex("^at a guess [0-9]+ classes, [0-9]+ s\n"));
  const auto report = report_in(folder.file("r"));
  EXPECT_GT(report["classes_estimated"].get<double>(), report["classes"].get<double>() / 3);
  EXPECT_LT(report["classes_estimated"].get<double>(), report["classes"].get<double>() * 3);
}

TEST(Explore, DoesNotProveWhatItCannotJudge) {
  for (const char* const asked : {"--laws TEND", "--laws FAIR --patience 10ms"}) {
    const Output output = poolproof(std::string("explore ") + asked);
    EXPECT_EQ(output.status, 2) << asked;
    EXPECT_THAT(output.text,
                HasSubstr("explore judges neither OWN nor TEND, nor FAIR with --patience"));
  }
}

// ---- what is cut short ----

TEST(AnExplorationThatIsCutShort, ByANumberOfExecutionsSaysSo) {
  const Output output = poolproof(kSmall + " --executions 2");
  EXPECT_EQ(output.status, 3);
  EXPECT_EQ(last_line(output.text),
            "incomplete (bound): nothing found for 2 callers x 1, pool 1+0, no faults, racing time "
            "in 2 executions of 2 classes");
}

TEST(AnExplorationThatIsCutShort, ByABoundOnPreemptionsSaysWhatHasBeenSeen) {
  const Output output = poolproof("explore --callers 3 --pool-size 1 --bound preemptions=1");
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(output.text, HasSubstr(" classes with fewer than 1 preemption\n"));
  EXPECT_THAT(
      last_line(output.text),
      MatchesRegex("incomplete \\(bound\\): nothing found for 3 callers x 1, pool 1\\+1, no "
                   "faults, racing time in all schedules with at most 1 preemption: "
                   "[0-9]+ classes"));
}

TEST(Explore, WithABoundThatNoScheduleReachesProves) {
  const Output output = poolproof(kSmall + " --quiet --bound preemptions=100");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, MatchesRegex("proved: .*: [0-9]+ classes, complete; none needs more "
                                        "than [0-9]+ preemptions?\n"));
}

TEST(Explore, WithABoundFindsABugWithTheFewestPreemptionsFirst) {
  const Output output = poolproof(
      "explore --callers 2 --pool-size 1 --max-overflow 0 "
      "--bound preemptions=9 --pool " +
      mutant("counted_after_connecting"));
  EXPECT_EQ(output.status, 1) << output.text;
  EXPECT_THAT(output.text, AllOf(HasSubstr("fewer than 1 preemption"),
                                 Not(HasSubstr("fewer than 2 preemptions"))));
}

// Real time: more classes than any machine runs in a tenth of a second.
TEST(AnExplorationThatIsCutShort, ByTimeSaysSo) {
  const Output output = poolproof("explore --callers 4 --ops 3 --pool-size 2 --for 100ms");
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(last_line(output.text), StartsWith("incomplete (bound): nothing found"));
}

// ---- what is found ----

TEST(Explore, FindsABrokenPoolAndSaysHowToReplayIt) {
  const std::string pool = " --pool " + mutant("failed_connect_wakes_nobody");
  const Output output = poolproof(kSmall + " --timeout 20ms --faults connect_refused:1" + pool);
  EXPECT_EQ(output.status, 1) << output.text;
  EXPECT_THAT(last_line(output.text),
              AllOf(StartsWith("broken: WAKE"), HasSubstr("replay with: poolproof replay pp1:")));
  const Output replayed = poolproof("replay " + token_in(output.text) + pool);
  EXPECT_EQ(replayed.status, 1) << replayed.text;
  EXPECT_THAT(last_line(replayed.text), StartsWith("broken: WAKE"));
}

// Who comes last is served first: FAIR is not demanded of a plugin, but the model knows it.
TEST(Explore, FindsAStepThatTheModelDoesNotAllowAndSaysWhatItWouldHaveAllowed) {
  const std::string pool = " --pool " + mutant("last_come_first_served");
  const std::string three = "explore --callers 3 --ops 2 --pool-size 1 --max-overflow 0" + pool;
  const Output output = poolproof(three + " --refine");
  EXPECT_EQ(output.status, 1) << output.text;
  EXPECT_THAT(output.text, AllOf(HasSubstr("which the model does not allow there"),
                                 HasSubstr("it allows: "), HasSubstr("waiting: ")));
  EXPECT_THAT(last_line(output.text), AllOf(StartsWith("broken: the model does not explain "),
                                            HasSubstr("replay with: poolproof replay pp1:")));
  EXPECT_EQ(poolproof("replay " + token_in(output.text) + pool).status, 0)
      << "of the laws that are demanded of it, it breaks none";
}

// ---- reports ----

TEST(Explore, WritesWhatIsProvedAsJson) {
  const TemporaryFolder folder;
  ASSERT_EQ(poolproof(kSmall + " --json " + folder.file("r") + " --certificate " + folder.file("c"))
                .status,
            0);
  const auto report = report_in(folder.file("r"));
  EXPECT_EQ(report["verdict"], "held");
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["pool"], "poolproof::Pool");
  EXPECT_THAT(report["scenario"].get<std::string>(), StartsWith("2 callers x 1, pool 1+0"));
  EXPECT_GT(report["classes"], 1);
  EXPECT_EQ(report["violations"], nlohmann::json::array());
  EXPECT_EQ(report["certificate"], report_in(folder.file("c")));
}

TEST(Explore, WritesTheSameJsonTwiceButForItsTimings) {
  const TemporaryFolder folder;
  nlohmann::json reports[2];
  for (auto& report : reports) {
    ASSERT_EQ(poolproof(kSmall + " --json " + folder.file("r")).status, 0);
    report = report_in(folder.file("r"));
    EXPECT_EQ(report.erase("seconds"), 1U);
    EXPECT_EQ(report.erase("classes_per_second"), 1U);
  }
  EXPECT_EQ(reports[0].dump(), reports[1].dump());
}

TEST(Explore, WritesItsFindingAsJsonAndAsJunit) {
  const TemporaryFolder folder;
  const Output output = poolproof(kSmall + " --laws CAP --pool " + mutant("handed_out_twice") +
                                  " --json " + folder.file("r") + " --junit " + folder.file("j"));
  EXPECT_EQ(output.status, 1) << output.text;
  const auto report = report_in(folder.file("r"));
  EXPECT_EQ(report["verdict"], "broken");
  EXPECT_EQ(report["complete"], false);
  EXPECT_EQ(report["certificate"], nullptr);
  EXPECT_EQ(report["violations"][0]["law"], "CAP");
  EXPECT_EQ(report["violations"][0]["token"], token_in(output.text));
  EXPECT_THAT(text_of(folder.file("j")),
              AllOf(HasSubstr("name=\"poolproof explore: "), HasSubstr("<failure type=\"CAP\""),
                    HasSubstr(token_in(output.text))));
}

TEST(Explore, WritesWhatIsCutShortAsAnErrorInJunit) {
  const TemporaryFolder folder;
  poolproof(kSmall + " --executions 2 --json " + folder.file("r") + " --junit " + folder.file("j"));
  const auto report = report_in(folder.file("r"));
  EXPECT_EQ(report["verdict"], "undecided");
  EXPECT_EQ(report["certificate"], nullptr);
  EXPECT_EQ(report["detail"], "incomplete (bound): ended after 2 executions");
  EXPECT_THAT(text_of(folder.file("j")),
              AllOf(HasSubstr("errors=\"1\""), HasSubstr("the exploration is complete"),
                    HasSubstr("incomplete (bound): ended after 2 executions")));
}

TEST(Explore, WritesAStepThatTheModelDoesNotAllowAsJson) {
  const TemporaryFolder folder;
  poolproof("explore --callers 3 --ops 2 --pool-size 1 --max-overflow 0 --refine --pool " +
            mutant("last_come_first_served") + " --json " + folder.file("r"));
  const auto unexplained = report_in(folder.file("r"))["unexplained"];
  EXPECT_THAT(unexplained["event"].get<std::string>(), HasSubstr("acquire returns with a lease"));
  EXPECT_FALSE(unexplained["states"].empty());
}

// ---- the model ----

TEST(Model, SaysThatEveryAcquireEndsAndWhatThatRestsOn) {
  const Output output = poolproof("model --pool-size 1 --max-overflow 0 --timeout never");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, HasSubstr("every acquire ends if servers answer, leases return, "
                                     "threads run and time passes: "));
  EXPECT_THAT(last_line(output.text), HasSubstr(" STUCK"));
}

TEST(Model, TellsHowAnAcquireOfQueuePoolNeverEnds) {
  const Output output = poolproof(
      "model --profile sqlalchemy --pool-size 1 --max-overflow 0 --timeout never --callers 2 "
      "--laws STUCK");
  EXPECT_EQ(output.status, 1) << output.text;
  EXPECT_THAT(last_line(output.text), StartsWith("broken: STUCK after "));
  EXPECT_THAT(output.text, AllOf(HasSubstr("acquires"), HasSubstr("waits")));
}

// ---- bad input ----

struct BadInput {
  const char* arguments;
  const char* says;
};

void PrintTo(const BadInput& input, std::ostream* out) { *out << input.arguments; }

class BadUsageOfExplore : public testing::TestWithParam<BadInput> {};

TEST_P(BadUsageOfExplore, IsOneClearLineAndStatusTwo) {
  const Output output = poolproof(std::string("explore ") + GetParam().arguments);
  EXPECT_EQ(output.status, 2) << output.text;
  EXPECT_THAT(output.text, AllOf(StartsWith("poolproof: "), HasSubstr(GetParam().says)));
  EXPECT_EQ(std::count(output.text.begin(), output.text.end(), '\n'), 1) << output.text;
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadUsageOfExplore,
    testing::Values(
        BadInput{"--callers 0", "--callers takes a number from 1 to 8, not '0'"},
        BadInput{"--callers 9", "--callers takes a number from 1 to 8"},
        BadInput{"--ops none", "--ops takes a number from 1 to 8, not 'none'"},
        BadInput{"--pool-size -1", "--pool-size takes a number from 0"},
        BadInput{"--max-overflow -2", "--max-overflow takes a number from -1"},
        BadInput{"--timeout 5", "--timeout takes a duration such as 250ms"},
        BadInput{"--recycle soon", "--recycle takes a duration"},
        BadInput{"--patience long", "--patience takes a duration"},
        BadInput{"--reset-on-return drop", "rollback, commit, discard or none, not 'drop'"},
        BadInput{"--think 5ms", "--think takes 0s or 10ms, not 5ms"},
        BadInput{"--think deeply", "--think takes a duration"},
        BadInput{"--hold 1s", "--hold takes 0s, 10ms, 20ms or 50ms, not 1s"},
        BadInput{"--hold 20ms --use cancelled_query",
                 "--hold takes 0s or 10ms with --use cancelled_query, not 20ms"},
        BadInput{"--chore dishes", "--chore takes dispose or close, not 'dishes'"},
        BadInput{"--use gossip", "--use takes one of query, nothing, failing_query, "},
        BadInput{"--remark rude", "--remark takes one of none, invalidate, "},
        BadInput{"--use nothing --remark invalidate", "--remark: "},
        BadInput{"--faults gremlins:1", "there is no fault 'gremlins'"},
        BadInput{"--faults connect_refused:0", "--faults connect_refused takes a number from 1"},
        BadInput{"--faults connect_refused:10", "--faults connect_refused takes a number from 1"},
        BadInput{"--faults connect_refused:often", "--faults connect_refused takes a number"},
        BadInput{"--faults ''", "there is no fault ''"},
        BadInput{"--time late", "--time takes racing or lazy, not 'late'"},
        BadInput{"--bound 2", "--bound takes preemptions=N, not '2'"},
        BadInput{"--bound preemptions=few", "--bound preemptions takes a number from 0"},
        BadInput{"--executions 0", "--executions takes a number of at least 1, not '0'"},
        BadInput{"--for ever", "--for takes a duration"},
        BadInput{"--laws CAP,NEAT", "'NEAT' is not judged here"},
        BadInput{"--carrier pigeon", "--carrier takes fiber or thread, not 'pigeon'"},
        BadInput{"--pool /nowhere/pool.so", "cannot be loaded"},
        BadInput{"--certificate /nowhere/c", "--certificate /nowhere/c: cannot be written"},
        BadInput{"--verify /nowhere/c", "--verify /nowhere/c: cannot be read"},
        BadInput{"--verify /dev/null", "--verify /dev/null: is no certificate"},
        BadInput{"--json /nowhere/r", "--json /nowhere/r: cannot be written"},
        BadInput{"--junit /nowhere/r", "--junit /nowhere/r: cannot be written"},
        BadInput{"--frobnicate", "--frobnicate"}, BadInput{"extra", "extra"}));

TEST(BadUsageOfExploreWithAPlugin, IsToAskForPatienceThatItHasNot) {
  const Output output = poolproof("explore --patience 5ms --pool " + mutant("none"));
  EXPECT_EQ(output.status, 2);
  EXPECT_EQ(output.text, "poolproof: --patience: reference pool has none; leave it out\n");
}

}  // namespace
}  // namespace poolproof
