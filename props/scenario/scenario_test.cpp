// What is drawn keeps to what was fixed, and is the plainest when every choice is 0.
#include "props/scenario/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "props/explore/random_walk.hpp"
#include "props/explore/tape.hpp"

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;

Scenario played(const explore::Tape& tape, const Bounds& bounds = {}) {
  explore::Plainest plainest;
  explore::Replay chooser(tape, plainest);
  return draw(bounds, chooser);
}

Scenario with_seed(const Bounds& bounds, std::uint64_t seed) {
  explore::RandomWalk chooser(seed);
  return draw(bounds, chooser);
}

TEST(ASmallScenario, IsASmallPoolWhoseCallersQueryAndReleaseAtOnce) {
  explore::Tape tape;
  tape.of(world::Stream::program) = {1, 1, 1};
  Bounds bounds;
  bounds.ops = 2;
  EXPECT_EQ(to_text(played(tape, bounds)),
            "pool_size 1, max_overflow 1, timeout 50ms, recycle never\n"
            "caller 1: [acquire, query, release] [acquire, query, release]\n"
            "caller 2: [acquire, query, release]\n");
}

TEST(ThePlainestScenario, IsThatNobodyComes) { EXPECT_TRUE(played({}).callers.empty()); }

TEST(ThePlainestScenario, StillAllowsEveryFault) { EXPECT_TRUE(played({}).faults.all()); }

TEST(AScenario, IsToldInWords) {
  Scenario scenario;
  scenario.pool = {.pool_size = 2,
                   .max_overflow = -1,
                   .timeout = std::nullopt,
                   .recycle = 0ms,
                   .use_lifo = true,
                   .reset_on_return = model::ResetOnReturn::commit};
  Loan failing, forgetful;
  const Loan busy{.think = 10ms,
                  .chore = Chore::dispose,
                  .timeout = 20ms,
                  .cancel_after = 10ms,
                  .use = Use::broken_transaction,
                  .hold = 50ms,
                  .remark = Remark::invalidate};
  failing.use = Use::failing_query;
  forgetful.use = Use::open_transaction;
  scenario.callers = {{busy}, {failing, forgetful}};
  EXPECT_EQ(
      to_text(scenario),
      "pool_size 2, max_overflow -1, timeout for ever, recycle 0s, lifo, reset_on_return commit\n"
      "caller 1: [think 10ms, dispose, acquire within 20ms, cancel after 10ms, broken transaction, "
      "hold 50ms, invalidate, release]\n"
      "caller 2: [acquire, failing query, release] [acquire, open transaction, release]\n");
}

TEST(AScenario, TellsWhenAQueryIsCancelled) {
  Scenario scenario;
  Loan cancelled;
  cancelled.use = Use::cancelled_query;
  cancelled.cancel_query_after = 15ms;
  scenario.callers = {{cancelled}};
  EXPECT_THAT(to_text(scenario),
              testing::HasSubstr("[acquire, cancelled query after 15ms, release]"));
}

TEST(AScenario, TellsOfALeaseThatNobodyUses) {
  explore::Tape tape;
  tape.of(world::Stream::program) = {1};
  auto& choices = tape.of(world::Stream::workload);
  choices.resize(kChoicesOfPool + kChoiceOfUse);
  choices.push_back(kUnused);
  EXPECT_THAT(to_text(played(tape)), testing::HasSubstr("caller 1: [acquire, release]\n"));
}

// By what was sent there a judge knows which session it is.
RC_GTEST_PROP(AScenario, RemarksOnNoLeaseThatNobodyUses, (std::uint64_t seed)) {
  for (const auto& loans : with_seed({}, seed).callers) {
    for (const Loan& loan : loans) {
      RC_ASSERT(loan.use != Use::nothing || loan.remark == Remark::none);
    }
  }
}

