#include "props/world/scheduler.hpp"

#include <execinfo.h>

#include <algorithm>
#include <utility>

namespace poolproof::world {
namespace {

// The one event that is not planned for a time.
constexpr EventId kSoon{};

// A bounded spin before a sleep is left alone.
constexpr std::uint32_t kMostIdleLooks = 64;

// Whether doing it may be what somebody spins for. Accesses to memory tell when they are done.
bool changes_something(OperationKind kind) {
  switch (kind) {
    case OperationKind::load:
    case OperationKind::store:
    case OperationKind::update:
    case OperationKind::try_lock:
    case OperationKind::yield: return false;
    default: return true;
  }
}

bool spins(const Task& task, std::uint64_t changes) {
  return task.idle_since == changes && task.idle_looks >= kMostIdleLooks;
}

}  // namespace

Scheduler::Scheduler(CarrierKind kind, std::function<void()> at_start)
    : carriers_(kind, std::move(at_start)) {}

// ---- the run ----

void Scheduler::reset() {
  for (auto& task : tasks_) {
    if (task->carrier != nullptr) {  // abandoned by the run before
      task->carrier->abandon();
      carriers_.give_back(*task->carrier);
    }
    *task = Task{};
    spare_tasks_.push_back(std::move(task));
  }
  tasks_.clear();
  carriers_.put_in_order();
  events_.clear();
  locks_.clear();
  trace_.clear();
  watched_stack_.clear();
  current_ = nullptr;
  busy_ = in_event_ = watches_waits_ = false;
  soon_ = nullptr;
  refusal_.clear();
  now_ = Time{};
  clock_of_waits_ = steps_ = switches_ = spins_since_ = 0;
  changes_ = 1;
  hash_ = 0xcbf29ce484222325;
}

Ending Scheduler::run(Chooser& chooser, TimeObserver& observer, std::function<void()> root) {
  reset();
  chooser_ = &chooser;
  observer_ = &observer;
  ending_ = Ending::finished;
  current_ = &task(spawn(std::move(root)));
  ++switches_;
  current_->carrier->enter();
  current_ = nullptr;
  return ending_;
}

void Scheduler::end(Ending ending) {
  ending_ = ending;
  next_ = nullptr;
}

void Scheduler::refuse(Ending ending, std::string why) {
  refusal_ = std::move(why);
  busy_ = false;
  end(ending);
  for (;;) current_->carrier->leave();
}

// ---- who goes on ----

bool Scheduler::enabled(const Task& task) const {
  if (task.state != Task::State::runnable) return false;
  if (task.pending.kind == OperationKind::join) {
    return static_cast<const Task*>(task.pending.object)->state == Task::State::finished;
  }
  return locks_.admits(task.pending);
}

// What is due first, at that instant. An event comes before a timer: bytes that arrive at a
// deadline have arrived.
void Scheduler::fire(Time due) {
  if (events_.next() != due) return fire_task(due);
  advance(due);
  const EventId id = events_.next_id();
  happen(id, events_.take());
}

void Scheduler::happen(EventId id, const std::function<void()>& what) {
  progressed();
  in_event_ = true;
  tell([&](StepObserver& who) { who.happening(id); });
  what();
  tell([&](StepObserver& who) { who.happened(); });
  in_event_ = false;
}

void Scheduler::advance(Time to) {
  if (to <= now_) return;
  now_ = to;
  tell([&](StepObserver& who) { who.advanced(now_); });
}

// Timers that are due at the same instant fire one by one, in any order: between two of them a
// signal may still reach the second.
void Scheduler::fire_task(Time due) {
  found_.clear();
  for (const auto& task : tasks_) {
    if (task->deadline && task->deadline->when == due && task->state != Task::State::finished &&
        !enabled(*task)) {
      found_.push_back(task.get());
    }
  }
  Task& fired = *found_[choose(Stream::schedule, static_cast<std::uint32_t>(found_.size()))];
  advance(due);
  progressed();
  tell([&](StepObserver& who) { who.expired(fired.id, fired.pending); });
  fired.deadline.reset();
  fired.able_since = now_;
  fired.timed_out = true;
  if (watches_waits_ && fired.pending.kind == OperationKind::wait) [[unlikely]]
    observer_->timed_out(fired.id);
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
    } else {
      task->able_since = now_;
      if (task->deadline && (timer == nullptr || task->deadline->when < timer->deadline->when)) {
        timer = task.get();
      }
    }
  }
  return unfinished;
}

