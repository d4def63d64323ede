#include "props/world/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::world {
// ---- the run ----

void Scheduler::reset() {
  for (auto& task : tasks_) {
    if (task->fiber != nullptr) {  // abandoned by the run before
      task->fiber->abandon();
      spare_fibers_.push_back(task->fiber);
    }
    *task = Task{};
    spare_tasks_.push_back(std::move(task));
  }
  tasks_.clear();
  locks_.clear();
  refusal_.clear();
  now_ = Time{};
  clock_of_waits_ = steps_ = switches_ = 0;
  hash_ = 0xcbf29ce484222325;
}

Ending Scheduler::run(Chooser& chooser, TimeObserver& observer, std::function<void()> root) {
  reset();
  chooser_ = &chooser;
  observer_ = &observer;
  ending_ = Ending::finished;
  next_ = &task(spawn(std::move(root)));
  while (next_ != nullptr) {
    current_ = next_;
    ++switches_;
    current_->fiber->resume();
    if (current_->state == Task::State::finished) {
      spare_fibers_.push_back(std::exchange(current_->fiber, nullptr));
    }
  }
  current_ = nullptr;
  return ending_;
}

void Scheduler::end(Ending ending) {
  ending_ = ending;
  next_ = nullptr;
}

void Scheduler::refuse(Ending ending, std::string why) {
  refusal_ = std::move(why);
  end(ending);
  for (;;) current_->fiber->suspend();
}

// ---- who goes on ----

bool Scheduler::enabled(const Task& task) {
  if (task.state != Task::State::runnable) return false;
  return task.pending.kind != OperationKind::lock || locks_.free(task.pending.object);
}

// Timers that are due at the same instant fire one by one, in any order: between two of them a
// signal may still reach the second.
void Scheduler::fire(const Task& timer) {
  found_.clear();
  for (const auto& task : tasks_) {
    if (task->deadline == timer.deadline && task->state != Task::State::finished &&
        !enabled(*task)) {
      found_.push_back(task.get());
    }
  }
  Task& fired = *found_[choose(Stream::schedule, static_cast<std::uint32_t>(found_.size()))];
  now_ = std::max(now_, *fired.deadline);
  fired.deadline.reset();
  fired.timed_out = true;
  // Who waited goes on with what follows the wait (a waiter takes its mutex back); whoever is left
  // was locking, and goes on without the mutex.
  fired.pending =
      fired.state == Task::State::blocked ? fired.after : Operation{OperationKind::resume};
  fired.state = Task::State::runnable;
}

// Collects who can go on, the current task first, and finds the earliest timer of those who cannot.
// False if every task has finished.
bool Scheduler::look_around(const Task*& timer) {
  candidates_.clear();
  if (enabled(*current_)) candidates_.push_back({current_->id, current_->pending});
  bool unfinished = false;
  for (const auto& task : tasks_) {
    if (task->state == Task::State::finished) continue;
    unfinished = true;
    if (enabled(*task)) {
      if (task.get() != current_) candidates_.push_back({task->id, task->pending});
    } else if (task->deadline && (timer == nullptr || *task->deadline < *timer->deadline)) {
      timer = task.get();
    }
  }
  return unfinished;
}

Task* Scheduler::pick() {
  for (;;) {
    if (++steps_ > most_steps_) {
      end(Ending::runaway);
      return nullptr;
    }
    const Task* timer = nullptr;
    const bool unfinished = look_around(timer);
    if (candidates_.empty()) {
      if (timer == nullptr) {
        end(unfinished ? Ending::deadlock : Ending::finished);
        return nullptr;
      }
      if (*timer->deadline > now_) observer_->quiet(now_, *timer->deadline);
      fire(*timer);
      continue;
    }
    if (timer != nullptr) candidates_.push_back({TaskId{}, {OperationKind::clock}});
    const std::size_t choice = candidates_.size() == 1 ? 0 : chooser_->next(candidates_);
    if (timer != nullptr && candidates_[choice].pending.kind == OperationKind::clock) {
      fire(*timer);
      continue;
    }
    mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    mix(static_cast<std::uint64_t>(candidates_[choice].task) << 8 |
        static_cast<std::uint64_t>(candidates_[choice].pending.kind));
    return &task(candidates_[choice].task);
  }
}

void Scheduler::reschedule() {
  next_ = pick();
  if (next_ != current_) current_->fiber->suspend();
}

void Scheduler::mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3; }

std::uint32_t Scheduler::choose(Stream stream, std::uint32_t count) {
  return count < 2 ? 0 : chooser_->choose(stream, count);
}

// ---- what tasks ask for ----

Fiber& Scheduler::borrow_fiber() {
  if (spare_fibers_.empty()) {
    fibers_.push_back(std::make_unique<Fiber>());
    return *fibers_.back();
  }
  Fiber* const fiber = spare_fibers_.back();
  spare_fibers_.pop_back();
  return *fiber;
}

TaskId Scheduler::spawn(std::function<void()> body) {
  if (spare_tasks_.empty()) spare_tasks_.push_back(std::make_unique<Task>());
  tasks_.push_back(std::move(spare_tasks_.back()));
  spare_tasks_.pop_back();
  Task& task = *tasks_.back();
  task.id = static_cast<TaskId>(tasks_.size() - 1);
  task.fiber = &borrow_fiber();
  task.body = std::move(body);
  task.fiber->assign([this, &task] {
    task.body();
    task.state = Task::State::finished;
    wake_all({OperationKind::join, &task});
    next_ = pick();
  });
  return task.id;
}

void Scheduler::join(TaskId id) {
  Task& other = task(id);
  point({OperationKind::join, &other});
  if (other.state != Task::State::finished) block({OperationKind::join, &other}, std::nullopt);
}

void Scheduler::sleep_until(Time when) {
  point({OperationKind::sleep});
  if (when > now_) block({OperationKind::sleep}, when);
}

void Scheduler::point(Operation operation, std::optional<Time> deadline) {
  current_->pending = operation;
  current_->deadline = deadline;
  current_->timed_out = false;
  reschedule();
  current_->deadline.reset();
}

bool Scheduler::block(Operation operation, std::optional<Time> deadline, Operation after) {
  Task& task = *current_;
  task.state = Task::State::blocked;
  task.pending = operation;
  task.after = after;
  task.deadline = deadline;
  task.timed_out = false;
  task.since = ++clock_of_waits_;
  reschedule();
  return !task.timed_out;
}

void Scheduler::wake(Task& task) {
  task.state = Task::State::runnable;
  task.pending = task.after;
  task.deadline.reset();
}

void Scheduler::wake_all(Operation operation) {
  for (const auto& task : tasks_) {
    if (task->state == Task::State::blocked && task->pending == operation) wake(*task);
  }
}

std::vector<Task*>& Scheduler::blocked_on(Operation operation) {
  found_.clear();
  for (const auto& task : tasks_) {
    if (task->state == Task::State::blocked && task->pending == operation) {
      found_.push_back(task.get());
    }
  }
  std::sort(found_.begin(), found_.end(),
            [](const Task* a, const Task* b) { return a->since < b->since; });
  return found_;
}

}  // namespace poolproof::world
