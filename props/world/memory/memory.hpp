// The memory of the simulated machine, as far as code tells of it: code that was compiled with
// -fsanitize=thread calls __tsan_* (interpose/tsan.cpp) before each access. Its atomics, and its
// volatile accesses if the compiler is asked to tell them apart, are then scheduling points, and
// its plain accesses are checked for data races.
//
// What is not explored: a load always sees the latest value. Memory orders decide what happens
// before what, hence what is a race; no value is ever old or reordered.
// What is not seen: accesses by code that was compiled without (libpq, the C and C++ libraries),
// and what is done in memory that comes from mmap() itself. Blocks of the heap and stacks of tasks
// are as new each time that they are handed out.
#pragma once

#include <cstddef>
#include <vector>

#include "props/world/memory/frames.hpp"
#include "props/world/memory/race.hpp"
#include "props/world/memory/race_detector.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

class Memory final : public HappensBefore {
 public:
  using Order = memory::Order;

  explicit Memory(Scheduler& scheduler) : scheduler_(scheduler) {}

  // A file has been loaded whose code tells of its accesses.
  static void announce() { ++files_; }
  // How many times that was said. While it is 0, memory costs nothing.
  static std::size_t announced() { return files_; }

  // A run begins.
  void begin(RaceObserver& observer);

  // ---- from inside a task; `code` is the return address in the accused ----

  void entered(const void* call_site);
  void left();

  // Most accesses are of a task that is alone, or tell nothing new.
  void read(const volatile void* address, std::size_t size, const void* code) {
    if (is_alone()) return breathe();
    access_beside_others(address, size, {.write = false, .atomic = false}, code);
    breathe();
  }
  void written(const volatile void* address, std::size_t size, const void* code) {
    if (is_alone()) return breathe();
    access_beside_others(address, size, {.write = true, .atomic = false}, code);
    breathe();
  }
  void volatile_read(const volatile void* address, std::size_t size, const void* code);
  void volatile_written(const volatile void* address, std::size_t size, const void* code);

  // The scheduling point before an atomic access.
  void point(OperationKind kind, const volatile void* address);
  // One of two ways to go on, for a compare-exchange that may fail for no reason.
  bool fails_spuriously() { return scheduler_.choose(Stream::machine, 2) != 0; }
  // After it. An update tells whether it changed anything: one that did not may be a spin.
  void loaded(const volatile void* address, std::size_t size, Order order, const void* code);
  void stored(const volatile void* address, std::size_t size, Order order, const void* code);
  void updated(const volatile void* address, std::size_t size, Order order, bool changed,
               const void* code);
  void fenced(Order order);

  // The heap has handed out that block, of which so much can be used.
  void allocated(const void* block, std::size_t size);
  // Whether what is done now races with nothing: the current task is the only one that is left, or
  // the first, and has waited for the end of each that there was. All that they did happened before
  // what it does, and that before all that is done by those to come.
  [[nodiscard]] bool is_alone() const { return unjoined_ == 0; }

  void acquired(TaskId task, const void* object) override;
  void released(TaskId task, const void* object) override;
  void started(TaskId starter, TaskId task) override;
  void joined(TaskId waiter, TaskId finished) override;

 private:
  struct Kind {
    bool write;
    bool atomic;
  };
  struct Stack {
    bool begun = false;
    bool joined = false;  // the task has ended, and somebody has waited for that
    memory::Frames::Id frame = 0;
  };

  void access(const volatile void* address, std::size_t size, Kind kind, const void* code) {
    if (!is_alone()) access_beside_others(address, size, kind, code);
  }
  void access_beside_others(const volatile void* address, std::size_t size, Kind kind,
                            const void* code);
  // A task that only reads and writes would never let another run.
  void breathe() {
    if (++plain_accesses_ >= kMostPlainAccesses) [[unlikely]]
      take_a_breath();
  }
  void take_a_breath();
  Stack& stack_of(TaskId task);
  Stack& my_stack() {
    const auto index = static_cast<std::size_t>(scheduler_.current().id);
    if (index < stacks_.size() && stacks_[index].begun) [[likely]]
      return stacks_[index];
    return begin_stack();
  }
  Stack& begin_stack();
  void report(const memory::Access& earlier, const memory::Access& later);
  [[nodiscard]] Race::Side side(const memory::Access& access) const;
  [[nodiscard]] std::string object_at(memory::Address address) const;

  // So many plain accesses in a row may be a loop that waits for another thread.
  static constexpr std::uint32_t kMostPlainAccesses = 10'000;
  // Written by the constructors of files while they are loaded.
  static inline constinit std::size_t files_ = 0;

  Scheduler& scheduler_;
  memory::RaceDetector detector_;
  memory::Frames frames_;
  std::vector<Stack> stacks_;
  std::size_t unjoined_ = 0;  // tasks but the first for whose end nobody has waited
  RaceObserver* observer_ = nullptr;
  bool reported_ = false;
  std::uint32_t plain_accesses_ = 0;  // since the last scheduling point that we made
  bool busy_ = false;                 // its own use of the heap does not concern it
};

}  // namespace poolproof::world