// When the next event or timer is due.
std::optional<Time> Scheduler::next_due(const Task* timer) const {
  const auto event = events_.next();
  if (timer == nullptr || (event && *event <= timer->deadline->when)) return event;
  return timer->deadline->when;
}

// Those who spin are no candidates while another is, or time can pass. Says whether it leaves none.
bool Scheduler::set_spinners_aside(bool time_can_pass) {
  const auto spinner = [&](const Candidate& each) { return spins(task(each.task), changes_); };
  if (!time_can_pass && std::all_of(candidates_.begin(), candidates_.end(), spinner)) {
    return false;
  }
  std::erase_if(candidates_, spinner);
  return candidates_.empty();
}

// Whether time may pass up to that instant although there are candidates.
bool Scheduler::may_race(Time due) const {
  if (time_mode_ != TimeMode::bounded) return time_mode_ == TimeMode::racing;
  return std::all_of(candidates_.begin(), candidates_.end(), [&](const Candidate& each) {
    const Task& slow = *tasks_[static_cast<std::size_t>(each.task)];
    return due - slow.able_since <= bound_;
  });
}

Task* Scheduler::pick() {
  busy_ = true;
  Task* const picked = look_for_next();
  busy_ = false;
  return picked;
}

Task* Scheduler::look_for_next() {
  for (;;) {
    if (soon_) [[unlikely]]
      happen(kSoon, std::exchange(soon_, nullptr));
    if (++steps_ > most_steps_) {
      end(Ending::runaway);
      return nullptr;
    }
    const Task* timer = nullptr;
    const bool unfinished = look_around(timer);
    const auto due = next_due(timer);
    const bool only_spinners = spins_since_ == changes_ && set_spinners_aside(due.has_value());
    if (candidates_.empty()) {
      if (unfinished && !due && observer_->standstill()) continue;
      if (!unfinished || !due) {
        end(unfinished ? Ending::deadlock : Ending::finished);
        return nullptr;
      }
      if (!only_spinners && *due > now_) observer_->quiet(now_, *due);
      fire(*due);
      continue;
    }
    if (due && may_race(*due)) candidates_.push_back({TaskId{}, {OperationKind::clock}});
    const std::size_t choice = candidates_.size() == 1 ? 0 : chooser_->next(candidates_);
    const Candidate& chosen = candidates_[choice];
    if (due && chosen.pending.kind == OperationKind::clock) {
      fire(*due);
      continue;
    }
    trace_.push_back({now_, chosen.task, chosen.pending.kind});
    mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    mix(static_cast<std::uint64_t>(chosen.task) << 8 |
        static_cast<std::uint64_t>(chosen.pending.kind));
    tell([&](StepObserver& who) { who.stepped(chosen.task, chosen.pending); });
    return &task(chosen.task);
  }
}

// Returns when the current task is chosen again.
void Scheduler::reschedule() {
  Task& me = *current_;
  me.able_since = now_;
  next_ = pick();
  if (next_ == &me) {
    if (trace_.size() == watched_) keep_stack();
    return;
  }
  ++switches_;
  if (next_ == nullptr) {
    for (;;) me.carrier->leave();  // the run has ended
  }
  current_ = next_;
  me.carrier->switch_to(*current_->carrier);
  if (trace_.size() == watched_) keep_stack();
}

void Scheduler::keep_stack() {
  constexpr int kMostFrames = 64;
  busy_ = true;  // the C library loads what it needs for that
  watched_stack_.resize(kMostFrames);
  const int frames = backtrace(watched_stack_.data(), kMostFrames);
  watched_stack_.resize(static_cast<std::size_t>(frames));
  busy_ = false;
}

void Scheduler::mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3; }

std::uint32_t Scheduler::choose(Stream stream, std::uint32_t count) {
  if (count < 2) return 0;
  const bool was_busy = std::exchange(busy_, true);
  const std::uint32_t answer = chooser_->choose(stream, count);
  busy_ = was_busy;
  if (answer != 0) tell([&](StepObserver& who) { who.chose(stream, count, answer); });
  return answer;
}

bool Scheduler::happens(Stream stream, Rarity kind) {
  const bool was_busy = std::exchange(busy_, true);
  const bool yes = chooser_->happens(stream, kind);
  busy_ = was_busy;
  if (yes) {
    tell([&](StepObserver& who) { who.chose(stream, static_cast<std::uint32_t>(kind), 1); });
  }
  return yes;
}

