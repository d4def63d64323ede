// Each strategy on a program so small that it is known what it must do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "props/explore/portfolio.hpp"

namespace poolproof::explore {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using world::Candidate;
using world::OperationKind;
using world::TaskId;

// What each task does, one step after the other, at which object.
using Program = std::vector<std::vector<const void*>>;

const char kHere = 0;
const char kThere = 0;

// The order of the tasks' steps, such as "abba".
std::string run(const Program& program, world::Chooser& chooser) {
  std::string order;
  std::vector<std::size_t> at(program.size(), 0);
  std::size_t current = 0;
  for (;;) {
    std::vector<Candidate> candidates;
    const auto offer = [&](std::size_t task) {
      if (at[task] == program[task].size()) return;
      candidates.push_back(
          {static_cast<TaskId>(task), {OperationKind::store, program[task][at[task]]}});
    };
    offer(current);
    for (std::size_t task = 0; task < program.size(); ++task) {
      if (task != current) offer(task);
    }
    if (candidates.empty()) return order;
    const std::size_t choice = candidates.size() == 1 ? 0 : chooser.next(candidates);
    current = static_cast<std::size_t>(candidates[choice].task);
    ++at[current];
    order += static_cast<char>('a' + current);
  }
}

Program steps(std::size_t a, std::size_t b) {
  return {std::vector<const void*>(a, &kHere), std::vector<const void*>(b, &kHere)};
}

Totals totals(const Program& program) {
  Totals totals{};
  for (std::size_t i = 0; i < program.size(); ++i) {
    totals[i] = static_cast<std::uint16_t>(program[i].size());
  }
  return totals;
}

// How much the counts of `ways` outcomes differ from equal ones.
double chi_square(const std::map<std::string, int>& counts, std::size_t ways, double runs) {
  const double expected = runs / static_cast<double>(ways);
  double sum = (static_cast<double>(ways) - static_cast<double>(counts.size())) * expected;
  for (const auto& [order, count] : counts)
    sum += (count - expected) * (count - expected) / expected;
  return sum;
}

template <class Strategy>
std::unique_ptr<Strategy> made(std::uint64_t seed, const Experience& experience) {
  if constexpr (std::is_constructible_v<Strategy, std::uint64_t, const Experience&>) {
    return std::make_unique<Strategy>(seed, experience);
  } else {
    return std::make_unique<Strategy>(seed);
  }
}

template <class Strategy>
std::map<std::string, int> orders(const Program& program, int runs) {
  Experience experience;
  std::map<std::string, int> counts;
  constexpr int kLearning = 60;
  for (int seed = 0; seed < kLearning + runs; ++seed) {
    auto strategy = made<Strategy>(static_cast<std::uint64_t>(seed), experience);
    const std::string order = run(program, *strategy);
    experience.learn(strategy->measured(), totals(program), false);
    if (seed >= kLearning) ++counts[order];
  }
  return counts;
}

// Of a task of 2 steps beside one of 8 there are 45 interleavings.
TEST(UniformWalk, IsNearerToUniformThanARandomWalk) {
  constexpr int kRuns = 4500;
  const double uniform = chi_square(orders<UniformWalk>(steps(2, 8), kRuns), 45, kRuns);
  const double random = chi_square(orders<RandomWalk>(steps(2, 8), kRuns), 45, kRuns);
  EXPECT_LT(uniform, random / 4);
}

// The last step of `a`, after seven that concern nobody, is to come before or after the only one
// of `b`: a random walk hardly ever holds `b` back for so long.
TEST(Pos, OrdersARaceEitherWayHoweverLongTheTasksAre) {
  Program program{std::vector<const void*>(12, &kThere), {&kHere}};
  program[0].push_back(&kHere);
  int last = 0;
  constexpr int kRuns = 1000;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    Pos pos(seed);
    if (run(program, pos).back() == 'b') ++last;
  }
  EXPECT_GT(last, kRuns / 20);
  int last_of_uniform = 0;
  for (const auto& [order, count] : orders<UniformWalk>(program, kRuns)) {
    if (order.back() == 'b') last_of_uniform += count;
  }
  EXPECT_GT(last_of_uniform, kRuns / 30) << "one of thirteen";
}

// A bug of depth 2: `b` as a whole comes between two given steps of `a`. PCT with n tasks and k
// points finds it with a probability of 1/(n k) at least.
TEST(Pct, FindsABugOfItsDepthAsOftenAsItPromises) {
  const Program program = steps(10, 3);
  Experience experience;
  int found = 0;
  constexpr int kRuns = 3000;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    Pct pct(seed, 3, experience);
    if (run(program, pct) == "aaaabbbaaaaaa") ++found;
    experience.learn(pct.measured(), totals(program), false);
  }
  EXPECT_GT(found, kRuns / (2 * 13));
}

