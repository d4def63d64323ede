// Every kind of fault fires under `--faults all`, and reaches the pool in the calls it can reach.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "props/check/search.hpp"
#include "props/check/story_text.hpp"
#include "props/explore/tape.hpp"

namespace poolproof {
namespace {

using check::Coverage;
using check::PoolCall;
using testing::HasSubstr;
using world::FaultKind;

const Coverage& seen() {
  static const Coverage coverage = [] {
    check::SearchOptions options;
    options.seed = 1;
    options.schedules = 16000;
    return check::search(check::ours(), options, [](std::uint64_t) { return true; }).coverage;
  }();
  return coverage;
}

// In which calls it struck.
std::set<PoolCall> calls_struck_by(FaultKind kind) {
  std::set<PoolCall> calls;
  for (std::size_t i = 0; i < check::kCells; ++i) {
    const check::Cell cell = check::cell_at(i);
    if (cell.fault == kind && seen().matrix[i] > 0) calls.insert(cell.call);
  }
  return calls;
}

class EachFault : public testing::TestWithParam<std::size_t> {};

TEST_P(EachFault, FiresAndIsCountedWhereItStruck) {
  const auto kind = static_cast<FaultKind>(GetParam());
  std::uint64_t places = 0;
  for (std::size_t i = 0; i < check::kCells; ++i) {
    if (check::cell_at(i).fault == kind) places += seen().matrix[i];
  }
  EXPECT_GT(places, 0U);
  EXPECT_EQ(places, seen().faults[GetParam()]);
}

TEST_P(EachFault, ReachesThePoolInOneOfItsCalls) {
  const auto kind = static_cast<FaultKind>(GetParam());
  if (kind == FaultKind::late_cancel) GTEST_SKIP() << "a cancel is asked for in no call";
  auto calls = calls_struck_by(kind);
  calls.erase(PoolCall::none);
  calls.erase(PoolCall::query);
  EXPECT_THAT(calls, testing::Not(testing::IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Of, EachFault, testing::Range<std::size_t>(0, world::kFaultKinds),
                         [](const auto& each) {
                           return std::string(world::kFaults[each.param].name);
                         });

TEST(TheMatrix, CallsNoPlaceImpossibleWhereAFaultHasStruck) {
  for (std::size_t i = 0; i < check::kCells; ++i) {
    const check::Cell cell = check::cell_at(i);
    if (seen().matrix[i] == 0) continue;
    EXPECT_TRUE(check::is_possible(cell))
        << world::name(cell.fault) << ", "
        << world::kPhaseNames[static_cast<std::size_t>(cell.phase)] << ", "
        << check::kPoolCallNames[static_cast<std::size_t>(cell.call)] << ": " << seen().matrix[i];
  }
}

// ---- ambushes and storms ----

class Planned : public testing::Test {
 protected:
  // One caller takes two loans from a pool of one; nothing is left to choice.
  const check::RunResult& run(scenario::Troubles troubles) {
    scenario::Scenario scenario;
    scenario.pool.pool_size = 1;
    scenario.pool.max_overflow = 0;
    scenario.faults.set();
    scenario.troubles = std::move(troubles);
    scenario.callers.assign(1, std::vector<scenario::Loan>(2));
    return runner_.run(std::move(scenario), plainest_);
  }

  check::Runner runner_{check::ours()};
  explore::Plainest plainest_;
};

TEST_F(Planned, AnAmbushStrikesAtItsMomentAndIsTold) {
  const auto& run = this->run(
      {.ambushes = {{scenario::Moment::lease_ended, FaultKind::killed_idle, 1, 0}}, .storms = {}});
  EXPECT_EQ(run.faults[static_cast<std::size_t>(FaultKind::killed_idle)], 1U);
  EXPECT_THAT(check::to_text(check::story(run)),
              HasSubstr("ambush: killed_idle as a release ends"));
  EXPECT_THAT(check::to_text(check::story(run)), HasSubstr("killed_idle: 1"));
  EXPECT_THAT(run.violations, testing::IsEmpty());
}

TEST_F(Planned, AnAmbushForALaterTimeLetsTheEarlierOnesPass) {
  const auto& run = this->run(
      {.ambushes = {{scenario::Moment::lease_ended, FaultKind::killed_idle, 3, 0}}, .storms = {}});
  EXPECT_EQ(run.faults[static_cast<std::size_t>(FaultKind::killed_idle)], 0U)
      << "there are two releases";
}

TEST_F(Planned, EachMomentComesInThisRunButThoseOfOthers) {
  using scenario::Moment;
  for (std::size_t i = 0; i < scenario::kMoments; ++i) {
    const auto moment = static_cast<Moment>(i);
    const bool of_others = moment == Moment::waiter_woken || moment == Moment::deadline_come ||
                           moment == Moment::retiring;
    const auto& run =
        this->run({.ambushes = {{moment, FaultKind::clock_step, 1, 0}}, .storms = {}});
    EXPECT_EQ(run.faults[static_cast<std::size_t>(FaultKind::clock_step)], of_others ? 0U : 1U)
        << scenario::text(moment);
  }
}

TEST_F(Planned, AStormIsOverInItsTimeAndThePoolWorksAgain) {
  for (const FaultKind kind : {FaultKind::refusal_storm, FaultKind::full_storm,
                               FaultKind::restart_storm, FaultKind::slow_login_storm}) {
    const auto& run = this->run(
        {.ambushes = {},
         .storms = {{kind, std::chrono::milliseconds(0), std::chrono::milliseconds(20)}}});
    EXPECT_EQ(run.ending, world::Ending::finished);
    EXPECT_THAT(run.violations, testing::IsEmpty()) << world::name(kind);
  }
}

}  // namespace
}  // namespace poolproof