EventId Scheduler::at(Time when, std::function<void()> what) {
  const EventId id = events_.add(when, std::move(what));
  tell([&](StepObserver& who) { who.planned(id, when); });
  return id;
}

void Scheduler::call_off(EventId event) {
  events_.call_off(event);
  tell([&](StepObserver& who) { who.called_off(event); });
}

void Scheduler::soon(std::function<void()> what) {
  soon_ = std::move(what);
  tell([&](StepObserver& who) { who.planned(kSoon, now_); });
}

// ---- what tasks ask for ----

TaskId Scheduler::spawn(std::function<void()> body) {
  if (spare_tasks_.empty()) spare_tasks_.push_back(std::make_unique<Task>());
  tasks_.push_back(std::move(spare_tasks_.back()));
  spare_tasks_.pop_back();
  Task& task = *tasks_.back();
  task.id = static_cast<TaskId>(tasks_.size() - 1);
  task.able_since = now_;
  const bool was_busy = std::exchange(busy_, true);
  task.carrier = &carriers_.borrow();
  task.body = std::move(body);
  task.carrier->assign([this, &task] {
    task.body();
    if (at_end_of_task_) at_end_of_task_();
    return finish(task);
  });
  busy_ = was_busy;
  const TaskId starter = current_ == nullptr ? task.id : current_->id;
  if (order_ != nullptr) order_->started(starter, task.id);
  tell([&](StepObserver& who) { who.spawned(starter, task.id); });
  return task.id;
}

// Who goes on after it; null if the run has ended.
Carrier* Scheduler::finish(Task& task) {
  task.state = Task::State::finished;
  progressed();
  touched(&task);
  next_ = pick();
  ++switches_;
  carriers_.give_back(*std::exchange(task.carrier, nullptr));
  if (next_ == nullptr) return nullptr;
  current_ = next_;
  return current_->carrier;
}

bool Scheduler::join(TaskId id, std::optional<Deadline> deadline) {
  Task& other = task(id);
  point({OperationKind::join, &other}, deadline);
  if (current_->timed_out) return false;
  if (order_ != nullptr) order_->joined(current_->id, id);
  return true;
}

void Scheduler::sleep_until(Deadline when) {
  looked_at_clock();  // to find out when that is
  point({OperationKind::sleep});
  if (when.when > read_clock()) block({OperationKind::sleep}, when);
}

std::optional<Deadline> Scheduler::unless_far(std::optional<Deadline> deadline) {
  constexpr Duration kLifetime = std::chrono::hours(24 * 365 * 100);
  if (!deadline || deadline->when - now_ >= kLifetime) return std::nullopt;
  looked_at_clock();
  return deadline;
}

void Scheduler::point(Operation operation, std::optional<Deadline> deadline) {
  current_->pending = operation;
  current_->deadline = unless_far(deadline);
  current_->timed_out = false;
  if (changes_something(operation.kind)) progressed();
  reschedule();
  current_->deadline.reset();
}

bool Scheduler::block(Operation operation, std::optional<Deadline> deadline, Operation after) {
  Task& task = *current_;
  task.state = Task::State::blocked;
  task.pending = operation;
  task.after = after;
  task.deadline = unless_far(deadline);
  task.timed_out = false;
  task.since = ++clock_of_waits_;
  if (watches_waits_ && operation.kind == OperationKind::wait) [[unlikely]]
    observer_->slept(task.id, operation.object);
  reschedule();
  return !task.timed_out;
}

void Scheduler::idled() {
  Task& me = *current_;
  if (me.idle_since != changes_) {
    me.idle_since = changes_;
    me.idle_looks = 0;
  }
  if (++me.idle_looks >= kMostIdleLooks) spins_since_ = changes_;
}

void Scheduler::wake(Task& task) {
  if (watches_waits_ && task.pending.kind == OperationKind::wait) [[unlikely]]
    observer_->woken(task.id);
  tell([&](StepObserver& who) { who.woken(task.id); });
  task.state = Task::State::runnable;
  task.pending = task.after;
  task.deadline.reset();
}

void Scheduler::set_wall_clock(Duration step) {
  for (const auto& task : tasks_) {
    if (task->deadline && task->deadline->on_wall_clock) task->deadline->when -= step;
  }
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
