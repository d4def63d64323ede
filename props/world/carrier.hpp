// What a task runs on: something with a stack of its own that can be entered, left in the middle
// and entered again. Of all the carriers of a machine one runs at once.
//
// fiber   a stack switched to in user space, tens of nanoseconds a switch. All fibers share one OS
//         thread, hence its thread_local storage.
// thread  an OS thread that waits for the baton, about a microsecond a switch. thread_local
//         storage, debuggers and profilers find what they expect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace poolproof::world {

enum class CarrierKind : std::uint8_t { fiber, thread };

std::string_view name(CarrierKind kind);

class Carrier {
 public:
  // What a carrier runs; it returns the carrier that goes on after it, or null for the outside.
  using Job = std::function<Carrier*()>;

  Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;
  virtual ~Carrier() = default;

  // Gives an idle carrier its next job, which begins when the carrier is first entered, with errno
  // 0 as in any new thread.
  virtual void assign(Job job) = 0;

  // From outside: runs this carrier, and those that it switches to, until one leaves.
  virtual void enter() = 0;

  // From inside this carrier's job: lets `other` run. Returns when this one is entered or switched
  // to again; errno and the C++ exceptions in flight are then its own again.
  virtual void switch_to(Carrier& other) = 0;

  // From inside this carrier's job: goes back to whoever entered. Returns like switch_to.
  virtual void leave() = 0;

  // What it runs on; known once its job has begun.
  struct Stack {
    const void* bottom = nullptr;
    std::size_t size = 0;
  };
  [[nodiscard]] virtual Stack stack() const = 0;

  // From outside: forgets a job that has not ended. Its frames are never run on nor unwound,
  // because their destructors would run in a world that has ended. What they own is leaked; the
  // carrier is used again.
  virtual void abandon() = 0;
};

// Carriers of one kind, lent to tasks and taken back: a schedule must cost microseconds, a new
// stack or thread costs more. All belong to the OS thread that made them, which, while there are
// carriers of the kind `thread`, stays on one processor with them: to hand the baton to another one
// takes three times as long.
class Carriers {
 public:
  // `at_start` is run on each OS thread that a carrier of the kind `thread` starts, as the first.
  explicit Carriers(CarrierKind kind, std::function<void()> at_start = {});
  ~Carriers();
  Carriers(const Carriers&) = delete;
  Carriers& operator=(const Carriers&) = delete;

  Carrier& borrow();
  // One whose job has ended or was abandoned.
  void give_back(Carrier& carrier) { spare_.push_back(&carrier); }
  // All have been given back: they are lent in the order in which they were made, whatever came
  // before. What lies where on their stacks is then the same for each run.
  void put_in_order();

  // Of the kind `thread`: whether each job shall have a fresh OS thread, so that thread_local
  // storage is as new for it as for any new thread, and not what the job before it left there.
  void use_fresh_threads(bool fresh);
  [[nodiscard]] bool fresh_threads() const;

 private:
  struct Outside;

  std::unique_ptr<Carrier> make();

  const CarrierKind kind_;
  const std::unique_ptr<Outside> outside_;
  std::vector<std::unique_ptr<Carrier>> all_;
  std::vector<Carrier*> spare_;
};

}  // namespace poolproof::world
