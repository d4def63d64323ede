// What can be made of a run: any order of its events that its class allows.
#include "props/explore/dpor/reordered.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "props/explore/dpor/at_random.hpp"
#include "props/explore/dpor/random_programs.hpp"

namespace poolproof::explore::dpor {
namespace {

RC_GTEST_PROP(ARun, GoesInAnyOrderThatItsClassAllows, ()) {
  Body body = body_of(*programs(3, 3, kExactKinds));
  tried(body, {}, 20);  // the machine's own memory has grown to what it needs
  AtRandom random(body, {}, *rc::gen::arbitrary<std::uint64_t>());
  const Execution& run = random.run();
  Reordered reordered(body, {});
  const auto size = static_cast<EventIndex>(run.size());
  for (EventIndex later = 1; later < size; ++later) {
    const auto earlier = *rc::gen::inRange<EventIndex>(0, later);
    const auto order = ordered(run, {{later, earlier}});
    RC_ASSERT(order.has_value() == !run.before(earlier, later));
    if (order) RC_ASSERT(reordered.run(run, *order));
  }
}

TEST(ARun, IsLeftAsItIsWhereNothingIsWanted) {
  Body body = bare_pool(2, 2, 1);
  AtRandom random(body, {}, 1);
  const Execution& run = random.run();
  const auto order = ordered(run, {});
  ASSERT_TRUE(order);
  EXPECT_TRUE(std::is_sorted(order->begin(), order->end()));
}

TEST(ARun, OfAnotherProgramIsNotTakenForTheSame) {
  Body body = bare_pool(2, 2, 1);
  Body other = bare_pool(2, 1, 1);
  AtRandom random(body, {}, 1);
  const Execution& run = random.run();
  EXPECT_FALSE(Reordered(other, {}).run(run, *ordered(run, {})));
}

}  // namespace
}  // namespace poolproof::explore::dpor
