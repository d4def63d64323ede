// What a counterexample has been through when it is told: it is small, it breaks the same law, and
// nothing in it could be left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "props/check/explain.hpp"
#include "props/check/player.hpp"
#include "props/check/processes/message.hpp"
#include "props/check/processes/shared.hpp"
#include "props/check/program.hpp"
#include "props/check/search.hpp"
#include "props/explore/random_walk.hpp"
#include "props/mutants/reference_pool.hpp"

namespace poolproof {
namespace {

using check::Case;
using check::Casting;
using check::Played;
using check::Program;
using check::Trial;
using explore::Tape;
using model::LawId;
using mutants::Defect;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using world::Stream;

// ---- a program, cut out of a tape ----

// A tape as a random walk draws it.
Tape drawn(std::uint64_t seed) {
  Tape tape;
  explore::RandomWalk walk(seed);
  explore::Recorder recorder(walk, tape);
  scenario::draw({}, recorder);
  return tape;
}

scenario::Scenario scenario_of(const Tape& tape) {
  explore::Plainest plainest;
  explore::Replay replay(tape, plainest);
  return scenario::draw({}, replay);
}

RC_GTEST_PROP(AProgram, IsPutBackAsItWas, (std::uint64_t seed)) {
  const Tape tape = drawn(seed);
  const Program program = check::program_in({}, tape);
  const Tape again = check::recast({}, tape, program, check::casting_of(program));
  RC_ASSERT(to_text(scenario_of(again)) == to_text(scenario_of(tape)));
}

RC_GTEST_PROP(AProgram, LosesTheLoansThatAreLeftOutAndNoOthers, (std::uint64_t seed)) {
  const Tape tape = drawn(seed);
  const Program program = check::program_in({}, tape);
  Casting casting = check::casting_of(program);
  scenario::Scenario expected = scenario_of(tape);
  for (std::size_t caller = casting.size(); caller-- > 0;) {
    for (std::size_t loan = casting[caller].size(); loan-- > 0;) {
      if (*rc::gen::arbitrary<bool>()) continue;
      casting[caller].erase(casting[caller].begin() + static_cast<std::ptrdiff_t>(loan));
      expected.callers[caller].erase(expected.callers[caller].begin() +
                                     static_cast<std::ptrdiff_t>(loan));
    }
  }
  std::erase_if(expected.callers, [](const auto& loans) { return loans.empty(); });
  const Tape less = check::recast({}, tape, program, casting);
  RC_ASSERT(to_text(scenario_of(less)) == to_text(expected));
}

// ---- a script ----

// By who did what a run is the same run as by the positions of its choices. Of a few it is not, as
// the threads that a run starts besides its callers are told apart by their order only.
TEST(AScript, PlaysTheRunThatItWasWrittenOf) {
  check::Runner runner(check::ours());
  constexpr std::uint64_t kRuns = 300;
  std::uint64_t same = 0;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    explore::RandomWalk walk(seed);
    explore::Scribe scribe(walk, runner);
    const auto hash = runner.run(scenario::Bounds{}, scribe).hash;
    const auto script = scribe.script(runner.trace().size(), runner.places());
    explore::Actors actors(script, scribe.tape(), runner, 0);
    if (runner.run(scenario::Bounds{}, actors).hash == hash) ++same;
  }
  EXPECT_GE(same, kRuns * 98 / 100);
}

// ---- minimising, of failures whose smallest case is known ----

check::Size size_of(const Tape& tape) {
  const Program program = check::program_in({}, tape);
  check::Size size{.loans = program.loans(), .callers = program.callers.size()};
  size.deviations = tape.deviations();
  for (const auto& stream : tape.streams) {
    for (const std::uint8_t number : stream) size.numbers += number;
    size.length += stream.size();
  }
  return size;
}

// Plays nothing: whether the scenario is one that fails is all that counts.
template <class Fails>
check::Play if_it(Fails fails) {
  return [fails](const Trial& trial) -> std::optional<Played> {
    if (trial.walk || !fails(scenario_of(trial.tape))) return std::nullopt;
    Played played{.tape = trial.tape};
    played.tape.trim();
    played.size = size_of(played.tape);
    return played;
  };
}

RC_GTEST_PROP(Minimising, KeepsTheLoansThatMatterAndNothingOfTheOthers, (std::uint64_t seed)) {
  const auto needed = *rc::gen::inRange<std::ptrdiff_t>(0, 4);
  const auto fails = [&](const scenario::Scenario& scenario) {
    std::ptrdiff_t holding = 0;
    for (const auto& loans : scenario.callers) {
      holding += std::count_if(loans.begin(), loans.end(), [](const scenario::Loan& loan) {
        return loan.hold > scenario::Duration{};
      });
    }
    return holding >= needed;
  };
  const Tape tape = drawn(seed);
  RC_PRE(fails(scenario_of(tape)));
  const Case smallest = check::minimised({{}, tape}, if_it(fails));
  const auto scenario = scenario_of(smallest.tape);
  RC_ASSERT(fails(scenario));
  RC_ASSERT(size_of(smallest.tape).loans == static_cast<std::size_t>(needed));
  // Of each loan only the hold, and of holds the first that is one.
  const auto& choices = smallest.tape.of(Stream::workload);
  RC_ASSERT(std::count_if(choices.begin(), choices.end(),
                          [](std::uint8_t number) { return number != 0; }) == needed);
  RC_ASSERT(std::count(choices.begin(), choices.end(), 2) == needed);
}

TEST(Minimising, EndsWithTheSmallestSoFarWhenPatienceRunsOut) {
  const Tape tape = drawn(5);
  int patience = 3;
  const auto play = if_it([&](const scenario::Scenario&) { return patience-- > 0; });
  const Case smallest = check::minimised({{}, tape}, play);
  EXPECT_LT(size_of(smallest.tape), size_of(tape));
}

// ---- real runs ----

check::Accused broken(Defect defect) {
  return check::Accused(mutants::reference_pool(defect), mutants::reference_extension());
}

struct Sought {
  Defect defect;
  LawId law;
};

void PrintTo(const Sought& each, std::ostream* out) { *out << mutants::name(each.defect); }

class ACounterexample : public testing::TestWithParam<Sought> {
 protected:
  static constexpr std::uint64_t kSeeds = 3;

