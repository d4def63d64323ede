// How many classes of schedules a program has, at a guess, before they are explored.
//
// A schedule drawn at random comes with a chance that is known, and is one of as many as its class
// has. So each class is counted by the mean, over all that may be drawn, of 1 / (chance x schedules
// of the class): the weights of Knuth ("Estimating the efficiency of backtrack programs",
// Mathematics of Computation 29, 1975), of which each class gets one in all. The mean of a sample
// is right on average; since few runs may have most of the weight it is mostly right to some factor
// only, and mostly too low.
#pragma once

#include <cstdint>

#include "props/explore/dpor/at_random.hpp"

namespace poolproof::explore::dpor {

// In how many orders the events of that run could have come: how many schedules its class has.
// 0: unknown, since it is too much work to count them.
double schedules_of_class(const Execution& execution);

class Estimate {
 public:
  Estimate(Program& program, const Budget& budget, std::uint64_t seed)
      : random_(program, budget, seed) {}

  // Runs it once more. False if that was of a class that is too large to be counted.
  bool run();
  // So far. REQUIRES: it was run.
  [[nodiscard]] double classes() const { return sum_ / runs_; }
  [[nodiscard]] int runs() const { return runs_; }

 private:
  AtRandom random_;
  double sum_ = 0;
  int runs_ = 0;
};

}  // namespace poolproof::explore::dpor
