// What is said of an exploration before it: of any small program, by what all its schedules say.
#include "props/explore/dpor/estimate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "props/explore/dpor/random_programs.hpp"

namespace poolproof::explore::dpor {
namespace {

constexpr int kMostSchedules = 5'000;

// A class, as it is counted, and as its schedules came.
struct Counted {
  double schedules = 0;
  int came = 0;
};

RC_GTEST_PROP(SchedulesOfAClass, AreAsManyAsCome, ()) {
  until_it_fits(*programs(3, 2, kExactKinds), [](const std::vector<Task>& tasks) {
    Body body = body_of(tasks);
    std::map<std::uint64_t, Counted> classes;
    int left = kMostSchedules;
    const bool complete = EverySchedule(body, {}).explore([&](const Execution& execution) {
      Counted& mine = classes[execution.fingerprint()];
      if (mine.came++ == 0) mine.schedules = schedules_of_class(execution);
      return --left > 0;
    });
    if (!complete) return false;
    for (const auto& [key, each] : classes) RC_ASSERT(each.schedules == each.came);
    return true;
  });
}

TEST(AnEstimate, IsNearToWhatAnExplorationCounts) {
  for (const auto& [callers, loans, capacity] : {std::array{2, 1, 1}, {2, 2, 1}, {3, 1, 2}}) {
    Body body = bare_pool(callers, loans, capacity);
    const auto classes = static_cast<double>(explored(body).classes.size());
    Estimate estimate(body, {}, 1);
    while (estimate.runs() < 2'000) ASSERT_TRUE(estimate.run());
    EXPECT_GT(estimate.classes(), 0.8 * classes);
    EXPECT_LT(estimate.classes(), 1.25 * classes);
  }
}

}  // namespace
}  // namespace poolproof::explore::dpor
