// `poolproof mutants` as a user runs it: which broken pools it finds, which survive, what it says
// of bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "props/laws/shell.hpp"

namespace poolproof {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

// A folder of copies of our mutants, under other names.
class Folder : public testing::Test {
 protected:
  void put(const std::string& defect, const std::string& as) {
    std::filesystem::copy_file(mutant(defect), folder_.file(as + ".so"));
  }
  void catalogue(const std::string& text) { std::ofstream(folder_.file("catalogue.txt")) << text; }
  Output mutants(const std::string& arguments) {
    return poolproof("mutants --folder " + folder_.file(".") + " " + arguments);
  }

  TemporaryFolder folder_;
};

// ---- what is found ----

TEST(Mutants, ThatAreFoundAreTold) {
  const Output output =
      poolproof("mutants --seeds 3 --only counted_after_connecting,reset_forgotten");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, AllOf(ContainsRegex("counted_after_connecting +CAP"),
                                 ContainsRegex("reset_forgotten +CLEAN")));
  EXPECT_THAT(last_line(output.text), StartsWith("all 2 found; to the bug: median "));
}

TEST(Mutants, FitATerminalWithAColumnForEachStrategy) {
  const Output output = poolproof("mutants --seeds 2 --strategy all --only handed_out_twice");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, ContainsRegex("pool +walk .*pct20 +mutation +portfolio\n"));
  std::istringstream lines(output.text);
  for (std::string line; std::getline(lines, line);) EXPECT_LT(line.size(), 120U) << line;
}

TEST(Mutants, AreFoundByAStrategyAlone) {
  const TemporaryFolder folder;
  const Output output = poolproof(
      "mutants --seeds 2 --strategy pos --only handed_out_twice --json " + folder.file("r"));
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_EQ(report_in(folder.file("r"))["strategies"].dump(), R"(["pos"])");
}

TEST(Mutants, AreQuietWithOneLine) {
  const Output output = poolproof("mutants --seeds 1 --quiet --only handed_out_twice");
  EXPECT_THAT(output.text, StartsWith("all 1 found"));
  EXPECT_EQ(last_line(output.text) + "\n", output.text);
}

// What fair means no law demands of a foreign pool, unless its catalogue says so.
TEST_F(Folder, IsJudgedByFairnessWhereItsCatalogueSaysSo) {
  put("last_come_first_served", "unfair");
  EXPECT_EQ(mutants("--seeds 1 --schedules 1000").status, 1);
  catalogue("unfair FAIR 1000\n");
  const Output output = mutants("--seeds 1 --schedules 1000");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, ContainsRegex("unfair +FAIR"));
}

TEST_F(Folder, TellsOfALawThatTheCatalogueDoesNotName) {
  put("reset_forgotten", "pool");
  catalogue("pool AGE 1000\n");
  const Output output = mutants("--seeds 1");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text,
              HasSubstr("pool breaks CLEAN most often, where its catalogue says AGE\n"));
}

// A bug of an option is seen where it is given.
TEST_F(Folder, IsSearchedWithTheOptionsOfItsCatalogue) {
  put("cfg_1_no_limit_is_one_less", "limited");
  catalogue("limited\n");
  EXPECT_EQ(mutants("--seeds 1 --schedules 1000").status, 0)
      << "no limit is not among what is drawn";
  catalogue("limited WAKE 1000 max_overflow=-1\n");
  const Output output = mutants("--seeds 1 --schedules 1000");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(last_line(output.text), StartsWith("all 1 found"));
}

// ---- what is not ----

TEST_F(Folder, WithASoundPoolThatIsCalledBrokenHasASurvivor) {
  put("none", "impostor");
  put("handed_out_twice", "twice");
  const Output output = mutants("--seeds 2 --schedules 300");
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(last_line(output.text), StartsWith("1 of 2 survived: impostor; "));
}

TEST_F(Folder, WithABrokenPoolThatIsCalledSoundIsWrong) {
  put("handed_out_twice", "blameless");
  catalogue("blameless\n");
  const Output output = mutants("--seeds 1");
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(last_line(output.text), StartsWith("without a defect, and yet broken: blameless"));
}