  [[nodiscard]] check::SearchResult search(std::uint64_t seed) const {
    check::SearchOptions options;
    options.laws = {GetParam().law};
    options.seed = seed;
    options.schedules = 20'000;
    return check::search(accused_, options, [](std::uint64_t) { return true; });
  }

  std::optional<Played> play(const Trial& trial) {
    return check::play(runner_, *slate_, {}, GetParam().law, trial);
  }

  const check::Accused accused_ = broken(GetParam().defect);
  check::Runner runner_{accused_, {.laws = {GetParam().law}}};
  const check::Shared<check::Slate> slate_;
};

TEST_P(ACounterexample, IsTheSameEachTime) {
  const auto first = search(1);
  const auto second = search(1);
  ASSERT_TRUE(first.finding && second.finding);
  EXPECT_EQ(explore::to_text(first.finding->token), explore::to_text(second.finding->token));
  EXPECT_EQ(nlohmann::json(first.finding->explanation.value()),
            nlohmann::json(second.finding->explanation.value()));
}

TEST_P(ACounterexample, BreaksTheLawThatTheFirstRunBrokeAndReplays) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto result = search(seed);
    ASSERT_TRUE(result.finding) << "seed " << seed;
    const auto again = check::replay(accused_, result.finding->token, {GetParam().law});
    EXPECT_TRUE(again.fits && again.same) << "seed " << seed;
    ASSERT_EQ(again.violations.size(), 1U) << "seed " << seed;
    EXPECT_EQ(again.violations[0].law, GetParam().law);
  }
}

TEST_P(ACounterexample, CanSpareNoLoan) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto result = search(seed);
    ASSERT_TRUE(result.finding) << "seed " << seed;
    const auto whole = play({.tape = result.finding->token.tape});
    ASSERT_TRUE(whole);
    const Program program = check::program_in({}, whole->tape);
    for (std::size_t caller = 0; caller < program.callers.size(); ++caller) {
      for (std::size_t loan = 0; loan < program.callers[caller].size(); ++loan) {
        Casting casting = check::casting_of(program);
        casting[caller].erase(casting[caller].begin() + static_cast<std::ptrdiff_t>(loan));
        EXPECT_FALSE(play({.tape = check::recast({}, whole->tape, program, casting),
                           .script = check::recast(whole->script, program, casting)}))
            << "seed " << seed << ": caller " << caller + 1 << ", loan " << loan + 1;
      }
    }
  }
}

