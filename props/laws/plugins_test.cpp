// Pools as plugins: ours, the example, and pools that others wrote. Each keeps the laws that it
// promises, and each finding of integration/findings/ is found again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "props/check/search.hpp"
#include "props/check/story_text.hpp"

namespace poolproof {
namespace {

using check::Laws;
using check::SearchOptions;
using check::SearchResult;
using check::Verdict;
using model::LawId;
using model::ResetOnReturn;
using scenario::Bounds;
using scenario::Limit;
using testing::HasSubstr;

const std::string kBuild = POOLPROOF_BUILD;

std::string plugin(const std::string& name) { return kBuild + "/plugins/" + name + ".so"; }

check::Accused loaded(const std::string& name) {
  auto accused = check::Accused::load(plugin(name));
  if (const auto* const why = std::get_if<std::string>(&accused)) throw std::runtime_error(*why);
  return std::get<check::Accused>(std::move(accused));
}

#define SKIP_WITHOUT(name)                                                          \
  if (!std::filesystem::exists(plugin(name))) {                                     \
    GTEST_SKIP() << plugin(name) << " was not built: its library is not installed"; \
  }

// Poco's two pools share a library, and what poco_session_pool.so puts in the place of one of its
// functions holds only if it is loaded before the other. A command loads one of them.
class PocoLoadedInOrder : public testing::Environment {
  void SetUp() override { check::Accused::load(plugin("poco_session_pool")); }
};
const auto* const kInOrder = testing::AddGlobalTestEnvironment(new PocoLoadedInOrder);

// On a server without faults, of pools that are never recycled: few others can do that.
Bounds plain(ResetOnReturn reset) {
  Bounds bounds;
  bounds.recycle = Limit{};
  bounds.reset_on_return = reset;
  bounds.faults = {};
  return bounds;
}

Bounds without_overflow(Bounds bounds) {
  bounds.max_overflow = 0;
  return bounds;
}

Bounds with_faults(Bounds bounds) {
  bounds.faults.set();
  return bounds;
}

Laws all_but(std::initializer_list<LawId> laws) {
  Laws left = check::judged_laws();
  left.erase(LawId::fair);
  for (const LawId law : laws) left.erase(law);
  return left;
}

SearchResult search(const check::Accused& accused, const Bounds& bounds, const Laws& laws,
                    std::uint64_t seed, std::uint64_t schedules) {
  SearchOptions options;
  options.bounds = bounds;
  options.laws = laws;
  options.seed = seed;
  options.schedules = schedules;
  return check::search(accused, options, [](std::uint64_t) { return true; });
}

void expect_held(const std::string& name, const Bounds& bounds, const Laws& laws) {
  const SearchResult result = search(loaded(name), bounds, laws, 1, 3000);
  EXPECT_EQ(result.verdict, Verdict::held)
      << result.detail
      << (result.finding
              ? check::to_text(result.finding->story) + result.finding->violations[0].evidence
              : "");
}

// ---- ours, and the one to copy ----

TEST(OurPoolAsAPlugin, KeepsEveryLaw) { expect_held("poolproof", {}, check::judged_laws()); }

TEST(OurPoolAsAPlugin, TakesTheStepsOfTheBuiltInOne) {
  const auto as_plugin = search(loaded("poolproof"), {}, {}, 7, 500);
  const auto built_in = search(check::ours(), {}, {}, 7, 500);
  EXPECT_EQ(as_plugin.coverage.schedules, built_in.coverage.schedules);
}

TEST(TheExample, KeepsEveryLawButFairOnAServerThatAnswers) {
  expect_held("example", plain(ResetOnReturn::rollback), all_but({}));
}

TEST(TheExample, KeepsAllButItsDeadlinesOnAServerThatFails) {
  expect_held("example", with_faults(plain(ResetOnReturn::rollback)), all_but({LawId::late}));
}

TEST(TheExample, IsBuiltOutOfTheTreeByItsOwnFewLines) {
  std::string folder = std::filesystem::temp_directory_path() / "poolproof-example-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string source = POOLPROOF_SOURCE "/props/adapters";
  const std::string configure = "cmake -S " + source + "/example -B " + folder +
                                " -DPOOLPROOF_INCLUDE=" + source + " > " + folder + "/log 2>&1";
  EXPECT_EQ(std::system(configure.c_str()), 0);
  EXPECT_EQ(std::system(("cmake --build " + folder + " >> " + folder + "/log 2>&1").c_str()), 0);
  EXPECT_TRUE(std::holds_alternative<check::Accused>(check::Accused::load(folder + "/example.so")));
  std::filesystem::remove_all(folder);
}

TEST(APlugin, ThatCannotDoWhatIsAskedIsToldApartByItsOptions) {
  Bounds bounds;
  bounds.recycle = Limit{std::chrono::milliseconds(20)};
  const SearchResult result = search(loaded("example"), bounds, all_but({}), 1, 100);
  EXPECT_EQ(result.verdict, Verdict::unsupported);
  EXPECT_THAT(result.detail, HasSubstr("example pool cannot be opened with pool_size"));
  EXPECT_THAT(result.detail, HasSubstr("recycle 20ms"));
  EXPECT_THAT(result.detail, HasSubstr("; give the options"));
}

// ---- pools that others wrote: what they promise, they keep ----

// A COPY left open is the next caller's: see integration/findings/.
TEST(Soci, KeepsEveryLawButCleanOnAServerThatAnswers) {
  SKIP_WITHOUT("soci");
  expect_held("soci", without_overflow(plain(ResetOnReturn::none)), all_but({LawId::clean}));
}

// Its deadline is one for a free session: whether that is alive is asked after it. And it is one by
// the wall clock: see integration/findings/. A session that is dead stays so until its user
// reconnects it. And its ping looks at libpq's status only, which is good still when a server has
// said that it goes, and gone.
TEST(Soci, KeepsItsOtherLawsOnAServerThatFails) {
  SKIP_WITHOUT("soci");
  Bounds bounds = with_faults(without_overflow(plain(ResetOnReturn::none)));
  bounds.faults.reset(static_cast<std::size_t>(world::FaultKind::clock_step));
  expect_held("soci", bounds, all_but({LawId::late, LawId::leak, LawId::clean, LawId::dead}));
}

// Its ping is like SOCI's.
TEST(PocoObjectPool, KeepsItsCapacityAndItsSessionsOnAServerThatFails) {
  SKIP_WITHOUT("poco_object_pool");
  expect_held(
      "poco_object_pool", with_faults(plain(ResetOnReturn::rollback)),
      {LawId::cap, LawId::dup, LawId::early, LawId::age, LawId::clean, LawId::life, LawId::crash});
}

// It never waits, so TIMEOUT is always early, or, from a slow thread, given beside what has come
// back since; and a COPY left open is the next caller's.
TEST(PocoSessionPool, KeepsAllButTimeoutsCleanAndItsShutdownOnAServerThatAnswers) {
  SKIP_WITHOUT("poco_session_pool");
  expect_held("poco_session_pool", without_overflow(plain(ResetOnReturn::none)),
              all_but({LawId::early, LawId::spur, LawId::clean, LawId::stuck}));
}

// ---- integration/findings/ ----

struct FoundBug {
  const char* name;
  const char* pool;
  LawId law;
  Bounds bounds;
  std::uint64_t schedules;  // within which it is found, from every seed below
};

void PrintTo(const FoundBug& each, std::ostream* out) { *out << each.name; }

class Finding : public testing::TestWithParam<FoundBug> {};

constexpr std::uint64_t kSeeds[] = {1, 2, 3};

TEST_P(Finding, IsFoundAgainAndReplaysTheSame) {
  const FoundBug& bug = GetParam();
  SKIP_WITHOUT(bug.pool);
  const check::Accused accused = loaded(bug.pool);
  for (const std::uint64_t seed : kSeeds) {
    const SearchResult result = search(accused, bug.bounds, {bug.law}, seed, bug.schedules);
    ASSERT_EQ(result.verdict, Verdict::broken) << "seed " << seed << " " << result.detail;
    const auto again = check::replay(accused, result.finding->token, {bug.law});
    EXPECT_TRUE(again.fits && again.same) << "seed " << seed;
    ASSERT_EQ(again.violations.size(), 1U);
    EXPECT_EQ(again.story, result.finding->story);
  }
}

Bounds with_clock_steps(Bounds bounds) {
  bounds.faults.set(static_cast<std::size_t>(world::FaultKind::clock_step));
  return bounds;
}

const Bounds kRollback = plain(ResetOnReturn::rollback);
const Bounds kNoOverflow = without_overflow(kRollback);

INSTANTIATE_TEST_SUITE_P(
    Each, Finding,
    testing::Values(
        FoundBug{"poco_object_pool_lost_wakeup", "poco_object_pool", LawId::wake, kRollback, 20000},
        FoundBug{"poco_object_pool_deadline_restarts", "poco_object_pool", LawId::late, kRollback,
                 1000},
        FoundBug{"poco_object_pool_failed_activation_leaks", "poco_object_pool", LawId::leak,
                 with_faults(kRollback), 1000},
        FoundBug{"poco_session_pool_deadlock_at_shutdown", "poco_session_pool", LawId::stuck,
                 kNoOverflow, 1000},
        FoundBug{"poco_session_pool_failed_connect_stays_open", "poco_session_pool", LawId::cap,
                 with_faults(kNoOverflow), 5000},
        FoundBug{"poco_session_pool_lends_dead_sessions", "poco_session_pool", LawId::dead,
                 with_faults(kNoOverflow), 1000},
        FoundBug{"soci_deadline_by_the_wall_clock_early", "soci", LawId::early,
                 with_clock_steps(without_overflow(plain(ResetOnReturn::none))), 1000},
        FoundBug{"soci_deadline_by_the_wall_clock_late", "soci", LawId::late,
                 with_clock_steps(without_overflow(plain(ResetOnReturn::none))), 1000},
        FoundBug{"transactions_are_handed_on_by_poco", "poco_session_pool", LawId::clean,
                 kNoOverflow, 1000},
        FoundBug{"transactions_are_handed_on_by_soci", "soci", LawId::clean, kNoOverflow, 1000},
        FoundBug{"open_copies_are_handed_on_by_poco", "poco_session_pool", LawId::clean,
                 without_overflow(plain(ResetOnReturn::none)), 3000},
        FoundBug{"open_copies_are_handed_on_by_soci", "soci", LawId::clean,
                 without_overflow(plain(ResetOnReturn::none)), 3000}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace poolproof
