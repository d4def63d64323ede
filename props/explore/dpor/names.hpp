// Names for the processes and objects of a run that are the same in each run that begins in the
// same way. Addresses are not: what is freed and handed out again goes by the order of all that was
// allocated before. So an object is named by where it lies:
//
//   - in a block of memory: by the event that asked for it, which is one of its process by number,
//     the block's size, and its number among those of that size that the event asked for;
//   - on a task's stack: by that task and how far down;
//   - in what is loaded with a program, or among the machine's own that last: by the number of
//     that, and how far into it (a worker may have it elsewhere);
//   - elsewhere: by the process that comes to it first. (Where another could come first, it has
//     two names.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "props/explore/dpor/execution.hpp"
#include "props/explore/dpor/run_map.hpp"
#include "props/world/chooser.hpp"
#include "props/world/events.hpp"
#include "props/world/heap.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::explore::dpor {

class Names {
 public:
  // Of the events of `execution`. `lasting`: where the machine lies, that is there before the run
  // and after it.
  Names(const world::Scheduler& scheduler, const Execution& execution,
        std::span<const std::byte> lasting);

  void begin();

  // ---- processes ----
  // `starter` is the task itself if it is the first.
  ProcessId started(world::TaskId starter, world::TaskId task);
  [[nodiscard]] ProcessId of(world::TaskId task) const {
    return tasks_[static_cast<std::size_t>(task)].process;
  }
  [[nodiscard]] ProcessId timer_of(world::TaskId task) const;
  // `planner` has one more happen by itself.
  ProcessId planned(ProcessId planner, world::EventId event);
  [[nodiscard]] ProcessId of(world::EventId event) const {
    return events_[static_cast<std::size_t>(event)];
  }

  // ---- objects ----
  // The last event asked for a block, and has it: what lay there before is no more.
  void allocated(const void* block, std::size_t size);
  // What lies there from now on is the machine's, of whose memory nobody hears, unless it is
  // allocated again.
  void freed(const void* block);
  // `visitor` comes to what lies there.
  ObjectId of(const void* address, ProcessId visitor);
  // It is no more.
  void forget(const void* address);
  // Of who waits and who wakes him; of what is to happen and who calls it off. Of the end of a task
  // is its own address.
  static ObjectId wake_of(ProcessId process);

 private:
  struct TaskNames {
    ProcessId process{};
    std::uint32_t started = 0;
  };
  struct Place {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;

    [[nodiscard]] bool holds(std::uintptr_t at) const { return at >= begin && at < end; }
    [[nodiscard]] std::size_t size() const { return end - begin; }
  };
  struct Block {
    Place place{};
    std::size_t size = 0;         // of the place, also when it is free
    EventIndex event = kNoEvent;  // none: before the first
  };
  struct Lasting {
    Place place{};
    std::uint64_t number = 0;
  };
  struct Known {
    ObjectId name{};
    bool gone = false;
  };

  [[nodiscard]] ObjectId name_at(const void* address, ProcessId visitor);
  [[nodiscard]] std::uint64_t name_of_block(std::size_t index) const;
  std::uint32_t count_of(std::vector<std::pair<ProcessId, std::uint32_t>>& counts, ProcessId who);

  const world::Scheduler& scheduler_;
  const Execution& execution_;
  std::vector<Lasting> lasting_;  // loaded, or lasting; in order of their places
  std::vector<TaskNames> tasks_;
  std::vector<ProcessId> events_;
  std::vector<std::pair<ProcessId, std::uint32_t>> plans_;   // of each process
  std::vector<std::pair<ProcessId, std::uint32_t>> visits_;  // to what only it can name
  std::vector<Block> blocks_;         // in the order in which they were handed out
  RunMap<std::size_t> block_at_;      // the last that began there
  std::vector<const void*> on_heap_;  // what has got its name by a block or a visit
  world::HeapWatch watch_;            // for blocks in which any of those lies
  RunMap<Known> known_;               // by address
};

}  // namespace poolproof::explore::dpor
