// Findings are kept, and replayed first; a replay of one that the code has left behind says where,
// and looks around. Two pools with another bug each stand for code that has changed. Each call of
// the command is a fresh process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "props/explore/token.hpp"
#include "props/laws/shell.hpp"

namespace poolproof {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

const std::string kBroken = "counted_after_connecting";

std::string pool(const std::string& name) { return " --pool " + mutant(name); }
std::string misbehaving(const std::string& name) {
  return " --pool " + kBuild + "/misbehaving/" + name + ".so";
}

// In that folder.
Output poolproof_in(const TemporaryFolder& folder, const std::string& arguments) {
  return shell("cd " + folder.file("") + " && " + kBuild + "/poolproof " + arguments);
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& each : fs::directory_iterator(folder)) names.push_back(each.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string line_with(const std::string& text, const std::string& part) {
  const std::size_t at = text.find(part);
  if (at == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

// A folder with one regression, of the broken pool.
class Corpus : public testing::Test {
 protected:
  Corpus() {
    found_ = poolproof("check --seed 9 --corpus " + corpus_ + pool(kBroken));
    if (fs::is_directory(corpus_)) names_ = files_in(corpus_);
  }

  void SetUp() override { ASSERT_EQ(names_.size(), 1U) << found_.text; }

  [[nodiscard]] std::string file() const { return corpus_ + "/" + names_.at(0); }
  [[nodiscard]] Output check(const std::string& arguments) const {
    return poolproof("check --seed 9 --schedules 200 --corpus " + corpus_ + " " + arguments);
  }

  TemporaryFolder folder_;
  std::string corpus_ = folder_.file("corpus");
  Output found_;
  std::vector<std::string> names_;
};

// ---- what is kept ----

TEST_F(Corpus, KeepsWhatACheckHasFoundAndSaysWhere) {
  EXPECT_EQ(found_.status, 1);
  EXPECT_THAT(found_.text, HasSubstr("\nkept as " + file() + "\nbroken: CAP"));
  EXPECT_THAT(names_.at(0), MatchesRegex("cap-[0-9a-f]{4}\\.json"));
  const auto kept = report_in(file());
  EXPECT_EQ(kept["law"], "CAP");
  EXPECT_EQ(kept["pool"], "reference pool");
  EXPECT_EQ(kept["token"], token_in(found_.text));
  EXPECT_EQ(kept["found"]["seed"], 9);
  EXPECT_EQ(kept["carrier"], "fiber");
  EXPECT_THAT(found_.text, HasSubstr(kept["story"].get<std::string>()));
}

TEST_F(Corpus, KeepsTheSameFindingOnce) {
  fs::remove_all(folder_.file("other"));
  const Output again =
      poolproof("check --seed 9 --corpus " + folder_.file("other") + pool(kBroken));
  EXPECT_EQ(files_in(folder_.file("other")), names_) << "the name depends on nothing else";
}

TEST_F(Corpus, NeverOverwritesAnotherFile) {
  const std::string other = folder_.file("other");
  fs::create_directory(other);
  std::ofstream(other + "/" + names_.at(0)) << "{}";
  poolproof("check --seed 9 --corpus " + other + pool(kBroken));
  EXPECT_EQ(files_in(other).size(), 2U);
  std::string kept;
  std::ifstream(other + "/" + names_.at(0)) >> kept;
  EXPECT_EQ(kept, "{}");
}

TEST(ACheck, UsesTheFolderInTheCurrentDirectoryIfThereIsOne) {
  const TemporaryFolder folder;
  const std::string check = "check --seed 9" + pool(kBroken);
  const Output without = poolproof_in(folder, check);
  EXPECT_THAT(without.text, HasSubstr("\nkept nowhere; --corpus .poolproof keeps it"));
  EXPECT_TRUE(fs::is_empty(folder.file("")));
  fs::create_directory(folder.file(".poolproof"));
  EXPECT_THAT(poolproof_in(folder, check).text, HasSubstr("\nkept as .poolproof/cap-"));
  EXPECT_THAT(poolproof_in(folder, check).text, StartsWith("regression cap-"));
}

// ---- replayed first ----

TEST_F(Corpus, IsReplayedFirstAndWhatIsBrokenAgainEndsTheCheck) {
  const Output output = check(pool(kBroken) + " --json " + folder_.file("r"));
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(output.text, StartsWith("regression " + names_.at(0) + ": broken again: CAP\n"));
  EXPECT_EQ(last_line(output.text),
            "broken: CAP; replay with: poolproof replay " + token_in(found_.text) + pool(kBroken));
  const auto report = report_in(folder_.file("r"));
  EXPECT_EQ(report["verdict"], "broken");
  EXPECT_EQ(report["schedules"], 1);
  EXPECT_EQ(report["regressions"][0], "regression " + names_.at(0) + ": broken again: CAP");
  EXPECT_EQ(files_in(corpus_), names_);
}

TEST_F(Corpus, OfAPoolThatIsMendedIsTold) {
  const Output output = check(pool("none"));
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text, StartsWith("regression " + names_.at(0) + ": differs from step "));
  EXPECT_THAT(output.text, HasSubstr("; the code has changed: step "));
  EXPECT_THAT(output.text, HasSubstr(": searched 1000 schedules near it, held\n"));
  EXPECT_EQ(last_line(output.text), "held: 200 schedules, 0 violations");
}

TEST_F(Corpus, IsTheSameHoweverManyProcessesThereAre) {
  const std::string changed = pool("failed_connect_wakes_nobody");
  const Output one = check(changed + " --jobs 1");
  fs::remove_all(corpus_);
  poolproof("check --seed 9 --corpus " + corpus_ + pool(kBroken));
  EXPECT_EQ(check(changed + " --jobs 3").text, one.text);
}

TEST_F(Corpus, OfAnotherPoolIsSkipped) {
  const Output output = check("");
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text, StartsWith("regression " + names_.at(0) +
                                      ": is of another pool (reference pool): skipped\n"));
}

TEST_F(Corpus, OfALawThatIsNotJudgedIsSkipped) {
  EXPECT_THAT(check("--laws DUP" + pool(kBroken)).text,
              StartsWith("regression " + names_.at(0) + ": CAP is not judged here: skipped\n"));
}

TEST_F(Corpus, OfWhichAFileIsDamagedSaysSoAndGoesOn) {
  const auto size = fs::file_size(file());
  fs::resize_file(file(), size / 2);
  std::ofstream(corpus_ + "/newer.json") << "{\"poolproof_regression\": 99}";
  std::ofstream(corpus_ + "/notes.txt") << "not looked at";
  const Output output = check(pool("none"));
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text,
              StartsWith("regression " + names_.at(0) +
                         ": damaged: it is no JSON, or cut short\n"
                         "regression newer.json: damaged: it is of form 99, and this poolproof "
                         "reads form 1\n"));
}

TEST_F(Corpus, WithQuietPrintsTheLastLineOnly) {
  const Output output = check("--quiet" + pool(kBroken));
  EXPECT_EQ(output.text, last_line(output.text) + "\n");
}

// ---- near it ----

TEST_F(Corpus, FindsABugThatHasMoved) {
  const Output output = check(pool("failed_connect_wakes_nobody"));
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(line_with(output.text, "regression "), MatchesRegex(".*: broken in schedule [0-9]+ "
                                                                  "near it: WAKE"));
  EXPECT_THAT(last_line(output.text), StartsWith("broken: WAKE; replay with: poolproof replay"));
  EXPECT_THAT(output.text, HasSubstr("\nkept as " + corpus_ + "/wake-"));
  EXPECT_EQ(files_in(corpus_).size(), 2U);
  const Output replayed =
      poolproof("replay " + token_in(last_line(output.text)) + pool("failed_connect_wakes_nobody"));
  EXPECT_EQ(replayed.status, 1);
  EXPECT_THAT(replayed.text, Not(HasSubstr("has changed since")));
}

TEST_F(Corpus, IsReplayedByFileAndNamesTheFirstStepThatDiffers) {
  const Output by_file = poolproof("replay " + file() + pool("none"));
  EXPECT_EQ(by_file.status, 0);
  const std::string line = line_with(by_file.text, "has changed since");
  std::smatch exact;
  ASSERT_TRUE(std::regex_search(
      line, exact,
      std::regex("step ([0-9]+) was (\\w+ of .+ at .+) and is now (\\w+ of .+ at .+)$")))
      << line;
  EXPECT_NE(exact[2], exact[3]);

  const Output by_token = poolproof("replay " + token_in(found_.text) + pool("none"));
  const std::string about = line_with(by_token.text, "has changed since");
  std::smatch range;
  ASSERT_TRUE(std::regex_search(about, range, std::regex("one of the steps ([0-9]+) to ([0-9]+)")))
      << about;
  EXPECT_LE(std::stoi(range[1]), std::stoi(exact[1]));
  EXPECT_GE(std::stoi(range[2]), std::stoi(exact[1]));
  EXPECT_THAT(by_token.text, HasSubstr("not found in 1000 schedules near it"));
  EXPECT_EQ(last_line(by_token.text), "held: 1001 schedules, 0 violations");
}

TEST_F(Corpus, IsNotSearchedNearIfThatIsNotWanted) {
  const Output output = poolproof("replay " + file() + " --near 0" + pool("none"));
  EXPECT_THAT(output.text, Not(HasSubstr("near it")));
  EXPECT_EQ(last_line(output.text), "held: 1 schedule, 0 violations");
}

// ---- not deterministic ----

TEST_F(Corpus, TellsOfAPoolThatIsNotDeterministicWithItsFirstStepThatDiffers) {
  const std::string pool = misbehaving("always_count_its_calls");
  const auto tells = HasSubstr("the schedule took other steps when it was run again: step ");
  const Output replayed = poolproof("replay " + file() + pool);
  EXPECT_EQ(replayed.status, 4);
  EXPECT_THAT(last_line(replayed.text),
              AllOf(StartsWith("nondeterministic: "), tells, HasSubstr(", and then ")));
  auto named = report_in(file());
  named["pool"] = "misbehaving pool";
  std::ofstream(file()) << named;
  const Output checked = check(pool);
  EXPECT_EQ(checked.status, 4);
  EXPECT_THAT(checked.text,
              StartsWith("regression " + names_.at(0) + ": not deterministic: the schedule took"));
  EXPECT_THAT(last_line(checked.text), tells);
}

// ---- runs that take their process with them ----

TEST(ACrash, IsKeptAndReplayedToo) {
  const TemporaryFolder folder;
  const std::string check = "check --seed 7 --corpus " + folder.file("c");
  const std::string pool = misbehaving("report_like_a_sanitizer");
  const Output found = poolproof(check + pool);
  ASSERT_EQ(found.status, 1) << found.text;
  ASSERT_EQ(files_in(folder.file("c")).size(), 1U);
  EXPECT_THAT(poolproof(check + pool).text, HasSubstr(": broken again: CRASH\n"));
  const Output mended = poolproof("replay " + token_in(found.text) + misbehaving("nothing"));
  EXPECT_EQ(mended.status, 0);
  EXPECT_THAT(mended.text, HasSubstr("its process ended then, and does not now"));
}

// ---- poolproof shrink ----

TEST_F(Corpus, OfWhichATokenIsTooLargeIsShrunkInPlace) {
  auto kept = report_in(file());
  auto token = std::get<explore::Token>(explore::parse_token(kept["token"].get<std::string>()));
  token.tape.of(world::Stream::machine) = {0, 0, 0, 1};
  const std::string larger = explore::to_text(token);
  kept["token"] = larger;
  std::ofstream(file()) << kept;

  const Output shown = poolproof("shrink " + larger + pool(kBroken));
  EXPECT_EQ(shown.status, 1);
  EXPECT_EQ(token_in(last_line(shown.text)), token_in(found_.text));
  EXPECT_EQ(report_in(file())["token"], larger) << "only on request";

  const Output output = poolproof("shrink --in-place " + file() + pool(kBroken));
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(report_in(file())["token"], token_in(found_.text));
  EXPECT_EQ(report_in(file())["found"]["seed"], 9);
  EXPECT_EQ(poolproof("replay " + file() + pool(kBroken)).status, 1);
}

TEST_F(Corpus, OfWhichATokenBreaksNothingCannotBeShrunk) {
  const Output output = poolproof("shrink " + file() + pool("none"));
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(last_line(output.text), StartsWith("held: CAP is not broken by this token"));
}

// ---- poolproof corpus ----

TEST_F(Corpus, IsListed) {
  const Output output = poolproof("corpus list --corpus " + corpus_);
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text, StartsWith(names_.at(0) + ": CAP of reference pool, "));
  EXPECT_THAT(output.text, AllOf(HasSubstr(" seed 9 after "), HasSubstr(token_in(found_.text))));
  EXPECT_EQ(last_line(output.text), "1 regression in " + corpus_);
}

