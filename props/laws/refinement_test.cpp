// Each step of our pool, in every schedule of the scenarios that are proved, is one that the model
// allows at that step; and what broken pools do is not, from the first event on that gives them
// away, whatever the laws say.
#include "props/check/refinement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "props/laws/exploring.hpp"
#include "props/mutants/reference_pool.hpp"

namespace poolproof::check {
namespace {

using model::LawId;
using mutants::Defect;
using scenario::Remark;
using scenario::Use;
using testing::HasSubstr;

ExplorationOptions refined(const SmallScenario& each) {
  ExplorationOptions options = options_of(each);
  options.refines = true;
  return options;
}

Accused broken(Defect defect) {
  return Accused(mutants::reference_pool(defect), mutants::reference_extension());
}

class OurPool : public testing::TestWithParam<SmallScenario> {};

TEST_P(OurPool, DoesNothingThatTheModelDoesNotAllow) {
  ExplorationOptions options = refined(GetParam());
  const Exploration found = explored(our_pool(), options);
  EXPECT_EQ(found.verdict, Verdict::held) << evidence(found);
  options.refines = false;
  const Exploration unrefined = explored(our_pool(), options);
  EXPECT_EQ(found.classes, unrefined.classes);
  std::printf("%s: %zu classes, %.0f classes/s; %.0f without the model\n",
              summary(options, found.scenario).c_str(), found.classes.size(),
              static_cast<double>(found.classes.size()) / found.seconds,
              static_cast<double>(found.classes.size()) / unrefined.seconds);
}

// Most of the scenarios that proofs_test.cpp proves, and some uses and remarks.
const SmallScenario kCases[]{
    {"3x1_1_0", 3, 1, 1, 0},
    {"2x2_1_0", 2, 2, 1, 0},
    {"3x1_1_1", 3, 1, 1, 1},
    {"2x2_1_1", 2, 2, 1, 1},
    {"3x1_1_0_failed_connect", 3, 1, 1, 0, {}, {}, false, {}, FaultKind::connect_refused},
    {"2x2_1_0_failed_connect", 2, 2, 1, 0, {}, {}, false, {}, FaultKind::connect_refused},
    {"3x1_1_1_failed_connect", 3, 1, 1, 1, {}, {}, false, {}, FaultKind::connect_refused},
    {"2x2_1_1_failed_connect", 2, 2, 1, 1, {}, {}, false, {}, FaultKind::connect_refused},
    {"3x1_1_0_timeouts", 3, 1, 1, 0, Limit{10ms}},
    {"2x2_1_0_timeouts_that_tie", 2, 2, 1, 0, Limit{10ms}, {}, false, {.hold = 10ms}},
    {"2x2_1_0_recycle", 2, 2, 1, 0, {}, Limit{5ms}, false, {.hold = 10ms}},
    {"2x2_1_0_ping_of_a_dead_connection", 2, 2, 1, 0, {}, {}, true, {}, FaultKind::killed_idle},
    {"2x1_1_0_dispose", 2, 1, 1, 0, {}, {}, false, {.chore = Chore::dispose}},
    {"2x1_1_1_close", 2, 1, 1, 1, {}, {}, false, {.chore = Chore::close}},
    {"2x1_1_0_transactions", 2, 1, 1, 0, {}, {}, false, {.use = Use::open_transaction}},
    {"2x1_1_0_invalidated", 2, 1, 1, 0, {}, {}, false, {.remark = Remark::invalidate}},
    {"2x1_1_0_detached", 2, 1, 1, 0, {}, {}, false, {.remark = Remark::detach}},
};

INSTANTIATE_TEST_SUITE_P(With, OurPool, testing::ValuesIn(kCases), name_of);

TEST(OurPoolOfEachClass, DoesNothingThatTheModelDoesNotAllow) {
  using model::PoolClass;
  for (const auto pool_class : {PoolClass::queue_pool, PoolClass::null_pool, PoolClass::static_pool,
                                PoolClass::singleton_thread_pool, PoolClass::assertion_pool}) {
    ExplorationOptions options =
        refined({.name = "", .callers = 2, .ops = 1, .pool_size = 1, .max_overflow = 0});
    options.bounds.pool_class = pool_class;
    const Exploration found = explored(our_pool(), options);
    EXPECT_EQ(found.verdict, Verdict::held) << model::name(pool_class) << ": " << evidence(found);
  }
}

// Once a close was seen in two steps: one who was connecting was told that the pool is closed while
// another still opened a connection.
TEST(OurPoolThatIsBeingClosed, OpensNoConnectionThatNobodyGets) {
  for (const int max_overflow : {0, 1}) {
    const Exploration found = explored(
        our_pool(), refined({"", 2, 1, 1, max_overflow, {}, {}, false, {.chore = Chore::close}}));
    EXPECT_EQ(found.verdict, Verdict::held)
        << (found.unexplained ? found.unexplained->disallowed.event : found.detail);
  }
}

// Once a close shut out those who connect before it shut out the others: who had been told that the
// pool is closed was lent what lay idle. And a dispose retired all before it took out what lay
// idle, so that it closed, too, what had come meanwhile. Too large to be explored whole: each was
// found in fewer executions than that.
TEST(OurPoolWithOverflow, IsClosedAndDisposedAllAtOnce) {
  for (const auto& [each, executions] :
       {std::pair(SmallScenario{"", 2, 2, 1, 1, {}, {}, false, {.chore = Chore::close}}, 500),
        std::pair(SmallScenario{"", 3, 1, 1, 1, {}, {}, false, {.chore = Chore::dispose}},
                  8'000)}) {
    ExplorationOptions options = refined(each);
    options.most_executions = static_cast<std::uint64_t>(executions);
    const Exploration found = explored(our_pool(), options);
    EXPECT_EQ(found.verdict, Verdict::undecided) << evidence(found);
  }
}

// The model was once taken to let a caller be told so after a connect only, although it was not
// connecting yet. Each of the others shows that this one had a slot: one slept, and was then lent
// what the third gave back.
TEST(OurPoolThatIsBeingClosed, TellsWhoIsAboutToConnect) {
  ExplorationOptions options = refined({"", 3, 1, 1, 1, {}, {}, false, {.chore = Chore::close}});
  options.most_executions = 40'000;
  const Exploration found = explored(our_pool(), options);
  EXPECT_EQ(found.verdict, Verdict::undecided) << evidence(found);
}

// Nor was it taken to let a caller who has what was idle find that it is retired meanwhile: here
// another has passed that point before the dispose. Found by few preemptions.
TEST(OurPoolThatIsBeingDisposed, ReplacesWhatACallerHasJustTaken) {
  ExplorationOptions options = refined({"", 2, 2, 1, 1, {}, {}, false, {.chore = Chore::dispose}});
  options.most_preemptions = 2;
  const Exploration found = explored(our_pool(), options);
  EXPECT_EQ(found.verdict, Verdict::undecided) << evidence(found);
}

// ---- what that is worth ----

struct Bug {
  Defect defect;
  SmallScenario scenario;
  const char* event;  // that gives it away
};

void PrintTo(const Bug& bug, std::ostream* out) { *out << mutants::name(bug.defect); }

class ABrokenPool : public testing::TestWithParam<Bug> {};

// No law is judged but CRASH: the model alone says what is wrong.
TEST_P(ABrokenPool, DoesWhatTheModelDoesNotAllow) {
  const Accused accused = broken(GetParam().defect);
  ExplorationOptions options = refined(GetParam().scenario);
  options.laws = {LawId::crash};
  const Exploration found = explored(accused, options);
  ASSERT_EQ(found.verdict, Verdict::broken) << evidence(found);
  ASSERT_TRUE(found.unexplained) << evidence(found);
  EXPECT_THAT(found.unexplained->disallowed.event, HasSubstr(GetParam().event))
      << to_string(found.unexplained->disallowed);
  EXPECT_FALSE(found.unexplained->disallowed.states.empty());
}

INSTANTIATE_TEST_SUITE_P(
    By, ABrokenPool,
    testing::Values(
        Bug{Defect::last_come_first_served, {"", 3, 2, 1, 0}, "acquire returns with a lease"},
        Bug{Defect::counted_after_connecting, {"", 2, 1, 1, 0}, "is opened for caller"},
        Bug{Defect::timeout_in_wrong_unit,
            {"", 2, 1, 1, 0, Limit{10ms}, {}, false, {.hold = 10ms}},
            "acquire returns with a TIMEOUT"},
        Bug{Defect::invalidated_is_pooled,
            {"", 1, 2, 1, 0, {}, {}, false, {.remark = Remark::invalidate}},
            "caller 1"},
        Bug{Defect::closed_pool_lends,
            {"", 1, 1, 1, 0, {}, {}, false, {.chore = Chore::close}},
            "is opened for caller"},
        Bug{Defect::dispose_forgets_leases,
            {"", 1, 2, 1, 0, {}, {}, false, {.chore = Chore::dispose}},
            "acquire returns with a lease"},
        Bug{Defect::recycle_forgotten,
            {"", 1, 2, 1, 0, {}, Limit{5ms}, false, {.hold = 10ms}},
            "acquire returns with a lease"}),
    [](const auto& info) { return std::string(mutants::name(info.param.defect)); });

// The pool that these are mutants of.
TEST(TheReferencePool, DoesNothingThatTheModelDoesNotAllow) {
  const Accused accused = broken(Defect::none);
  for (const SmallScenario& each : {SmallScenario{"", 3, 1, 1, 0}, SmallScenario{"", 3, 1, 1, 1},
                                    SmallScenario{"", 2, 2, 1, 1}}) {
    ExplorationOptions options = refined(each);
    options.laws = {LawId::crash};
    const Exploration found = explored(accused, options);
    EXPECT_EQ(found.verdict, Verdict::held) << evidence(found);
  }
}

}  // namespace
}  // namespace poolproof::check
