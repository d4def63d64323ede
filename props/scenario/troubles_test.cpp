// What is drawn to go wrong by plan: nothing when nothing is chosen, only what is allowed, and all
// of it sooner or later.
#include "props/scenario/troubles.hpp"

#include <gtest/gtest.h>

#include <set>

#include "props/explore/random_walk.hpp"
#include "props/explore/tape.hpp"

namespace poolproof::scenario {
namespace {

using world::FaultKind;
using world::FaultSet;

template <class Look>
void draw_many(const FaultSet& allowed, Look look) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    explore::RandomWalk walk(explore::run_seed(7, seed));
    look(draw_troubles(allowed, walk));
  }
}

TEST(Troubles, AreNoneWhenNothingIsChosen) {
  explore::Plainest plainest;
  const Troubles troubles = draw_troubles(FaultSet{}.set(), plainest);
  EXPECT_TRUE(troubles.ambushes.empty() && troubles.storms.empty());
  EXPECT_EQ(to_text(troubles), "");
}

TEST(Troubles, AreNoneAndCostNoChoiceWhenNothingIsAllowed) {
  explore::Plainest plainest;
  explore::Tape tape;
  explore::Recorder recorder(plainest, tape);
  draw_troubles(FaultSet{}, recorder);
  EXPECT_EQ(tape, explore::Tape{});
}

TEST(Troubles, LayEachFaultInAmbushForEachMoment) {
  std::set<std::pair<Moment, FaultKind>> seen;
  draw_many(FaultSet{}.set(), [&](const Troubles& troubles) {
    for (const Ambush& each : troubles.ambushes) seen.insert({each.moment, each.fault});
  });
  EXPECT_EQ(seen.size(), kMoments * kAmbushers.size());
}

TEST(Troubles, AreOnlyOfTheKindsThatAreAllowed) {
  FaultSet allowed;
  allowed.set(static_cast<std::size_t>(FaultKind::killed_idle));
  allowed.set(static_cast<std::size_t>(FaultKind::full_storm));
  int ambushes = 0;
  int storms = 0;
  draw_many(allowed, [&](const Troubles& troubles) {
    for (const Ambush& each : troubles.ambushes) {
      EXPECT_EQ(each.fault, FaultKind::killed_idle);
      ++ambushes;
    }
    for (const Storm& each : troubles.storms) {
      EXPECT_EQ(each.kind, FaultKind::full_storm);
      ++storms;
    }
  });
  EXPECT_GT(ambushes, 500);
  EXPECT_GT(storms, 100);
  EXPECT_LT(storms, 1000) << "they drown everything else";
}

TEST(Troubles, AreToldInALineEach) {
  using namespace std::chrono_literals;
  const Troubles troubles{
      .ambushes = {{Moment::waiter_woken, FaultKind::killed_idle, 1, 0},
                   {Moment::lease_ending, FaultKind::clock_step, 3, 0}},
      .storms = {{FaultKind::restart_storm, 10ms, 50ms}},
  };
  EXPECT_EQ(to_text(troubles),
            "ambush: killed_idle as a waiter is woken\n"
            "ambush: clock_step as a release begins for time 3\n"
            "storm: restart_storm at 10ms for 50ms\n");
}

}  // namespace
}  // namespace poolproof::scenario