RC_GTEST_PROP(AScenario, KeepsToWhatWasFixed, (std::uint64_t seed)) {
  Bounds bounds;
  bounds.pool_size = *rc::gen::element<std::optional<int>>(std::nullopt, 1, 7);
  bounds.max_overflow = *rc::gen::element<std::optional<int>>(std::nullopt, -1, 0, 9);
  const auto limits =
      rc::gen::element<std::optional<Limit>>(std::nullopt, Limit{}, Limit{0ms}, Limit{77ms});
  bounds.timeout = *limits;
  bounds.recycle = *limits;
  bounds.use_lifo = *rc::gen::element<std::optional<bool>>(std::nullopt, false, true);
  bounds.pre_ping = *rc::gen::element<std::optional<bool>>(std::nullopt, false, true);
  bounds.reset_on_return = *rc::gen::element<std::optional<model::ResetOnReturn>>(
      std::nullopt, model::ResetOnReturn::discard);
  bounds.patience = *rc::gen::element<std::optional<Duration>>(std::nullopt, 0ms, 77ms);
  bounds.callers = *rc::gen::inRange(1, 6);
  bounds.ops = *rc::gen::inRange(1, 5);
  bounds.faults =
      world::FaultSet(*rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << world::kFaultKinds));

  const Scenario scenario = with_seed(bounds, seed);
  RC_ASSERT(fixed_in(bounds, scenario.pool) == scenario.pool);
  RC_ASSERT(scenario.faults == bounds.faults);
  RC_ASSERT(scenario.callers.size() <= static_cast<std::size_t>(bounds.callers));
  for (const auto& loans : scenario.callers) {
    RC_ASSERT(!loans.empty() && loans.size() <= static_cast<std::size_t>(bounds.ops));
  }
}

RC_GTEST_PROP(AScenario, IsOneThatThePoolAccepts, (std::uint64_t seed)) {
  RC_ASSERT(model::problem(with_seed({}, seed).pool) == std::nullopt);
}

RC_GTEST_PROP(AScenario, IsAFunctionOfItsSeed, (std::uint64_t seed)) {
  RC_ASSERT(to_text(with_seed({}, seed)) == to_text(with_seed({}, seed)));
}

TEST(AScenario, IsDrawnInAllItsVariety) {
  std::set<int> pool_sizes, overflows;
  std::set<model::ResetOnReturn> resets;
  std::set<Use> uses;
  std::set<Remark> remarks;
  std::set<Chore> chores;
  int limitless = 0, cancelled = 0, patient = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Scenario scenario = with_seed({}, seed);
    pool_sizes.insert(scenario.pool.pool_size);
    overflows.insert(scenario.pool.max_overflow);
    resets.insert(scenario.pool.reset_on_return);
    limitless += !scenario.pool.timeout;
    for (const auto& loans : scenario.callers) {
      for (const Loan& loan : loans) {
        uses.insert(loan.use);
        remarks.insert(loan.remark);
        chores.insert(loan.chore);
        cancelled += loan.cancel_after.has_value();
        patient += !loan.timeout;
      }
    }
  }
  EXPECT_EQ(pool_sizes, (std::set{1, 2, 3}));
  EXPECT_EQ(overflows, (std::set{0, 1, 2}));
  EXPECT_EQ(resets.size(), 4U);
  EXPECT_EQ(uses.size(), 16U);
  EXPECT_EQ(remarks.size(), 5U);
  EXPECT_EQ(chores.size(), 3U);
  EXPECT_GT(limitless, 0);
  EXPECT_GT(cancelled, 0);
  EXPECT_GT(patient, 0);
}

TEST(TheLoans, AreLeftOutWithTheirChoicesAndTheOthersStayAsTheyWere) {
  explore::Tape tape;
  explore::RandomWalk walk(6);
  explore::Recorder recorder(walk, tape);
  const Scenario whole = draw({}, recorder);
  ASSERT_EQ(tape.of(world::Stream::workload).size(), kChoicesOfPool + 12 * kChoicesOfLoan)
      << "in this run nobody leaves out a loan";

  // The second one of the first caller, and all of the second caller.
  auto& taken = tape.of(world::Stream::program);
  for (const std::size_t loan : {1, 3, 4, 5}) taken[loan] = 0;
  auto& choices = tape.of(world::Stream::workload);
  const auto cut = [&](std::size_t first, std::size_t loans) {
    const auto begin =
        choices.begin() + static_cast<std::ptrdiff_t>(kChoicesOfPool + first * kChoicesOfLoan);
    choices.erase(begin, begin + static_cast<std::ptrdiff_t>(loans * kChoicesOfLoan));
  };
  cut(3, 3);
  cut(1, 1);
  Scenario expected = whole;
  expected.callers[0].erase(expected.callers[0].begin() + 1);
  expected.callers.erase(expected.callers.begin() + 1);
  EXPECT_EQ(to_text(played(tape)), to_text(expected));
}

TEST(AScenario, DrawsAsManyChoicesForALoanWhateverItIs) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    explore::Tape tape;
    explore::RandomWalk walk(seed);
    explore::Recorder recorder(walk, tape);
    draw({}, recorder);
    const auto& taken = tape.of(world::Stream::program);
    const auto loans = static_cast<std::size_t>(std::count(taken.begin(), taken.end(), 1));
    EXPECT_EQ(tape.of(world::Stream::workload).size(), kChoicesOfPool + loans * kChoicesOfLoan);
  }
}

}  // namespace
}  // namespace poolproof::scenario
