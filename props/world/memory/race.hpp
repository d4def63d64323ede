// A data race as it is told: both accesses, by names that are the same in every process.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "props/world/chooser.hpp"

namespace poolproof::world {

struct Race {
  struct Side {
    TaskId task;
    bool write;
    bool atomic;
    std::size_t size;
    // The functions of the instrumented code that it was in, innermost first.
    std::vector<std::string> functions;
    // For addr2line: mine.so+0x1a2b.
    std::string place;
  };

  Side earlier, later;
  std::string object;  // `leases` of mine.so, heap memory, the stack of a thread
};

class RaceObserver {
 public:
  RaceObserver() = default;
  RaceObserver(const RaceObserver&) = delete;
  RaceObserver& operator=(const RaceObserver&) = delete;
  virtual ~RaceObserver() = default;

  // The first of a run; called from inside the task of the later access. The run goes on.
  virtual void raced([[maybe_unused]] const Race& race) {}
};

}  // namespace poolproof::world
