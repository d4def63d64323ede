// QueuePool's three lost wake-ups: capacity comes free and somebody sleeps on beside it. Each is
// found in the profile sqlalchemy by a walk over all states that needs nothing but what that bug
// needs, and by its shortest path; in strict the walk goes through every state that the same
// callers can reach by any operation and any failure, and finds none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/pool_fixture.hpp"
#include "model/reach.hpp"

namespace poolproof::model {
namespace {

using testing::ElementsAre;

constexpr CallerId kAnn{0}, kBen{1}, kCat{2}, kDan{3};

// Whether it is one of these, and nothing fails.
template <class... Wanted>
bool is_one_of(const Move& move) {
  return move.failures == Failures{} && (std::holds_alternative<Wanted>(move.event) || ...);
}

Reached walk(Profile profile, int max_overflow, int callers, bool (*may_happen)(const Move&)) {
  return reach({.config = {.pool_size = 1,
                           .max_overflow = max_overflow,
                           .timeout = std::nullopt,
                           .profile = profile},
                .callers = callers,
                .may_happen = may_happen,
                .laws = {LawId::wake}});
}

void expect_impossible_in_strict(int max_overflow, int callers) {
  const Reached strict =
      walk(Profile::strict, max_overflow, callers, [](const Move&) { return true; });
  EXPECT_TRUE(strict.complete);
  EXPECT_FALSE(strict.violation);
}

std::vector<Event> events(const Reached& reached) {
  std::vector<Event> events;
  if (!reached.violation) return events;
  for (const Move& move : reached.violation->path) events.push_back(move.event);
  return events;
}

// The second of two waiters sleeps although the pool has room for one more connection.
TEST(LostWakeUp, AfterAnOverflowConnectionIsDiscardedIsQueuePoolsAlone) {
  const Reached reached = walk(Profile::sqlalchemy, 1, 4, is_one_of<Acquire, Connected, Release>);
  EXPECT_THAT(events(reached),
              ElementsAre(Acquire{kAnn, {}}, Connected{kAnn}, Acquire{kBen, {}}, Connected{kBen},
                          Acquire{kCat, {}}, Acquire{kDan, {}}, Release{kAnn}, Release{kBen}));
  expect_impossible_in_strict(1, 4);
}

// With no connection open and none leased.
TEST(LostWakeUp, AfterAFailedConnectIsQueuePoolsAlone) {
  const Reached reached = walk(Profile::sqlalchemy, 0, 2, is_one_of<Acquire, ConnectFailed>);
  EXPECT_THAT(events(reached),
              ElementsAre(Acquire{kAnn, {}}, Acquire{kBen, {}}, ConnectFailed{kAnn}));
  expect_impossible_in_strict(0, 2);
}

// A newcomer is served at once, while the waiter sleeps on.
TEST(LostWakeUp, AfterADisposeIsQueuePoolsAlone) {
  const Reached reached = walk(Profile::sqlalchemy, 0, 2, is_one_of<Acquire, Connected, Dispose>);
  EXPECT_THAT(events(reached), ElementsAre(Acquire{kAnn, {}}, Acquire{kBen, {}}, Dispose{}));
  expect_impossible_in_strict(0, 2);
}

}  // namespace
}  // namespace poolproof::model
