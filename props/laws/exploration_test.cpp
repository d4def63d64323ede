// What makes it worth something that a law is proved: no class of schedules is missed by whoever
// tries them at random, no class differs within itself, and an exploration that is shared, cut
// short or taken up again comes to the same. Broken pools are found in explored_mutants_test.
#include "props/check/exploration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>

#include "props/check/certificate.hpp"
#include "props/check/exploration_file.hpp"
#include "props/check/pool_program.hpp"
#include "props/check/processes/shared.hpp"
#include "props/explore/dpor/at_random.hpp"
#include "props/laws/proved.hpp"

namespace poolproof::check {
namespace {

using explore::dpor::TaskOrder;

// What each caller was told, in order, and what became of the run.
std::vector<std::vector<int>> outcome_of(const RunResult& run) {
  std::vector<std::vector<int>> told(run.scenario.callers.size() + 1);
  told.back() = {static_cast<int>(run.ending), static_cast<int>(run.violations.size())};
  for (const Observation& each : run.observations) {
    const auto caller = static_cast<std::size_t>(each.caller);
    if (caller + 1 >= told.size()) continue;
    if (each.kind != Observation::Kind::acquire_returned &&
        each.kind != Observation::Kind::query_returned) {
      continue;
    }
    told[caller].push_back(static_cast<int>(each.kind));
    told[caller].push_back(static_cast<int>(each.outcome));
  }
  return told;
}

class Random : public testing::TestWithParam<SmallScenario> {};

TEST_P(Random, SchedulesAreAllOfExploredClassesAndOneClassHasOneOutcome) {
  constexpr int kSchedules = 3'000;
  const ExplorationOptions options = options_of(GetParam());
  for (const TaskOrder order : {TaskOrder::first_come, TaskOrder::last_come}) {
    ExplorationOptions ordered = options;
    ordered.order = order;
    const Exploration found = explored(our_pool(), ordered);
    ASSERT_EQ(found.verdict, Verdict::held);
    const auto& classes = found.classes;
    Runner runner(our_pool(), {.laws = options.laws, .bounds = options.bounds});
    const Shared<Slate> slate;
    PoolProgram program(runner, options.bounds, options.plan, *slate);
    explore::dpor::AtRandom random(program, options.budget, 1);
    std::map<std::uint64_t, std::set<std::vector<std::vector<int>>>> outcomes;
    for (int i = 0; i < kSchedules; ++i) {
      const std::uint64_t seen = random.run().fingerprint();
      ASSERT_TRUE(classes.contains(seen)) << "schedule " << i << " is of a class not explored";
      outcomes[seen].insert(outcome_of(program.last()));
      ASSERT_EQ(outcomes[seen].size(), 1U) << "schedule " << i << " differs from its class";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(With, Random, testing::ValuesIn(kProved), name_of);

TEST(ACertificate, AgreesWithAnExplorationInTheOtherOrder) {
  ExplorationOptions options = options_of(kProved[2]);
  const Exploration one = explored(our_pool(), options);
  options.order = TaskOrder::last_come;
  const Exploration other = explored(our_pool(), options);
  const Certificate given = certificate(our_pool(), options, one);
  EXPECT_EQ(difference(given, certificate(our_pool(), options, other)), std::nullopt);
}

TEST(ACertificate, DoesNotAgreeWithAnotherScenario) {
  const ExplorationOptions options = options_of(kProved[0]);
  const ExplorationOptions other = options_of(kProved[1]);
  const Certificate given = certificate(our_pool(), options, explored(our_pool(), options));
  const auto said = difference(given, certificate(our_pool(), other, explored(our_pool(), other)));
  ASSERT_TRUE(said);
  EXPECT_THAT(*said, testing::HasSubstr("scenario is another: 3 callers x 1, pool 1+0"));
}

TEST(AnExploration, ByTwoWorkersSeesTheSameClasses) {
  for (const SmallScenario& each : {kProved[2], kProved[5], kProved[7]}) {
    ExplorationOptions options = options_of(each);
    const Exploration one = explored(our_pool(), options);
    options.jobs = 2;
    const Exploration two = explored(our_pool(), options);
    EXPECT_EQ(two.verdict, Verdict::held);
    EXPECT_EQ(two.classes, one.classes);
    EXPECT_LE(two.executions, one.executions + one.executions / 50);
  }
}

TEST(AnExploration, ByRoundsOfPreemptionsSeesTheSameClasses) {
  for (const SmallScenario& each : {kProved[0], kProved[1], kProved[4], kProved[10], kProved[13]}) {
    ExplorationOptions options = options_of(each);
    const Exploration one = explored(our_pool(), options);
    options.most_preemptions = 100;
    for (const int jobs : {1, 2}) {
      options.jobs = jobs;
      const Exploration other = explored(our_pool(), options);
      EXPECT_EQ(other.verdict, Verdict::held) << each.name;
      EXPECT_EQ(other.classes, one.classes) << each.name;
    }
  }
}

TEST(AnExploration, ByRoundsOfPreemptionsGoesOnFromAFile) {
  ExplorationOptions options = options_of(kProved[4]);
  const Exploration whole = explored(our_pool(), options);
  const std::string name = testing::TempDir() + "/poolproof_rounds_test";
  const ExplorationFile file(name, certificate(our_pool(), options, {}));
  std::filesystem::remove(name);
  for (unsigned bound = 0; bound < 3; ++bound) {
    Explorable seen = file.read().value_or(Explorable{});
    options.most_preemptions = bound;
    const Exploration found = explore(
        our_pool(), options, [](const Explorable&) { return true; }, std::move(seen));
    EXPECT_EQ(found.verdict, Verdict::undecided);
    EXPECT_EQ(found.rounds.preemptions, bound);
    file.write(found);
  }
  options.most_preemptions = 100;
  const Exploration found = explore(
      our_pool(), options, [](const Explorable&) { return true; }, *file.read());
  EXPECT_EQ(found.verdict, Verdict::held);
  EXPECT_EQ(found.classes, whole.classes);
}

TEST(AnExploration, GoesOnFromAFileUntilItIsComplete) {
  ExplorationOptions options = options_of(kProved[2]);
  const Exploration whole = explored(our_pool(), options);
  const ExplorationFile file(testing::TempDir() + "/poolproof_exploration_test",
                             certificate(our_pool(), options, {}));
  std::filesystem::remove(testing::TempDir() + "/poolproof_exploration_test");
  int times = 0;
  for (Verdict verdict = Verdict::undecided; verdict == Verdict::undecided; ++times) {
    Explorable seen = file.read().value_or(Explorable{});
    options.most_executions = seen.executions + 37;
    const Exploration found = explore(
        our_pool(), options, [](const Explorable&) { return true; }, std::move(seen));
    verdict = found.verdict;
    file.write(found);
  }
  const Explorable seen = *file.read();
  EXPECT_GT(times, 5);
  EXPECT_TRUE(seen.left.is_done());
  EXPECT_EQ(seen.classes, whole.classes);
  EXPECT_EQ(seen.executions, whole.executions);
}

TEST(AFileOfAnExploration, IsNotTakenForOneOfSomethingElse) {
  const ExplorationOptions options = options_of(kProved[0]);
  const std::string name = testing::TempDir() + "/poolproof_exploration_test";
  ExplorationFile(name, certificate(our_pool(), options, {})).write({});
  const ExplorationOptions other = options_of(kProved[1]);
  try {
    static_cast<void>(ExplorationFile(name, certificate(our_pool(), other, {})).read());
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("scenario is another: 3 callers x 1, pool 1+0"));
    EXPECT_THAT(error.what(), testing::HasSubstr("remove it to begin anew"));
  }
}

TEST(AnExploration, OfAPoolThatCrashesTellsSo) {
  auto crashing = load_guarded(POOLPROOF_BUILD "/misbehaving/raise_abort.so");
  ASSERT_TRUE(std::holds_alternative<Accused>(crashing)) << std::get<std::string>(crashing);
  ExplorationOptions options = options_of(kProved[5]);
  const auto refused = static_cast<std::uint8_t>(FaultKind::connect_refused);
  options.budget.allow(world::Rarity{refused}, 3);  // at the third it aborts
  const Exploration found = explored(std::get<Accused>(crashing), options);
  ASSERT_EQ(found.verdict, Verdict::broken) << found.detail;
  EXPECT_EQ(found.finding->violations.front().law, model::LawId::crash);
}

TEST(AnExplorationThatIsCutShort, IsNotCalledComplete) {
  ExplorationOptions options = options_of(kProved[2]);
  options.most_executions = 10;
  const Exploration found = explored(our_pool(), options);
  EXPECT_EQ(found.verdict, Verdict::undecided);
  EXPECT_EQ(found.executions, 10U);
}

}  // namespace
}  // namespace poolproof::check
