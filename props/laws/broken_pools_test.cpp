// A law that never failed proves nothing. Each defect of the reference pool is caught by the law it
// breaks, and the run that broke it can be had again; without a defect no law is broken.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "props/check/museum.hpp"
#include "props/check/search.hpp"
#include "props/check/story_text.hpp"
#include "props/mutants/reference_pool.hpp"

namespace poolproof {
namespace {

using check::Verdict;
using model::LawId;
using mutants::Defect;

struct Case {
  Defect defect;
  LawId law;
  std::uint64_t schedules;  // within which it is caught, from every seed below
};

void PrintTo(const Case& each, std::ostream* out) {
  *out << mutants::name(each.defect) << " breaks " << model::id(each.law);
}

Defect defect_named(const std::string& name) {
  for (const Defect defect : mutants::kDefects) {
    if (mutants::name(defect) == name) return defect;
  }
  throw std::runtime_error("there is no defect " + name);
}

std::vector<Case> catalogued() {
  std::vector<Case> cases;
  for (const check::CatalogueLine& line : check::read_catalogue(POOLPROOF_CATALOGUE)) {
    if (line.law) cases.push_back({defect_named(line.name), *line.law, line.schedules});
  }
  return cases;
}

class BrokenPool : public testing::TestWithParam<Case> {};

constexpr std::uint64_t kSeeds[] = {1, 2, 3, 4, 5};

check::SearchOptions only(LawId law, std::uint64_t seed, std::uint64_t schedules) {
  check::SearchOptions options;
  options.laws = {law};
  options.seed = seed;
  options.schedules = schedules;
  return options;
}

check::Accused broken(Defect defect) {
  return check::Accused(mutants::reference_pool(defect), mutants::reference_extension());
}

bool go_on(std::uint64_t) { return true; }

TEST_P(BrokenPool, IsCaughtByItsLaw) {
  const check::Accused accused = broken(GetParam().defect);
  for (const std::uint64_t seed : kSeeds) {
    const auto result =
        check::search(accused, only(GetParam().law, seed, GetParam().schedules), go_on);
    ASSERT_EQ(result.verdict, Verdict::broken) << "seed " << seed;
    EXPECT_EQ(result.finding->violations.front().law, GetParam().law);
  }
}

TEST_P(BrokenPool, BreaksItInTheSameWayTenTimesOutOfTen) {
  const check::Accused accused = broken(GetParam().defect);
  const auto result = check::search(accused, only(GetParam().law, 1, GetParam().schedules), go_on);
  ASSERT_TRUE(result.finding);
  for (int i = 0; i < 10; ++i) {
    const auto again = check::replay(accused, result.finding->token, {GetParam().law});
    EXPECT_TRUE(again.fits);
    EXPECT_TRUE(again.same);
    ASSERT_EQ(again.violations.size(), 1U);
    EXPECT_EQ(again.violations.front().evidence, result.finding->violations.front().evidence);
    EXPECT_EQ(again.story, result.finding->story);
  }
}

INSTANTIATE_TEST_SUITE_P(EachDefect, BrokenPool, testing::ValuesIn(catalogued()),
                         [](const auto& each) {
                           std::string name(mutants::name(each.param.defect));
                           name += "_";
                           return name + std::string(model::id(each.param.law));
                         });

TEST(Catalogue, NamesEachDefect) {
  const std::vector<Case> cases = catalogued();
  for (const Defect defect : mutants::kDefects) {
    EXPECT_TRUE(std::any_of(cases.begin(), cases.end(), [&](const Case& each) {
      return each.defect == defect;
    })) << mutants::name(defect);
  }
}

// Shrinking passes through tapes whose choices do not fit; the one it ends with must.
TEST(Shrinking, EndsWithARunThatBreaksTheSameLaw) {
  const check::Accused accused = broken(Defect::grant_lost_at_deadline);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto result = check::search(accused, only(LawId::leak, seed, 1000), go_on);
    ASSERT_TRUE(result.finding) << "seed " << seed;
    ASSERT_FALSE(result.finding->violations.empty()) << "seed " << seed;
    const auto again = check::replay(accused, result.finding->token, {LawId::leak});
    EXPECT_TRUE(again.fits && again.same) << "seed " << seed;
  }
}

TEST(ReferencePool, KeepsEveryLawWithoutADefect) {
  const check::Accused accused = broken(Defect::none);
  check::SearchOptions options;
  options.seed = 1;
  options.schedules = 5000;
  const auto result = check::search(accused, options, go_on);
  EXPECT_EQ(result.verdict, Verdict::held)
      << (result.finding
              ? check::to_text(result.finding->story) + result.finding->violations[0].evidence
              : "");
}

}  // namespace
}  // namespace poolproof
