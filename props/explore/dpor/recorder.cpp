#include "props/explore/dpor/recorder.hpp"

#include <algorithm>
#include <utility>

#include "props/world/dependence.hpp"
#include "props/world/heap.hpp"

namespace poolproof::explore::dpor {
namespace {

using world::OperationKind;
using world::TaskId;

// Whoever acts where nobody does: when nothing goes on, and something is done about that.
constexpr ProcessId kWorld{1};

std::size_t index_of(TaskId task) { return static_cast<std::size_t>(task); }

// Plans for one and the same time come in the order in which they were made.
ObjectId queue_of(world::Time when) {
  return ObjectId{0x9e3779b97f4a7c15 * static_cast<std::uint64_t>(when.time_since_epoch().count()) +
                  2};
}

bool is_of_a_lock(OperationKind kind) {
  return kind == OperationKind::lock || kind == OperationKind::lock_shared;
}

Lock lock_of(OperationKind kind, ObjectId object) {
  return {object, kind == OperationKind::lock_shared};
}

constexpr std::uint32_t kNoTimer = ~std::uint32_t{0};

}  // namespace

Recorder::Recorder(const world::Scheduler& scheduler, std::span<const std::byte> lasting)
    : scheduler_(scheduler), names_(scheduler, execution_, lasting) {}

void Recorder::begin(std::size_t same) {
  names_.begin();
  execution_.begin(same);
  acting_ = false;
  causes_.clear();
  last_.clear();
  planned_.clear();
  listen_to_the_heap(true);
}

void Recorder::listen_to_the_heap(bool on) {
  world::heap_listeners += static_cast<int>(on) - static_cast<int>(listens_);
  listens_ = on;
}

void Recorder::end() {
  for (const auto& each : scheduler_.tasks()) {
    if (each->state == world::Task::State::finished) continue;
    if (each->state == world::Task::State::blocked) {
      if (each->deadline) end_timer(each->id, last_[index_of(each->id)], kNoEvent, false);
    } else if (!scheduler_.enabled(*each) && is_of_a_lock(each->pending.kind)) {
      const ObjectId object = names_.of(each->pending.object, names_.of(each->id));
      execution_.left_waiting(names_.of(each->id), lock_of(each->pending.kind, object),
                              causes_[index_of(each->id)]);
    }
  }
  end_of_all();
}

// Once the last task has ended nothing more happens: its end calls off what was to come.
void Recorder::end_of_all() {
  const auto& tasks = scheduler_.tasks();
  if (!std::all_of(tasks.begin(), tasks.end(),
                   [](const auto& each) { return each->state == world::Task::State::finished; })) {
    return;
  }
  for (const std::uint32_t index : planned_) {
    if (index != kNoTimer && execution_.timer(index).ended == kNoEvent) call_off(index);
  }
}

void Recorder::call_off(std::uint32_t planned) {
  Execution::Timer& timer = execution_.timer(planned);
  execution_.access(Access::write(Names::wake_of(timer.process)));
  if (timer.ended != kNoEvent) return;
  execution_.access(Access::disarm(timer.due, true));
  timer.ended = execution_.last_index();
}

Event& Recorder::add(ProcessId process, OperationKind kind) {
  begins(process);
  acting_ = true;
  return execution_.add(process, kind);
}

ObjectId Recorder::name(const void* object) { return names_.of(object, execution_.last().process); }

// ---- tasks ----

void Recorder::spawned(TaskId starter, TaskId task) {
  const ProcessId process = names_.started(starter, task);
  causes_.resize(std::max(causes_.size(), index_of(task) + 1));
  last_.resize(std::max(last_.size(), index_of(task) + 1), kNoEvent);
  if (starter == task) {
    add(process, OperationKind::start);
    last_[index_of(task)] = execution_.last_index();
  } else {
    causes_[index_of(task)].push_back(execution_.last_index());
  }
}

void Recorder::stepped(TaskId id, const world::Operation& operation) {
  if (task(id).deadline && operation.kind != OperationKind::resume) {
    end_timed_attempt(id, names_.of(operation.object, names_.of(id)));
  }
  Event& event = add(names_.of(id), operation.kind);
  std::swap(event.causes, causes_[index_of(id)]);
  last_[index_of(id)] = execution_.last_index();
  if (operation.object != nullptr) do_operation(operation, event);
}

void Recorder::do_operation(const world::Operation& operation, Event& event) {
  const ObjectId object = name(operation.object);
  switch (operation.kind) {
    case OperationKind::lock:
    case OperationKind::lock_shared:
      event.gate = Event::Gate::lock;
      event.gate_lock = lock_of(operation.kind, object);
      if (meets_another_sort(operation)) approximate_ = true;
      // A reader may stand back because a writer waits.
      if (event.gate_lock.shared) execution_.access(Access::read(object));
      return;
    case OperationKind::join:
      event.gate = Event::Gate::join;
      event.opener = last_[index_of(static_cast<const world::Task*>(operation.object)->id)];
      return execution_.access(Access::read(object));
    default: break;
  }
  switch (access_of(operation.kind)) {
    case world::Access::none: return;
    case world::Access::read: return execution_.access(Access::read(object));
    case world::Access::write: return execution_.access(Access::write(object));
  }
}

// What ended the wait of a timed lock or join was the unlock, or the end of the task.
void Recorder::end_timed_attempt(TaskId waiter, ObjectId object) {
  const EventIndex armed = last_[index_of(waiter)];
  for (auto i = static_cast<EventIndex>(execution_.size()); i-- > armed + 1;) {
    const auto& accesses = execution_[i].accesses;
    const bool opens = std::any_of(accesses.begin(), accesses.end(), [&](const Access& each) {
      return each.object() == object && (each.releases() || each == Access::write(object));
    });
    if (!opens) continue;
    end_timer(waiter, armed, i, false);
    return;
  }
}

std::uint32_t Recorder::end_timer(TaskId waiter, EventIndex armed, EventIndex ended, bool came) {
  const world::Task& who = task(waiter);
  const ProcessId process = names_.of(waiter);
  Execution::Timer timer{.process = names_.timer_of(waiter),
                         .due = who.deadline->when,
                         .races = !lazy(),
                         .armed = armed,
                         .ended = ended,
                         .came = came};
  timer.on_come = {Access::pass(timer.due, false), Access::write(Names::wake_of(process))};
  if (who.pending.object != nullptr) {
    const ObjectId object = names_.of(who.pending.object, process);
    timer.on_come.add(Access::write(object));
    if (who.state != world::Task::State::blocked && is_of_a_lock(who.pending.kind)) {
      timer.lock = lock_of(who.pending.kind, object);
      approximate_ = true;
    }
  }
  return execution_.arm(std::move(timer));
}

void Recorder::woken(TaskId id) {
  if (!acting_) add(kWorld, OperationKind::clock).barrier = true;
  execution_.access(Access::write(Names::wake_of(names_.of(id))));
  causes_[index_of(id)].push_back(execution_.last_index());
  if (task(id).deadline) {
    execution_.access(Access::disarm(task(id).deadline->when, false));
    end_timer(id, last_[index_of(id)], execution_.last_index(), false);
  }
}

void Recorder::expired(TaskId id, const world::Operation& /*waited*/) {
  const std::uint32_t timer =
      end_timer(id, last_[index_of(id)], static_cast<EventIndex>(execution_.size()), true);
  Event& event = add(names_.timer_of(id), OperationKind::clock);
  event.gate = Event::Gate::timer;
  event.timer = timer;
  event.barrier = lazy();
  event.causes.push_back(last_[index_of(id)]);
  for (const Access& access : execution_.timer(timer).on_come) execution_.access(access);
  causes_[index_of(id)].push_back(execution_.last_index());
  acting_ = false;
}

// ---- time, and what happens in no task ----

void Recorder::looked_at_clock() {
  if (acting_) execution_.access(Access::look());
}

void Recorder::planned(world::EventId event, world::Time when) {
  if (!acting_) add(kWorld, OperationKind::clock).barrier = true;
  execution_.access(Access::look());
  execution_.access(Access::write(queue_of(when)));
  const auto index = static_cast<std::size_t>(event);
  planned_.resize(std::max(planned_.size(), index + 1), kNoTimer);
  const ProcessId process = names_.planned(execution_.last().process, event);
  planned_[index] = execution_.arm(
      {.process = process,
       .due = when,
       .races = !lazy(),
       .in_no_task = true,
       .armed = execution_.last_index(),
       .on_come = {Access::pass(when, true), Access::write(Names::wake_of(process))}});
}

void Recorder::called_off(world::EventId event) {
  if (acting_) call_off(planned_[static_cast<std::size_t>(event)]);
}

void Recorder::happening(world::EventId id) {
  const std::uint32_t timer = planned_[static_cast<std::size_t>(id)];
  Event& event = add(names_.of(id), OperationKind::clock);
  event.gate = Event::Gate::timer;
  event.timer = timer;
  event.barrier = lazy();
  event.causes.push_back(execution_.timer(timer).armed);
  execution_.timer(timer).ended = execution_.last_index();
  execution_.timer(timer).came = true;
  for (const Access& access : execution_.timer(timer).on_come) execution_.access(access);
}

std::vector<ProcessId> Recorder::due() const {
  std::optional<world::Time> first = scheduler_.events().next();
  bool is_event = first.has_value();
  std::vector<ProcessId> found;
  for (const auto& task : scheduler_.tasks()) {
    const bool waits = task->state == world::Task::State::blocked ||
                       (task->state == world::Task::State::runnable && !scheduler_.enabled(*task));
    if (!task->deadline || !waits) continue;
    const world::Time when = task->deadline->when;
    if (first && (when > *first || (when == *first && is_event))) continue;
    if (!first || when < *first) found.clear();
    first = when;
    is_event = false;
    found.push_back(names_.timer_of(task->id));
  }
  if (is_event) return {names_.of(scheduler_.events().next_id())};
  return found;
}

// ---- effects ----

// Of a lock: readers beside a writer.
bool Recorder::meets_another_sort(const world::Operation& lock) const {
  const auto& tasks = scheduler_.tasks();
  return std::any_of(tasks.begin(), tasks.end(), [&](const auto& each) {
    return each->state == world::Task::State::runnable && is_of_a_lock(each->pending.kind) &&
           each->pending.object == lock.object && each->pending.kind != lock.kind;
  });
}

// Whoever waits for that lock until some time has a timer for as long as somebody has it.
void Recorder::sets_timers(const void* lock) {
  for (const auto& each : scheduler_.tasks()) {
    if (each->state == world::Task::State::runnable && each->deadline &&
        each->pending.object == lock) {
      execution_.access(Access::look());
    }
  }
}

void Recorder::took(const void* lock, bool shared) {
  if (acting_) {
    execution_.access(Access::acquire(name(lock), shared));
    sets_timers(lock);
  }
}

void Recorder::touched(const void* object) {
  if (acting_) execution_.access(Access::write(name(object)));
}

void Recorder::looked_at(const void* object) {
  if (acting_) execution_.access(Access::read(name(object)));
}

void Recorder::gave_back(const void* lock, bool shared) {
  if (acting_) {
    execution_.access(Access::release(name(lock), shared));
    sets_timers(lock);
  }
}

void Recorder::released(const void* object) {
  if (acting_) execution_.access(Access::release(name(object), false));
}

void Recorder::retired(const void* object) {
  if (acting_) execution_.access(Access::write(name(object)));
  names_.forget(object);
}

void Recorder::allocated(const void* block, std::size_t size) { names_.allocated(block, size); }

void Recorder::freed(const void* block) { names_.freed(block); }

}  // namespace poolproof::explore::dpor