TEST_P(ACounterexample, HasNoChoiceThatCouldBePlainerWithoutMakingItLonger) {
  const auto result = search(1);
  ASSERT_TRUE(result.finding);
  const auto whole = play({.tape = result.finding->token.tape});
  ASSERT_TRUE(whole);
  for (std::size_t stream = 0; stream < world::kStreams; ++stream) {
    for (std::size_t i = 0; i < whole->tape.streams[stream].size(); ++i) {
      if (whole->tape.streams[stream][i] == 0) continue;
      Tape plainer = whole->tape;
      plainer.streams[stream][i] = 0;
      const auto played = play({.tape = plainer});
      EXPECT_FALSE(played && played->size < whole->size) << "stream " << stream << ", choice " << i;
    }
  }
}

TEST_P(ACounterexample, IsSmall) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto result = search(seed);
    ASSERT_TRUE(result.finding && result.finding->explanation) << "seed " << seed;
    const check::Explanation& why = *result.finding->explanation;
    EXPECT_LE(why.callers, 3U) << "seed " << seed;
    EXPECT_LE(why.operations(), 6U) << "seed " << seed;
    EXPECT_LE(why.preemptions, 3U) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(OfEach, ACounterexample,
                         testing::Values(Sought{Defect::grant_lost_at_deadline, LawId::wake},
                                         Sought{Defect::failed_connect_wakes_nobody, LawId::wake},
                                         Sought{Defect::counted_after_connecting, LawId::cap},
                                         Sought{Defect::returned_without_waking, LawId::wake},
                                         Sought{Defect::reset_forgotten, LawId::clean},
                                         Sought{Defect::ping_without_deadline, LawId::late}),
                         [](const auto& each) {
                           return std::string(mutants::name(each.param.defect));
                         });

// ---- why ----

check::Explanation why(Defect defect, LawId law) {
  check::SearchOptions options;
  options.laws = {law};
  options.seed = 1;
  options.schedules = 20'000;
  return check::search(broken(defect), options, [](std::uint64_t) { return true; })
      .finding.value()
      .explanation.value();
}

TEST(AnExplanation, NamesTheStepFromWhichNothingCouldBeHelped) {
  const auto explanation = why(Defect::counted_after_connecting, LawId::cap);
  ASSERT_TRUE(explanation.critical);
  EXPECT_EQ(explanation.critical->who.rfind("caller ", 0), 0U) << explanation.critical->who;
  EXPECT_GT(explanation.kept, 0U);
  EXPECT_FALSE(explanation.matters.empty());
}

TEST(AnExplanation, SaysSoWhenNoScheduleCouldHaveHelped) {
  const auto explanation = why(Defect::reset_forgotten, LawId::clean);
  EXPECT_FALSE(explanation.critical);
  EXPECT_THAT(to_text(explanation), HasSubstr("critical: none; "));
}

TEST(AnExplanation, NamesTheFaultThatMatters) {
  const auto explanation = why(Defect::ping_without_deadline, LawId::late);
  EXPECT_EQ(explanation.faults, 1U);
  EXPECT_NE(to_text(explanation).find(" strikes connection 1"), std::string::npos)
      << to_text(explanation);
}

TEST(AnExplanation, NamesTheOptionThatMattersAndNoneThatDoesNot) {
  const auto explanation = why(Defect::ping_without_deadline, LawId::late);
  EXPECT_THAT(explanation.matters, Contains("pre_ping"));
  EXPECT_THAT(explanation.matters, Not(Contains(HasSubstr("recycle"))));
}

TEST(ACounterexampleToCap, HasNoQueries) {
  EXPECT_EQ(why(Defect::counted_after_connecting, LawId::cap).queries, 0U);
}

TEST(AnExplanation, TravelsBetweenProcesses) {
  const auto explanation = why(Defect::counted_after_connecting, LawId::cap);
  const nlohmann::json message = explanation;
  EXPECT_EQ(nlohmann::json(message.get<check::Explanation>()), message);
}

}  // namespace
}  // namespace poolproof
