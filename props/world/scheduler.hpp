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

#include "props/world/carrier.hpp"
#include "props/world/chooser.hpp"
#include "props/world/events.hpp"
#include "props/world/happens_before.hpp"
#include "props/world/locks.hpp"
#include "props/world/step_observer.hpp"
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
  // No task can run, and nothing is due: for ever, unless it does something about it now. Whether
  // it has.
  virtual bool standstill() { return false; }
  // Only while waits are watched. Somebody goes to sleep on a condition variable, semaphore or
  // futex; he was woken, or his deadline has come, and he has not run yet.
  virtual void slept(TaskId, const void* /*where*/) {}
  virtual void woken(TaskId) {}
  virtual void timed_out(TaskId) {}
  // The current task signals where nobody sleeps.
  virtual void signalled_nobody(const void* /*where*/) {}
};

// One step of a run: a task that went on with an operation.
struct Step {
  Time at;
  TaskId task;
  OperationKind kind;

  friend bool operator==(const Step&, const Step&) = default;
};

class Scheduler {
 public:
  // `at_start`: see Carriers.
  explicit Scheduler(CarrierKind kind = CarrierKind::fiber, std::function<void()> at_start = {});

  // ---- from outside ----

  // From the next run on. `bound`, of bounded time: how much of it may pass at most while some task
  // can run all along.
  void set_time_mode(TimeMode mode, Duration bound = {}) {
    time_mode_ = mode;
    bound_ = bound;
  }

  // Who hears what orders memory accesses, from the next run on; null for nobody.
  void set_happens_before(HappensBefore* order) { order_ = order; }

  // Who hears of each step, from the next run on; null for nobody.
  void set_step_observer(StepObserver* steps) { step_observer_ = steps; }

  // How many scheduling points a run may take.
  void limit_steps(std::uint64_t most) { most_steps_ = most; }

  // What each task does last, after its body.
  void at_end_of_task(std::function<void()> last) { at_end_of_task_ = std::move(last); }

  // Runs `root` as task 0, and all that it starts, until the end. After any other ending than
  // `finished` the tasks that were left are abandoned where they stood.
  Ending run(Chooser& chooser, TimeObserver& observer, std::function<void()> root);

  // What was misused or is not supported; empty after any other ending.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  // Two runs that took the same steps at the same times have the same hash.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  // Those steps, in order.
  [[nodiscard]] const std::vector<Step>& trace() const { return trace_; }
  // In the runs to come, keeps the call stack with which a task goes on after the step of that
  // index; nothing: of none.
  void watch(std::optional<std::size_t> step) { watched_ = step ? *step + 1 : 0; }
  // Return addresses, the innermost first; empty if that step was not reached, or was a task's
  // first.
  [[nodiscard]] const std::vector<void*>& watched_stack() const { return watched_stack_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t switches() const { return switches_; }

  // ---- from anywhere ----

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] TimeMode time_mode() const { return time_mode_; }
  // Of what happens in no task: what is due first.
  [[nodiscard]] const Events& events() const { return events_; }
  // In the order of their start; kept until the next run.
  [[nodiscard]] const std::vector<std::unique_ptr<Task>>& tasks() const { return tasks_; }
  [[nodiscard]] Task& task(TaskId id) { return *tasks_[static_cast<std::size_t>(id)]; }
  // Whether it could go on now.
  [[nodiscard]] bool enabled(const Task& task) const;
  [[nodiscard]] bool running() const { return current_ != nullptr; }
  // Whether a task's own code runs: not the machine's, nor that of whoever watches and chooses.
  [[nodiscard]] bool inside() const { return current_ != nullptr && !busy_; }
  // Has `what` happen at that time, when time gets there, or at once if no task can run before; in
  // no task, so it must not block. It may use whatever is "from anywhere".
  EventId at(Time when, std::function<void()> what);
  void call_off(EventId event);
  // Whether an event is happening. current() is then whichever task ran last.
  [[nodiscard]] bool in_event() const { return in_event_; }
  // Has `what` happen as an event before any task goes on.
  void soon(std::function<void()> what);
  // What others may find out by looking at that object has changed.
  void touched(const void* object) {
    tell([&](StepObserver& who) { who.touched(object); });
  }
  // That block of memory is new.
  void allocated(const void* block, std::size_t size) {
    tell([&](StepObserver& who) { who.allocated(block, size); });
  }
  // It is no more.
  void freed(const void* block) {
    tell([&](StepObserver& who) { who.freed(block); });
  }
  // That object is no more.
  void retired(const void* object) {
    tell([&](StepObserver& who) { who.retired(object); });
  }
  // See TimeObserver; until the end of the run.
  void watch_waits() { watches_waits_ = true; }
  void signalled_nobody(const void* where) {
    if (watches_waits_) [[unlikely]]
      observer_->signalled_nobody(where);
  }

  Locks& locks() { return locks_; }
  [[nodiscard]] const Locks& locks() const { return locks_; }
  Carriers& carriers() { return carriers_; }

  // ---- from inside a task ----
  // A deadline that is a lifetime away is taken for none: code says "for ever" so.

  [[nodiscard]] Task& current() const { return *current_; }

  TaskId spawn(std::function<void()> body);
  // Blocks until that task has finished. False if the deadline came first.
  bool join(TaskId id, std::optional<Deadline> deadline = std::nullopt);
  void sleep_until(Deadline when);

