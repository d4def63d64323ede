// Every schedule of a program, one after the other, with no reduction at all: what an exploration
// is measured by. For the smallest programs only.
#pragma once

#include <vector>

#include "props/explore/dpor/walk.hpp"

namespace poolproof::explore::dpor {

class EverySchedule final : private Walk {
 public:
  EverySchedule(Program& program, const Budget& budget) : Walk(program, budget) {}

  // Of each run; false ends the exploration. Whether it is complete.
  bool explore(const Dpor::Visit& visit);

 private:
  struct Choice {
    std::size_t count;
    std::size_t answer;
  };

  std::size_t choice(std::size_t count) override;

  std::vector<Choice> choices_;
  std::size_t at_ = 0;
};

}  // namespace poolproof::explore::dpor
