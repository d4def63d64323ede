// Which accesses to memory race: two of different tasks to the same byte, one of them a write, not
// both atomic, and neither happens before the other. Vector clocks as in FastTrack (Flanagan and
// Freund, PLDI 2009), with every access remembered until one as strong happens after it; so a race
// is found whenever there is one in the run, down to the byte, and nothing else is ever called one.
//
// What orders accesses: locks and their kin (HappensBefore), and atomics by the C++20 rules of
// release sequences and fences. Values do not concern it. It knows nothing of the scheduler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "props/world/happens_before.hpp"
#include "props/world/memory/shadow.hpp"
#include "props/world/memory/vector_clock.hpp"

namespace poolproof::world::memory {

enum class Order : std::uint8_t { relaxed, consume, acquire, release, acquire_release, sequential };

// Where in the code: the return address of the call that told us, and the number of its frame.
struct Site {
  const void* code = nullptr;
  std::uint32_t frame = 0;
};

struct Access {
  TaskId task;
  Address address;
  std::size_t size;
  bool write;
  bool atomic;
  Site site{};
};

class RaceDetector final : public HappensBefore {
 public:
  // Forgets everything: a new run begins.
  void begin();
  // Forgets all but how much each task knows. REQUIRES that what has been done so far happened
  // before all that is to come.
  void forget_accesses();

  // The earlier access that this one races with, if there is one.
  std::optional<Access> access(const Access& access);
  // Whether it is seen at once that access() would find nothing, and remember nothing. Needs no
  // memory.
  [[nodiscard]] bool repeats(const Access& access) {
    const Address first = access.address % Shadow::kBytesOfCell;
    if (access.size > Shadow::kBytesOfCell - first) return false;
    const Shadow::Cell* const cell = shadow_.at_once(access.address);
    const auto bytes = static_cast<std::uint8_t>(((1U << access.size) - 1) << first);
    return cell != nullptr && repeats(*cell, bytes, access);
  }

  // What an atomic operation orders. `load` also stands for a compare-exchange that failed.
  void load(TaskId task, Address address, std::size_t size, Order order);
  void store(TaskId task, Address address, std::size_t size, Order order);
  void update(TaskId task, Address address, std::size_t size, Order order);
  void fence(TaskId task, Order order);

  // These bytes are new: what was done to them before concerns other objects.
  void renew(Address begin, std::size_t size) { shadow_.clear(begin, size); }

  void acquired(TaskId task, const void* object) override;
  void released(TaskId task, const void* object) override;
  void started(TaskId starter, TaskId task) override;
  void joined(TaskId waiter, TaskId finished) override;

 private:
  struct Clocks {
    VectorClock known;
    VectorClock read_relaxed;  // what an acquire fence would add to `known`
    VectorClock fenced;        // what a relaxed store tells: `known` at the last release fence
  };
  // An access to bytes of one cell.
  struct Record {
    std::uint32_t next = 0;
    Tick tick = 0;
    std::uint8_t bytes = 0;  // a bit for each
    bool raced = false;      // with one before it
    Access access{};
  };
  // What whoever acquires this very address gets to know.
  struct Told {
    std::uint32_t next = 0;
    Address address = 0;
    VectorClock clock;
  };

  static bool conflict(const Access& a, const Access& b) {
    return (a.write || b.write) && !(a.atomic && b.atomic);
  }
  // Whatever conflicts with b conflicts with a.
  static bool as_strong(const Access& a, const Access& b) {
    return (a.write || !b.write) && (!a.atomic || b.atomic);
  }
  Clocks& clocks(TaskId task) {
    const auto index = static_cast<std::size_t>(task);
    if (index >= clocks_.size()) clocks_.resize(index + 1);
    return clocks_[index];
  }
  // Whether the newest record is of the same task at the same tick, as strong, and raced with
  // nothing: then neither does this one, and it tells no more (FastTrack's same epoch).
  bool repeats(const Shadow::Cell& cell, std::uint8_t bytes, const Access& access) {
    if (cell.accesses == 0) return false;
    const Record& newest = records_[cell.accesses];
    return newest.access.task == access.task && !newest.raced && (bytes & ~newest.bytes) == 0 &&
           as_strong(newest.access, access) &&
           newest.tick == clocks(access.task).known.of(access.task);
  }
  const Record* access_cell(Shadow::Cell& cell, std::uint8_t bytes, const Access& access);
  // As the newest of its cell.
  void remember(Shadow::Cell& cell, const Record& record);
  Told& told(Address address);
  template <class Visit>
  void each_told(Address address, std::size_t size, Visit visit);
  void acquire(TaskId task, Address address, std::size_t size, Order order);
  const VectorClock& what_it_tells(TaskId task, Order order);

  Shadow shadow_;
  std::vector<Clocks> clocks_;
  std::vector<Record> records_;  // those in use, or free again, come first
  std::uint32_t used_records_ = 1;
  std::uint32_t free_record_ = 0;
  std::vector<Told> told_;  // those in use come first
  std::uint32_t used_told_ = 0;
};

}  // namespace poolproof::world::memory
