// Tasks and time. Exactly one task runs at once; at each scheduling point, which stands *before* a
// visible operation, the Chooser says who goes on. Time stands still while tasks run and moves in
// two ways only: when no task can run it jumps to the earliest timer (lazy), and, as a choice, it
// may do so although some could (racing: they are slow threads). Timers fire in the order of their
// deadlines in both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "props/world/chooser.hpp"
#include "props/world/locks.hpp"
#include "props/world/task.hpp"
#include "props/world/time.hpp"

namespace poolproof::world {

// How a run ended.
enum class Ending : std::uint8_t {
  finished,     // every task came to its end
  deadlock,     // tasks are left, none can run and no timer is armed
  runaway,      // more scheduling points than it was granted
  misuse,       // a task did what the C library forbids
  unsupported,  // a task did what the world does not model
  stopped,      // whoever watches had seen enough
};

// Hears what only the scheduler can know.
class TimeObserver {
 public:
  TimeObserver() = default;
  TimeObserver(const TimeObserver&) = delete;
  TimeObserver& operator=(const TimeObserver&) = delete;
  virtual ~TimeObserver() = default;

  // No task can run and time is about to pass: what is true now stays true until `to`.
  virtual void quiet(Time from, Time to) = 0;
};

class Scheduler {
 public:
  Scheduler() = default;

  // ---- from outside ----

  // How many scheduling points a run may take.
  void limit_steps(std::uint64_t most) { most_steps_ = most; }

  // Runs `root` as task 0, and all that it starts, until the end. After any other ending than
  // `finished` the tasks that were left are abandoned where they stood.
  Ending run(Chooser& chooser, TimeObserver& observer, std::function<void()> root);

  // What was misused or is not supported; empty after any other ending.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  // Two runs that took the same steps at the same times have the same hash.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t switches() const { return switches_; }

  // ---- from anywhere ----

  [[nodiscard]] Time now() const { return now_; }
  // In the order of their start; kept until the next run.
  [[nodiscard]] const std::vector<std::unique_ptr<Task>>& tasks() const { return tasks_; }
  [[nodiscard]] Task& task(TaskId id) { return *tasks_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool inside() const { return current_ != nullptr; }
  Locks& locks() { return locks_; }

  // ---- from inside a task ----

  [[nodiscard]] Task& current() const { return *current_; }

  TaskId spawn(std::function<void()> body);
  // Blocks until that task has finished.
  void join(TaskId id);
  void sleep_until(Time when);

  // A scheduling point before `operation`. A lock returns only when its mutex is free, or at
  // `deadline` (then `current().timed_out` is set).
  void point(Operation operation, std::optional<Time> deadline = std::nullopt);

  // Takes the current task off until wake() or its deadline; it then goes on with `after`.
  // Returns false if it was the deadline.
  bool block(Operation operation, std::optional<Time> deadline,
             Operation after = {OperationKind::resume});
  void wake(Task& task);
  // Wakes all that are blocked on that very operation.
  void wake_all(Operation operation);
  // Those blocked on that very operation, longest waiting first. Valid until the next call.
  std::vector<Task*>& blocked_on(Operation operation);

  // One of `count` (at least 1) ways to go on.
  std::uint32_t choose(Stream stream, std::uint32_t count);

  // End the run here and now, with a sentence that says why; the current task never goes on.
  [[noreturn]] void stop() { refuse(Ending::stopped, {}); }
  [[noreturn]] void misuse(std::string what) { refuse(Ending::misuse, std::move(what)); }
  [[noreturn]] void unsupported(std::string what) { refuse(Ending::unsupported, std::move(what)); }

 private:
  bool enabled(const Task& task);
  bool look_around(const Task*& timer);
  void fire(const Task& timer);
  Task* pick();
  void reschedule();
  void end(Ending ending);
  [[noreturn]] void refuse(Ending ending, std::string why);
  void mix(std::uint64_t value);
  Fiber& borrow_fiber();
  void reset();

  Chooser* chooser_ = nullptr;
  TimeObserver* observer_ = nullptr;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::unique_ptr<Task>> spare_tasks_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> spare_fibers_;
  std::vector<Candidate> candidates_;
  std::vector<Task*> found_;
  Locks locks_;

  Task* current_ = nullptr;
  Task* next_ = nullptr;
  Ending ending_ = Ending::finished;
  std::string refusal_;
  Time now_{};
  std::uint64_t clock_of_waits_ = 0;
  std::uint64_t most_steps_ = 200'000;
  std::uint64_t steps_ = 0;
  std::uint64_t switches_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace poolproof::world
