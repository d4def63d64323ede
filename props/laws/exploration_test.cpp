// What is proved of our pool, and what makes that worth something: each class of schedules is seen
// once, none is missed by whoever tries schedules at random, and broken pools are found.
#include "props/check/exploration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>

#include "props/check/certificate.hpp"
#include "props/check/exploration_file.hpp"
#include "props/check/pool_program.hpp"
#include "props/check/processes/loading.hpp"
#include "props/check/processes/shared.hpp"
#include "props/explore/dpor/at_random.hpp"

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using explore::dpor::Budget;
using explore::dpor::TaskOrder;
using scenario::Chore;
using scenario::Limit;
using world::FaultKind;

struct Case {
  const char* name;
  int callers, ops, pool_size, max_overflow;
  Limit timeout{};
  Limit recycle{};
  bool pre_ping = false;
  Duration hold{};
  Chore chore = Chore::none;
  std::optional<FaultKind> fault{};
  scenario::Use use = scenario::Use::query;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

ExplorationOptions options_of(const Case& each) {
  ExplorationOptions options;
  options.bounds.callers = each.callers + (each.chore == Chore::none ? 0 : 1);
  options.bounds.ops = each.ops;
  options.bounds.pool_size = each.pool_size;
  options.bounds.max_overflow = each.max_overflow;
  options.bounds.timeout = each.timeout;
  options.bounds.recycle = each.recycle;
  options.bounds.pre_ping = each.pre_ping;
  options.bounds.faults.reset();
  options.plan = {.think = {}, .hold = each.hold, .use = each.use, .chore = each.chore};
  if (each.fault) {
    const auto index = static_cast<std::uint8_t>(*each.fault);
    options.bounds.faults.set(index);
    options.budget.allow(world::Rarity{index}, 1);
    options.budget_text = std::string(world::name(*each.fault)) + ":1";
  }
  options.laws = judged_laws();
  return options;
}

// Compiled so that it tells of its atomics: what depends on one is a step too.
const Accused& our_pool() {
  static const Accused loaded = [] {
    auto found = load_guarded(POOLPROOF_BUILD "/instrumented/ours.so");
    if (const auto* const why = std::get_if<std::string>(&found)) throw std::runtime_error(*why);
    return std::get<Accused>(std::move(found));
  }();
  return loaded;
}

Exploration explored(const Accused& accused, const ExplorationOptions& options) {
  return explore(accused, options, [](const Explorable&) { return true; });
}

// ---- what is proved ----

class OurPool : public testing::TestWithParam<Case> {};

TEST_P(OurPool, KeepsEveryLawInEverySchedule) {
  const ExplorationOptions options = options_of(GetParam());
  const Exploration found = explored(our_pool(), options);
  ASSERT_EQ(found.verdict, Verdict::held)
      << found.detail
      << (found.finding ? found.finding->violations.front().evidence : std::string());
  EXPECT_LE(found.executions, found.classes.size() + found.classes.size() / 50);
  EXPECT_LE(2 * (found.executions + found.redundant), 3 * found.classes.size())
      << "more than 1.5 executions a class";
  std::printf("%s: %zu classes\n", summary(options, found.scenario).c_str(), found.classes.size());
}

constexpr Case kProved[]{
    {"3x1_1_0", 3, 1, 1, 0},
    {"2x2_1_0", 2, 2, 1, 0},
    {"3x1_1_1", 3, 1, 1, 1},
    {"2x2_1_1", 2, 2, 1, 1},
    {.name = "3x1_1_0_failed_connect",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .fault = FaultKind::connect_refused},
    {.name = "2x2_1_0_failed_connect",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .fault = FaultKind::connect_refused},
    {.name = "3x1_1_1_failed_connect",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .fault = FaultKind::connect_refused},
    {.name = "2x2_1_1_failed_connect",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 1,
     .fault = FaultKind::connect_refused},
    {.name = "3x1_1_0_timeouts",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .timeout = Limit{10ms}},
    {.name = "2x2_1_0_timeouts_that_tie",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .timeout = Limit{10ms},
     .hold = 10ms},
    {.name = "2x2_1_0_recycle",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .recycle = Limit{5ms},
     .hold = 10ms},
    {.name = "2x2_1_0_ping_of_a_dead_connection",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .pre_ping = true,
     .fault = FaultKind::killed_idle},
    {.name = "2x1_1_0_close",
     .callers = 2,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .chore = Chore::close},
    {.name = "2x1_1_0_dispose",
     .callers = 2,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .chore = Chore::dispose},
    {.name = "2x1_1_1_close",
     .callers = 2,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .chore = Chore::close},
    {.name = "1x2_1_0_cancelled_queries",
     .callers = 1,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .use = scenario::Use::cancelled_query},
};

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(With, OurPool, testing::ValuesIn(kProved), name_of);

// Too large for what follows.
constexpr Case kLarge[]{
    {.name = "3x1_1_0_recycle",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .recycle = Limit{5ms},
     .hold = 10ms},
    {.name = "3x1_1_0_ping_of_a_dead_connection",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .pre_ping = true,
     .fault = FaultKind::killed_idle},
    {.name = "3x1_1_0_close",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .chore = Chore::close},
    {.name = "3x1_1_0_dispose",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 0,
     .chore = Chore::dispose},
    {.name = "2x2_1_0_timeouts",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .timeout = Limit{10ms}},
    {.name = "2x2_1_0_close",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .chore = Chore::close},
    {.name = "2x2_1_0_dispose",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 0,
     .chore = Chore::dispose},
    {.name = "3x1_1_1_timeouts",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .timeout = Limit{10ms}},
    {.name = "3x1_1_1_recycle",
     .callers = 3,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .recycle = Limit{5ms},
     .hold = 10ms},
    {.name = "2x2_1_1_timeouts",
     .callers = 2,
     .ops = 2,
     .pool_size = 1,
     .max_overflow = 1,
     .timeout = Limit{10ms}},
    {.name = "2x1_1_1_dispose",
     .callers = 2,
     .ops = 1,
     .pool_size = 1,
     .max_overflow = 1,
     .chore = Chore::dispose},
};

INSTANTIATE_TEST_SUITE_P(Large, OurPool, testing::ValuesIn(kLarge), name_of);

// Some classes come more than once there.
TEST(OurPoolWithADeadConnection, KeepsEveryLawInEverySchedule) {
  for (const int callers : {3, 2}) {
    ExplorationOptions options = options_of({.name = "",
                                             .callers = callers,
                                             .ops = 4 - callers,
                                             .pool_size = 1,
                                             .max_overflow = 1,
                                             .pre_ping = true,
                                             .fault = FaultKind::killed_idle});
    options.jobs = 2;
    const Exploration found = explored(our_pool(), options);
    EXPECT_EQ(found.verdict, Verdict::held) << found.detail;
    EXPECT_LE(2 * (found.executions + found.redundant), 3 * found.classes.size());
    std::printf("%s: %zu classes\n", summary(options, found.scenario).c_str(),
                found.classes.size());
  }
}

// ---- what that is worth ----

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

class Random : public testing::TestWithParam<Case> {};

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
  for (const Case& each : {kProved[2], kProved[5], kProved[7]}) {
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
  for (const Case& each : {kProved[0], kProved[1], kProved[4], kProved[10], kProved[13]}) {
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