TEST(Mutants, WithoutADefectHold) {
  const Output output = poolproof("mutants --seeds 2 --schedules 300 --only none");
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text,
              HasSubstr("none has no defect, and held in 2 searches of 300 schedules\n"));
}

// ---- the figures ----

nlohmann::json without_times(nlohmann::json report) {
  if (report.is_object()) {
    for (const char* const time :
         {"seconds", "shrinking_seconds", "median_seconds", "milliseconds"}) {
      report.erase(time);
    }
  }
  if (report.is_structured()) {
    for (auto& part : report) part = without_times(std::move(part));
  }
  return report;
}

TEST(Mutants, AreTheSameWhateverTheJobs) {
  const TemporaryFolder folder;
  const std::string mutants =
      "mutants --seeds 2 --schedules 2000 --strategy all --only handed_out_twice,reset_forgotten";
  ASSERT_EQ(poolproof(mutants + " --jobs 1 --json " + folder.file("1")).status, 0);
  ASSERT_EQ(poolproof(mutants + " --jobs 2 --json " + folder.file("2")).status, 0);
  EXPECT_EQ(without_times(report_in(folder.file("1"))).dump(2),
            without_times(report_in(folder.file("2"))).dump(2));
}

TEST(Mutants, AreFoundByTheCheckWithTheSameSeed) {
  const TemporaryFolder folder;
  ASSERT_EQ(poolproof("mutants --seeds 2 --only reset_forgotten --json " + folder.file("m")).status,
            0);
  const auto hunted = report_in(folder.file("m"))["pools"][0]["by"]["portfolio"]["each"][1];
  const Output checked = poolproof("check --seed 2 --pool " + mutant("reset_forgotten") +
                                   " --json " + folder.file("c"));
  EXPECT_EQ(checked.status, 1);
  EXPECT_EQ(hunted["seed"], 2);
  EXPECT_EQ(hunted["schedules"], report_in(folder.file("c"))["schedules"]);
  EXPECT_EQ(hunted["token"], token_in(checked.text));
}

// ---- bad input ----

void expect_complaint(const std::string& arguments, const std::string& complaint) {
  const Output output = poolproof("mutants " + arguments);
  EXPECT_EQ(output.status, 2) << output.text;
  EXPECT_THAT(output.text, AllOf(StartsWith("poolproof: "), HasSubstr(complaint)));
  EXPECT_EQ(last_line(output.text) + "\n", output.text);
}

TEST(Mutants, SayWhatIsWrongInALine) {
  expect_complaint("--seeds 0", "--seeds takes a number from 1 to 10000, not '0'");
  expect_complaint("--schedules many", "--schedules takes a number of at least 1, not 'many'");
  expect_complaint("--jobs 0", "--jobs takes a number from 1 to 1024, not '0'");
  expect_complaint("--strategy luck", "portfolio or all, not 'luck'");
  expect_complaint("--only nobody", "--only: there is no nobody.so in ");
  expect_complaint("--only none --json /nowhere/r", "--json /nowhere/r: cannot be written");
  expect_complaint("--folder /nowhere", "/nowhere: No such file or directory");
}

TEST_F(Folder, WithoutAPluginIsAMistake) {
  expect_complaint("--folder " + folder_.file("."), "there is no plugin NAME.so in ");
}

TEST_F(Folder, WithAFileThatIsNoPluginIsAMistake) {
  std::ofstream(folder_.file("text.so")) << "not a library";
  expect_complaint("--folder " + folder_.file("."), "text.so");
}

TEST_F(Folder, WithACatalogueThatCannotBeReadIsAMistake) {
  put("none", "pool");
  catalogue("# a comment\npool SLOW 1000\n");
  expect_complaint("--folder " + folder_.file("."), "catalogue.txt:2: takes a name, a law such as");
  catalogue("pool max_overflow=some\n");
  expect_complaint("--folder " + folder_.file("."), "catalogue.txt:1: takes a name, a law such as");
}

}  // namespace
}  // namespace poolproof
