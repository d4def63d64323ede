// What a search says of how much it has seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "props/check/coverage_report.hpp"
#include "props/check/doing.hpp"
#include "props/check/processes/message.hpp"

namespace poolproof::check {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using world::OperationKind;

SearchOptions small(std::uint64_t schedules) {
  SearchOptions options;
  options.seed = 7;
  options.schedules = schedules;
  return options;
}

SearchResult searched(const SearchOptions& options) {
  return search(ours(), options, [](std::uint64_t) { return true; });
}

// One search for all tests that ask what a search of some length sees.
const SearchResult& long_search() {
  static const SearchResult result = searched(small(20'000));
  return result;
}

world::Deed deed(OperationKind kind, Doing doing) { return {kind, context(doing)}; }

// ---- classes ----

TEST(Classes, ThoseSeenOnceTellHowLikelyANewOneIs) {
  Coverage seen;
  EXPECT_EQ(chance_of_new_class(seen), 1);
  seen.runs = 4;
  seen.classes = {{11, 1}, {12, 3}};
  EXPECT_EQ(chance_of_new_class(seen), 0.25);
}

TEST(Classes, OfOneSmallScenarioRunOut) {
  SearchOptions options = small(4'000);
  options.bounds.callers = 2;
  options.bounds.ops = 1;
  options.bounds.faults.reset();
  const Coverage early = searched(options).coverage;
  options.schedules = 16'000;
  const Coverage late = searched(options).coverage;
  EXPECT_LT(early.classes.size(), early.schedules.size());
  EXPECT_LT(chance_of_new_class(late), chance_of_new_class(early));
}

// ---- pairs ----

TEST(Pairs, CountAsBothOnlyWhenMetInBothOrders) {
  const auto wait = deed(OperationKind::wait, Doing::acquire);
  const auto signal = deed(OperationKind::signal, Doing::release);
  const auto lock = deed(OperationKind::lock, Doing::release);
  const auto other_lock = deed(OperationKind::lock, Doing::acquire);
  const Pairs met = pairs({world::code_of({wait, signal}), world::code_of({lock, other_lock}),
                           world::code_of({other_lock, lock}), world::code_of({lock, lock})});
  EXPECT_EQ(met.seen, 2U);
  EXPECT_EQ(met.both, 1U);
  EXPECT_THAT(met.one_order_only, ElementsAre("acquire's wait before release's signal"));
}

TEST(Pairs, TellADeadlineAndTheNetworkFromTasks) {
  const world::Meeting meeting{deed(OperationKind::clock, Doing::acquire),
                               {OperationKind::clock, world::kInNoTask}};
  EXPECT_EQ(to_text(meeting), "acquire's deadline before the network's event");
}

TEST(Pairs, OfOurPoolAreMetInBothOrdersMoreOftenThanNot) {
  const Pairs met = pairs(long_search().coverage.meetings);
  EXPECT_GT(met.seen, 50U);
  EXPECT_GT(2 * met.both, met.seen);
}

// ---- states ----

RC_GTEST_PROP(Standings, AreToldBackFromTheirNumbers, ()) {
  const auto below = [](int end) { return *rc::gen::inRange(0, end); };
  const StandingScope scope{below(256), below(256) - 1, below(128)};
  const Standing standing{*rc::gen::arbitrary<bool>(), below(128), below(128), below(128)};
  const StandingCode code = code_of(scope, standing);
  RC_ASSERT(scope_of(code) == scope);
  RC_ASSERT(standing_of(code) == standing);
}

TEST(Standings, AreReachableOnlyIfTheModelLetsThemBe) {
  const Reachable one = reachable({.pool_size = 1, .max_overflow = 0, .callers = 2});
  EXPECT_TRUE(one.complete);
  EXPECT_THAT(one.standings, Contains(Standing{.leased = 1, .waiting = 1}));
  EXPECT_THAT(one.standings, Not(Contains(Standing{.waiting = 1}))) << "WAKE";
  EXPECT_THAT(one.standings, Not(Contains(Standing{.leased = 2}))) << "CAP";
  EXPECT_THAT(one.standings, Not(Contains(Standing{.closed = true, .leased = 1, .waiting = 1})));
}

TEST(Standings, OfOurPoolAreAllInTheModel) {
  const auto json = coverage_json(ours(), small(1), long_search().coverage);
  ASSERT_GE(json["model_states"].size(), 9U);
  int visited = 0;
  for (const auto& scope : json["model_states"]) {
    EXPECT_TRUE(scope["complete"]) << scope;
    EXPECT_THAT(scope["not_in_the_model"], IsEmpty()) << scope;
    EXPECT_GE(scope["visited"], 1) << scope;
    visited += scope["visited"].get<int>();
  }
  EXPECT_GE(visited, 60);
}

// ---- rare paths ----

class EachRarePath : public testing::TestWithParam<std::size_t> {};

TEST_P(EachRarePath, IsTakenWithin20000Schedules) {
  EXPECT_GT(long_search().coverage.rare_paths[GetParam()], 0U)
      << sentence(static_cast<RarePath>(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Check, EachRarePath, testing::Range(std::size_t{0}, kRarePaths));

TEST(RarePaths, AreOnlyAskedForWhereTheyArePossible) {
  scenario::Bounds bounds;
  EXPECT_TRUE(is_possible(RarePath::dead_in_checkout, bounds, ours()));
  bounds.pre_ping = false;
  EXPECT_FALSE(is_possible(RarePath::dead_in_checkout, bounds, ours()));
  EXPECT_TRUE(is_possible(RarePath::served_after_waiting, bounds, ours()));
  bounds.callers = 1;
  EXPECT_FALSE(is_possible(RarePath::served_after_waiting, bounds, ours()));
}

TEST(RarePaths, ThatWereNeverTakenAreNamed) {
  SearchOptions options = small(2);
  EXPECT_THAT(coverage_text(ours(), options, searched(options)), HasSubstr("\nnever reached: "));
  options.bounds.faults.reset();
  options.bounds.pre_ping = false;
  const std::string text = coverage_text(ours(), options, searched(options));
  EXPECT_THAT(text, Not(HasSubstr("a ping found")));
  EXPECT_THAT(text, Not(HasSubstr("never struck")));
}

// ---- between processes ----

TEST(Coverage, TravelsWhole) {
  const Coverage& seen = long_search().coverage;
  const auto there = nlohmann::json(nlohmann::json(seen)).get<Coverage>();
  EXPECT_EQ(coverage_json(ours(), small(1), there).dump(),
            coverage_json(ours(), small(1), seen).dump());
}

TEST(Coverage, OfTwoHalvesIsThatOfTheWhole) {
  Coverage a;
  a.runs = 2;
  a.classes = {{1, 2}};
  a.meetings = {5};
  a.standings = {7};
  a.rare_paths[3] = 1;
  Coverage b;
  b.runs = 2;
  b.classes = {{1, 1}, {2, 1}};
  b.meetings = {5, 6};
  b.standings = {8};
  b.rare_paths[3] = 1;
  a.add(b);
  EXPECT_EQ(a.classes, (std::unordered_map<std::uint64_t, std::uint64_t>{{1, 3}, {2, 1}}));
  EXPECT_EQ(a.meetings.size(), 2U);
  EXPECT_EQ(a.standings.size(), 2U);
  EXPECT_EQ(a.rare_paths[3], 2U);
}

}  // namespace
}  // namespace poolproof::check