TEST_F(Corpus, IsMergedWithoutDuplicates) {
  const std::string other = folder_.file("other");
  poolproof("check --seed 9 --corpus " + other + pool("failed_connect_wakes_nobody"));
  ASSERT_EQ(files_in(other).size(), 1U);
  const std::string merge =
      "corpus merge " + corpus_ + " " + other + " --corpus " + folder_.file("all");
  EXPECT_THAT(poolproof(merge).text, EndsWith(": 2 new, 0 known, 0 damaged\n"));
  EXPECT_THAT(poolproof(merge).text, EndsWith(": 0 new, 2 known, 0 damaged\n"));
  EXPECT_EQ(files_in(folder_.file("all")).size(), 2U);
}

TEST_F(Corpus, IsPrunedOfWhatBreaksNothingAnyMoreAndOfDuplicates) {
  fs::copy_file(file(), corpus_ + "/copy.json");
  const std::string prune = "corpus prune --corpus " + corpus_;
  EXPECT_THAT(poolproof(prune + " --dry-run" + pool(kBroken)).text,
              AllOf(HasSubstr("copy.json: would be removed: it is the same as " + names_.at(0)),
                    HasSubstr(names_.at(0) + ": kept: broken again: CAP\n")));
  EXPECT_EQ(files_in(corpus_).size(), 2U);
  EXPECT_THAT(poolproof(prune + pool(kBroken)).text, EndsWith(": 1 removed, 1 kept\n"));
  EXPECT_EQ(files_in(corpus_), names_);
  EXPECT_THAT(poolproof(prune).text, HasSubstr("is of another pool"));
  EXPECT_EQ(files_in(corpus_), names_);
  EXPECT_THAT(poolproof(prune + pool("none")).text, EndsWith(": 1 removed, 0 kept\n"));
  EXPECT_TRUE(fs::is_empty(corpus_));
}

