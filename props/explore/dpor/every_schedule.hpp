// Every schedule of a program, one after the other, with no reduction at all: what an exploration
// is measured by. For the smallest programs only.
#pragma once

#include <functional>
#include <vector>

#include "props/explore/dpor/dpor.hpp"

namespace poolproof::explore::dpor {

class EverySchedule final : private world::Chooser, private Recorder {
 public:
  EverySchedule(Program& program, const Budget& budget)
      : Recorder(program.scheduler(), program.lasting(), program.listener()),
        program_(program),
        budget_(budget) {}

  // Of each run; false ends the exploration. Whether it is complete.
  bool explore(const Dpor::Visit& visit);

 private:
  struct Choice {
    std::size_t count;
    std::size_t answer;
  };

  std::size_t next(std::span<const world::Candidate> candidates) override;
  std::uint32_t choose(world::Stream stream, std::uint32_t count) override;
  bool happens(world::Stream stream, world::Rarity kind) override;
  void begins(ProcessId) override { asked_ = 0; }
  std::size_t choice(std::size_t count);
  std::uint32_t answer(std::uint32_t count);

  Program& program_;
  Budget budget_;
  std::vector<Choice> choices_;
  std::size_t at_ = 0;
  std::uint16_t asked_ = 0;
};

}  // namespace poolproof::explore::dpor
