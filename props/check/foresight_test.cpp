// What one run tells of the others of its class. That FAIR is judged so is shown by broken pools,
// in explored_mutants_test.
#include "props/check/foresight.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "props/explore/dpor/at_random.hpp"
#include "props/explore/dpor/dpor_fixture.hpp"

namespace poolproof::check {
namespace {

using explore::dpor::AtRandom;
using explore::dpor::Body;
using explore::dpor::Reordered;
using model::LawId;
using Kind = Observation::Kind;

constexpr CallerId kAnn{0};
constexpr CallerId kBen{1};

// Two callers of something that is no pool: Ann is told that it is closed, Ben is given a lease.
struct Callers {
  void see(Observation observation) {
    observation.step = body.scheduler().trace().size();
    run.observations.push_back(observation);
  }
  void acquire(CallerId who, std::mutex& mutex, Outcome outcome) {
    see({.kind = Kind::acquire_called, .caller = who});
    { const std::lock_guard lock(mutex); }
    see({.kind = Kind::acquire_returned, .caller = who, .outcome = outcome});
  }
  [[nodiscard]] std::size_t place_of(Kind kind, CallerId who) const {
    const auto found = std::find_if(
        run.observations.begin(), run.observations.end(),
        [&](const Observation& each) { return each.kind == kind && each.caller == who; });
    return static_cast<std::size_t>(found - run.observations.begin());
  }

  bool at_once = true;  // or Ben first, and Ann when he is done
  RunResult run{};
  Body body{[this](Body::Seen&) {
    run.observations.clear();
    std::mutex mine;
    std::mutex yours;
    std::thread ben([&] { acquire(kBen, mine, Outcome::ok); });
    if (!at_once) ben.join();
    std::thread ann([&] { acquire(kAnn, yours, Outcome::closed); });
    ann.join();
    if (at_once) ben.join();
  }};
};

TEST(Foresight, SeesThatWhoeverWasLentSomethingCouldHaveAskedAfterAnotherWasToldOfTheClose) {
  Callers callers;
  AtRandom random(callers.body, {}, 1);
  Reordered other(callers.body, {});
  for (int i = 0; i < 50; ++i) {
    const auto& execution = random.run();
    const auto foreseen = foresee(execution, callers.run, {LawId::life});
    ASSERT_TRUE(foreseen);
    EXPECT_EQ(foreseen->law, LawId::life);
    ASSERT_TRUE(other.run(execution, ordered(execution, foreseen->order).value()));
    EXPECT_LT(callers.place_of(Kind::acquire_returned, kAnn),
              callers.place_of(Kind::acquire_called, kBen));
  }
}

TEST(Foresight, DoesNotSeeWhatCannotBe) {
  Callers callers{.at_once = false};
  AtRandom random(callers.body, {}, 1);
  EXPECT_FALSE(foresee(random.run(), callers.run, {LawId::life, LawId::fair}));
}

TEST(Foresight, IsOfTheLawsThatAreJudged) {
  Callers callers;
  AtRandom random(callers.body, {}, 1);
  EXPECT_FALSE(foresee(random.run(), callers.run, {LawId::cap}));
}

}  // namespace
}  // namespace poolproof::check