  // A scheduling point before `operation`. A lock returns only when its mutex is free and a join
  // when that task has ended, or at `deadline` (then `current().timed_out` is set).
  void point(Operation operation, std::optional<Deadline> deadline = std::nullopt);

  // Takes the current task off until wake() or its deadline; it then goes on with `after`.
  // Returns false if it was the deadline.
  bool block(Operation operation, std::optional<Deadline> deadline,
             Operation after = {OperationKind::resume});
  void wake(Task& task);
  // Wakes all that are blocked on that very operation.
  void wake_all(Operation operation);
  // Those blocked on that very operation, longest waiting first. Valid until the next call.
  std::vector<Task*>& blocked_on(Operation operation);

  // The current task has that lock now; has it no more. Readers give back in an order of their own:
  // what one did is seen by the next writer, not by the next reader.
  void take(const void* lock, int depth = 1) {
    locks_.take(lock, current_->id, depth);
    took(lock, false);
  }
  void take_shared(const void* lock) {
    locks_.take_shared(lock, current_->id);
    took(lock, true);
  }
  void give_back(Locks::Held& held) { give_back(held, held.lock); }
  void give_back(Locks::Held& held, const void* seen_by_who_acquires) {
    if (order_ != nullptr) order_->released(current_->id, seen_by_who_acquires);
    tell([&](StepObserver& who) { who.gave_back(held.lock, held.shared); });
    locks_.release(held);
  }

  // The current task: see HappensBefore.
  void acquired(const void* object) {
    if (order_ != nullptr) order_->acquired(current_->id, object);
  }
  void released(const void* object) {
    if (order_ != nullptr) order_->released(current_->id, object);
    tell([&](StepObserver& who) { who.released(object); });
  }

  // What the current task does next depends on that object as it is now; on what time it is.
  void looked_at(const void* object) {
    tell([&](StepObserver& who) { who.looked_at(object); });
  }
  void looked_at_clock() const {
    tell([](StepObserver& who) { who.looked_at_clock(); });
  }
  // What time it is, and what it does next depends on that.
  [[nodiscard]] Time read_clock() const {
    looked_at_clock();
    return now_;
  }

  // The current task has looked at memory that others write, and changed nothing: it may be
  // spinning. One that does so over and over while nothing changes is set aside until something
  // does, so that a schedule that would rather stay with it does not starve whom it waits for. If
  // nobody else can run, time passes; if no timer is armed either, it goes on in circles.
  void idled();
  // Something has changed that others may spin on.
  void progressed() { ++changes_; }

  // Those who wait for a reading of the wall clock wait for less time, or more.
  void set_wall_clock(Duration step);

  // One of `count` (at least 1) ways to go on.
  std::uint32_t choose(Stream stream, std::uint32_t count);
  bool happens(Stream stream, Rarity kind);

  // End the run here and now, with a sentence that says why; the current task never goes on.
  [[noreturn]] void stop() { refuse(Ending::stopped, {}); }
  [[noreturn]] void misuse(std::string what) { refuse(Ending::misuse, std::move(what)); }
  [[noreturn]] void unsupported(std::string what) { refuse(Ending::unsupported, std::move(what)); }

 private:
  // What memory it needs for that is not the task's.
  template <class What>
  void tell(What what) const {
    if (step_observer_ == nullptr) return;
    const bool was_busy = std::exchange(busy_, true);
    what(*step_observer_);
    busy_ = was_busy;
  }
  void took(const void* lock, bool shared) {
    acquired(lock);
    tell([&](StepObserver& who) { who.took(lock, shared); });
  }
  bool look_around(const Task*& timer);
  [[nodiscard]] std::optional<Time> next_due(const Task* timer) const;
  bool set_spinners_aside(bool time_can_pass);
  [[nodiscard]] bool may_race(Time due) const;
  void fire(Time due);
  void fire_task(Time due);
  void happen(EventId id, const std::function<void()>& what);
  void advance(Time to);
  Task* pick();
  Task* look_for_next();
  Carrier* finish(Task& task);
  void reschedule();
  void keep_stack();
  [[nodiscard]] std::optional<Deadline> unless_far(std::optional<Deadline> deadline);
  void end(Ending ending);
  [[noreturn]] void refuse(Ending ending, std::string why);
  void mix(std::uint64_t value);
  void reset();

  Chooser* chooser_ = nullptr;
  TimeObserver* observer_ = nullptr;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::unique_ptr<Task>> spare_tasks_;
  std::vector<Candidate> candidates_;
  std::vector<Task*> found_;
  Events events_;
  Locks locks_;
  Carriers carriers_;
  TimeMode time_mode_ = TimeMode::racing;
  Duration bound_{};
  HappensBefore* order_ = nullptr;
  StepObserver* step_observer_ = nullptr;
  std::function<void()> at_end_of_task_;
  std::vector<Step> trace_;
  std::size_t watched_ = 0;  // the length of the trace then; 0: none
  std::vector<void*> watched_stack_;

  Task* current_ = nullptr;
  bool in_event_ = false;
  bool watches_waits_ = false;
  std::function<void()> soon_;
  mutable bool busy_ = false;  // with its own work, on the current task's stack
  Task* next_ = nullptr;       // who goes on; null when the run has ended
  Ending ending_ = Ending::finished;
  std::string refusal_;
  Time now_{};
  std::uint64_t clock_of_waits_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t spins_since_ = 0;  // some task spins, if this is `changes_`
  std::uint64_t most_steps_ = 200'000;
  std::uint64_t steps_ = 0;
  std::uint64_t switches_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace poolproof::world