TEST(Pct, LeavesATaskWhereItIsUntilAnotherFalls) {
  Experience experience;
  int switches = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Pct pct(seed, 3, experience);
    const std::string order = run(steps(20, 20), pct);
    for (std::size_t i = 1; i < order.size(); ++i) switches += order[i] != order[i - 1] ? 1 : 0;
  }
  EXPECT_LE(switches, 300) << "two falls, and the end of a task";
}

TEST(Pct, IsFairInTheEnd) {
  Experience experience;
  Pct pct(1, 3, experience);
  const std::string order = run(steps(5000, 5000), pct);
  EXPECT_NE(order.substr(2000, 100).find("ab"), std::string::npos);
}

TEST(SelectiveWalk, GoesOnWhereAllItsTasksAreHeldBack) {
  Experience experience;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SelectiveWalk walk(seed, experience);
    EXPECT_EQ(run(steps(9, 5), walk).size(), 14U);
    experience.learn(walk.measured(), totals(steps(9, 5)), true);
  }
}

TEST(Experience, DoesNotTakeOneEndlessRunForTheRule) {
  Experience experience;
  Measured run;
  run.points = 100'000;
  experience.learn(run, {}, false);
  EXPECT_LE(experience.points(), 200U);
}

// ---- mutation ----

Tape tape_of(const Program& program, std::uint64_t seed) {
  Tape tape;
  RandomWalk walk(seed);
  Recorder recorder(walk, tape);
  run(program, recorder);
  return tape;
}

TEST(Mutation, KeepsMostOfARun) {
  const Program program = steps(30, 30);
  const Tape tape = tape_of(program, 1);
  Plainest plainest;
  Replay replay(tape, plainest);
  const std::string original = run(program, replay);
  int longest = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Mutation mutation(seed, tape);
    const std::string order = run(program, mutation);
    int same = 0;
    while (same < 60 &&
           order[static_cast<std::size_t>(same)] == original[static_cast<std::size_t>(same)])
      ++same;
    longest = std::max(longest, same);
    Mutation again(seed, tape);
    EXPECT_EQ(run(program, again), order);
  }
  EXPECT_GT(longest, 30);
}

// ---- the portfolio ----

Harvest harvest_of(Strategy strategy, std::uint64_t fresh) {
  Harvest harvest;
  for (Tally& each : harvest.tallies) each = {1000, 10};
  harvest.tallies[static_cast<std::size_t>(strategy)].fresh = fresh;
  return harvest;
}

TEST(Portfolio, GivesMoreToWhoFindsMoreAndStarvesNobody) {
  Guide guide;
  guide.add(harvest_of(Strategy::pos, 500));
  EXPECT_EQ(guide.shares(), kFirstShares) << "until the next turn";
  guide.turn();
  EXPECT_EQ(guide.shares()[static_cast<std::size_t>(Strategy::pos)], 1000U);
  EXPECT_THAT(guide.shares(), Each(Ge(100U)));
  guide.add(harvest_of(Strategy::pct3, 500));
  guide.turn();
  EXPECT_EQ(guide.shares()[static_cast<std::size_t>(Strategy::pct3)], 1000U) << "of the last turn";
  EXPECT_EQ(guide.tallies()[static_cast<std::size_t>(Strategy::pos)], (Tally{2000, 510}));
}

TEST(Portfolio, TakesItsStrategiesAsOftenAsTheirSharesSay) {
  Guide guide;
  guide.add(harvest_of(Strategy::pos, 500));
  guide.turn();
  std::array<int, kStrategies> taken{};
  for (std::uint64_t number = 0; number < 18'000; ++number) {
    ++taken[static_cast<std::size_t>(strategy_of(run_seed(1, number), {}, guide))];
  }
  EXPECT_THAT(taken, Each(Ge(800)));
  EXPECT_GT(taken[static_cast<std::size_t>(Strategy::pos)], 9'000);
}

TEST(Portfolio, KeepsARunThatMetSomethingNew) {
  const Guide guide;
  Portfolio portfolio(Strategy::walk);
  portfolio.begin_batch(guide);
  const std::vector<Feature> first{3, 70'000};
  portfolio.begin(1);
  EXPECT_TRUE(portfolio.end(first, {}));
  portfolio.begin(2);
  EXPECT_FALSE(portfolio.end(first, {}));
  EXPECT_THAT(portfolio.harvest().features, ElementsAre(3, 70'000));
  EXPECT_EQ(portfolio.harvest().tallies[0], (Tally{2, 1}));

  Guide next;
  next.add(portfolio.harvest());
  portfolio.begin_batch(next);
  portfolio.begin(3);
  EXPECT_FALSE(portfolio.end(first, {})) << "another batch had met it";
}

TEST(Portfolio, WalksWhereThereIsNothingToMutate) {
  const Guide guide;
  Portfolio portfolio(Strategy::mutation);
  portfolio.begin_batch(guide);
  EXPECT_EQ(run(steps(3, 3), portfolio.begin(1)).size(), 6U);
}

}  // namespace
}  // namespace poolproof::explore