// ---- bad input ----

struct BadInput {
  const char* arguments;
  const char* says;
};

void PrintTo(const BadInput& input, std::ostream* out) { *out << input.arguments; }

class BadCorpusUsage : public testing::TestWithParam<BadInput> {};

TEST_P(BadCorpusUsage, IsOneClearLineAndStatusTwo) {
  const Output output = poolproof(GetParam().arguments);
  EXPECT_EQ(output.status, 2);
  EXPECT_THAT(output.text, AllOf(StartsWith("poolproof: "), HasSubstr(GetParam().says)));
  EXPECT_EQ(std::count(output.text.begin(), output.text.end(), '\n'), 1) << output.text;
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadCorpusUsage,
    testing::Values(BadInput{"check --corpus /dev/null/corpus",
                             "/dev/null/corpus: regressions "
                             "cannot be kept there: "},
                    BadInput{"check --near few", "--near takes a number"},
                    BadInput{"replay pp1:FCvCZ1vmC7v_yrtMLLKipdKpY --near -1", "--near"},
                    BadInput{"corpus", "A subcommand is required"},
                    BadInput{"corpus list --corpus /nowhere", "/nowhere: is no folder"},
                    BadInput{"corpus prune --corpus /nowhere", "/nowhere: is no folder"},
                    BadInput{"corpus merge", "folders"},
                    BadInput{"corpus merge /nowhere", "/nowhere: is no folder"},
                    BadInput{"shrink", "token"}, BadInput{"shrink /nowhere/t", "neither a token"},
                    BadInput{"shrink --in-place pp1:FCvCZ1vmC7v_yrtMLLKipdKpY",
                             "is no file of a regression"}));

TEST_F(Corpus, OfWhichADamagedFileIsReplayedIsOneClearLineToo) {
  fs::resize_file(file(), fs::file_size(file()) / 2);
  const Output output = poolproof("replay " + file());
  EXPECT_EQ(output.status, 2);
  EXPECT_EQ(output.text, "poolproof: " + file() + ": damaged: it is no JSON, or cut short\n");
}

}  // namespace
}  // namespace poolproof
