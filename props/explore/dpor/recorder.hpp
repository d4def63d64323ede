// Writes down a run as an Execution while it goes on.
#pragma once

#include <vector>

#include "props/explore/dpor/execution.hpp"
#include "props/explore/dpor/names.hpp"
#include "props/world/step_observer.hpp"

namespace poolproof::explore::dpor {

class Recorder : public world::StepObserver {
 public:
  // `lasting`: see Names.
  Recorder(const world::Scheduler& scheduler, std::span<const std::byte> lasting);
  ~Recorder() override { listen_to_the_heap(false); }

  // The first `same` events will be those of the run before: see Execution.
  void begin(std::size_t same = 0);
  // With whoever is left at the end.
  void end();

  [[nodiscard]] Execution& execution() { return execution_; }
  [[nodiscard]] const Execution& execution() const { return execution_; }
  [[nodiscard]] const Names& names() const { return names_; }
  // Whether, in some run, somebody waited for a lock until a deadline, or a reader and a writer
  // waited for the same. What may go the other way is then known in part only.
  [[nodiscard]] bool is_approximate() const { return approximate_; }
  void stepped(world::TaskId task, const world::Operation& operation) override;
  void spawned(world::TaskId starter, world::TaskId task) override;
  void woken(world::TaskId task) override;
  void advanced(world::Time) override {}
  void expired(world::TaskId task, const world::Operation& waited) override;
  void looked_at_clock() override;
  void planned(world::EventId event, world::Time when) override;
  void called_off(world::EventId event) override;
  void happening(world::EventId event) override;
  void happened() override { acting_ = false; }
  void took(const void* lock, bool shared) override;
  void gave_back(const void* lock, bool shared) override;
  void touched(const void* object) override;
  void looked_at(const void* object) override;
  void released(const void* object) override;
  void retired(const void* object) override;
  void allocated(const void* block, std::size_t size) override;
  void freed(const void* block) override;
  void chose(world::Stream, std::uint32_t /*among*/, std::uint32_t /*answer*/) override {}

 protected:
  // The processes of which the clock lets one go on: in the order in which the scheduler knows
  // them.
  [[nodiscard]] std::vector<ProcessId> due() const;
  // That process's event is about to be the next of the execution.
  virtual void begins(ProcessId) {}

 private:
  [[nodiscard]] bool lazy() const { return scheduler_.time_mode() == world::TimeMode::lazy; }
  [[nodiscard]] const world::Task& task(world::TaskId id) const {
    return *scheduler_.tasks()[static_cast<std::size_t>(id)];
  }
  Event& add(ProcessId process, world::OperationKind kind);
  ObjectId name(const void* object);
  void do_operation(const world::Operation& operation, Event& event);
  // Of a task that waited until an event, or a deadline, ended that.
  std::uint32_t end_timer(world::TaskId waiter, EventIndex armed, EventIndex ended, bool came);
  void call_off(std::uint32_t planned);
  void end_of_all();
  void sets_timers(const void* lock);
  [[nodiscard]] bool meets_another_sort(const world::Operation& lock) const;
  void end_timed_attempt(world::TaskId waiter, ObjectId object);

  void listen_to_the_heap(bool on);

  const world::Scheduler& scheduler_;
  Execution execution_;
  Names names_;
  bool approximate_ = false;
  bool listens_ = false;                         // to the heap
  bool acting_ = false;                          // whether the last event still goes on
  std::vector<std::vector<EventIndex>> causes_;  // of each task's next event
  std::vector<EventIndex> last_;                 // of each task
  std::vector<std::uint32_t> planned_;           // the timer of each event, by its number
};

}  // namespace poolproof::explore::dpor
