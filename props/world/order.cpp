#include "props/world/order.hpp"

#include <algorithm>

#include "props/world/heap.hpp"

namespace poolproof::world {
namespace {

// A stir of all bits: what differs in one comes out different everywhere.
constexpr std::uint64_t stirred(std::uint64_t value) {
  value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27U) * 0x94d049bb133111eb;
  return value ^ value >> 31U;
}

// In that order.
constexpr std::uint64_t after(std::uint64_t past, std::uint64_t value) {
  return stirred(past * 3 + value + 0x9e3779b97f4a7c15);
}

// What marks the kinds of events apart that are no steps.
constexpr std::uint64_t kExpired = 0x100;
constexpr std::uint64_t kHappening = 0x200;
constexpr std::uint64_t kLooked = 0x300;
constexpr std::uint64_t kWoken = 0x400;
constexpr std::uint64_t kSpawned = 0x500;
constexpr std::uint64_t kGaveBack = 0x600;
constexpr std::uint64_t kChose = 0x700;

constexpr std::size_t kMostMeetings = 500;

constexpr unsigned kKindBits = 5;
constexpr unsigned kContextBits = 4;
constexpr unsigned kDeedBits = kKindBits + kContextBits;
static_assert(static_cast<unsigned>(OperationKind::update) < 1U << kKindBits);
static_assert(kContexts == 1U << kContextBits);

constexpr MeetingCode code_of(Deed deed) {
  return static_cast<MeetingCode>(deed.kind) << kContextBits |
         static_cast<MeetingCode>(deed.context);
}

constexpr Deed deed_of(MeetingCode code) {
  return {static_cast<OperationKind>(code >> kContextBits),
          static_cast<Context>(code & (kContexts - 1))};
}

}  // namespace

MeetingCode code_of(const Meeting& meeting) {
  return code_of(meeting.first) << kDeedBits | code_of(meeting.second);
}

Meeting meeting_of(MeetingCode code) {
  return {deed_of(code >> kDeedBits), deed_of(code & ((1U << kDeedBits) - 1))};
}

void Order::begin() {
  tasks_.clear();
  event_ = {};
  actor_ = kNoActor;
  deed_ = {};
  sum_ = time_ = 0;
  causes_.clear();
  ++run_;
  used_ = 0;
  known_.clear();
  heap_watch.clear();
  meetings_.clear();
}

// Nothing, if somebody else hears of the steps.
void Order::enter(TaskId task, Context context) {
  if (static_cast<std::size_t>(task) < tasks_.size()) of(task).context = context;
}

// With what each task did after its last step.
std::uint64_t Order::fingerprint() const {
  std::uint64_t sum = sum_;
  for (const Actor& each : tasks_) sum += stirred(each.past);
  return sum;
}

// ---- objects ----

// The address finds the entry and decides nothing: the table is never walked.
Order::Object& Order::find(const void* address) {
  if (2 * used_ >= objects_.size()) grow();
  const std::size_t mask = objects_.size() - 1;
  for (auto at = stirred(reinterpret_cast<std::uintptr_t>(address)) & mask;; at = (at + 1) & mask) {
    Object& object = objects_[at];
    if (object.run != run_) {
      ++used_;
      object = Object{.address = address, .run = run_};
      known_.push_back(address);
      heap_watch.add(address);
      return object;
    }
    if (object.address == address) return object;
  }
}

void Order::grow() {
  std::vector<Object> before(2 * objects_.size());
  before.swap(objects_);
  used_ = 0;
  known_.clear();
  for (const Object& each : before) {
    if (each.run == run_) find(each.address) = each;
  }
}

void Order::retired(const void* object) { find(object) = {.address = object, .run = run_}; }

// What lay there before is no more, though nobody said so: a std::mutex has nothing to destroy.
void Order::allocated(const void* block, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(block);
  for (const void* const each : known_) {
    if (reinterpret_cast<std::uintptr_t>(each) - begin < size) retired(each);
  }
}

// ---- events ----

Order::Actor& Order::acting() {
  if (actor_ == kEvent) return event_;
  // Before its first step the first task is there already.
  return tasks_[actor_ == kNoActor ? 0 : actor_];
}

// The actor's event depends on what was done there before.
void Order::access(Object& object, Access access, Deed deed) {
  if (access == Access::none) return;
  Actor& actor = acting();
  const Visit visit{actor_, deed};
  if (access == Access::write) {
    meet(object.last, visit);
    actor.past = after(actor.past, object.write + stirred(object.reads));
    object.write = actor.past;
    object.reads = 0;
    object.last_write = visit;
  } else {
    meet(object.last_write, visit);
    actor.past = after(actor.past, object.write);
    object.reads += actor.past;
  }
  object.last = visit;
}

void Order::meet(const Visit& earlier, const Visit& later) {
  if (earlier.actor == later.actor || earlier.actor == kNoActor) return;
  // A task ends before it is joined: there is no other order.
  if (earlier.deed.kind == OperationKind::join || later.deed.kind == OperationKind::join) return;
  const MeetingCode code = code_of(Meeting{earlier.deed, later.deed});
  constexpr std::size_t kMask = std::tuple_size_v<decltype(seen_)> - 1;
  for (auto at = stirred(code) & kMask;; at = (at + 1) & kMask) {
    if (seen_[at].run == run_ && seen_[at].code == code) return;
    if (seen_[at].run == run_) continue;
    if (meetings_.size() == kMostMeetings) return;
    seen_[at] = {run_, code};
    meetings_.push_back(code);
    return;
  }
}

void Order::stepped(TaskId task, const Operation& operation) {
  actor_ = static_cast<std::uint32_t>(task);
  Actor& actor = of(task);
  deed_ = {operation.kind, actor.context};
  actor.past = after(actor.past, static_cast<std::uint64_t>(operation.kind));
  if (operation.object != nullptr) {
    access(find(operation.object), access_of(operation.kind), deed_);
  }
  sum_ += stirred(actor.past);
}

void Order::spawned(TaskId starter, TaskId task) {
  tasks_.resize(std::max(tasks_.size(), static_cast<std::size_t>(task) + 1));
  const std::uint64_t past = starter == task ? 0 : acting().past;
  of(task).past = after(past, kSpawned);
  if (starter != task) acting().past = after(past, kSpawned + 1);
}

void Order::woken(TaskId task) {
  Actor& sleeper = of(task);
  sleeper.past = after(sleeper.past, after(acting().past, kWoken));
}

void Order::expired(TaskId task, const Operation& waited) {
  actor_ = static_cast<std::uint32_t>(task);
  Actor& actor = of(task);
  deed_ = {OperationKind::clock, actor.context};
  actor.past = after(actor.past, kExpired);
  looked_at_clock();
  if (waited.object != nullptr) access(find(waited.object), Access::write, deed_);
  sum_ += stirred(actor.past);
}

// ---- time ----

void Order::advanced(Time now) {
  time_ = after(time_, static_cast<std::uint64_t>(now.time_since_epoch().count()));
}

// Once for each task and time.
void Order::looked_at_clock() {
  Actor& actor = acting();
  if (actor.time == time_) return;
  actor.time = time_;
  actor.past = after(actor.past, time_ + kLooked);
}

// ---- what happens in no task ----

void Order::planned(EventId event, Time /*when*/) {
  const auto index = static_cast<std::size_t>(event);
  if (causes_.size() <= index) causes_.resize(index + 1);
  causes_[index] = acting().past;
}

void Order::happening(EventId event) {
  const auto index = static_cast<std::size_t>(event);
  actor_ = kEvent;
  deed_ = {OperationKind::clock, kInNoTask};
  event_ = {.past = after(index < causes_.size() ? causes_[index] : 0, kHappening)};
  looked_at_clock();
  sum_ += stirred(event_.past);
}

// ---- effects ----

void Order::touched(const void* object) { access(find(object), Access::write, deed_); }

void Order::looked_at(const void* object) { access(find(object), Access::read, deed_); }

// No operation of its own: whoever comes next met the lock.
void Order::released(const void* object) {
  Object& known = find(object);
  known.write = after(known.write + stirred(known.reads), acting().past);
  known.reads = 0;
}

// One reader does not see that another has gone; a writer sees that all have.
void Order::gave_back(const void* lock, bool shared) {
  if (!shared) return released(lock);
  find(lock).reads += after(acting().past, kGaveBack);
}

// Who goes on is what the order says already.
void Order::chose(Stream stream, std::uint32_t among, std::uint32_t answer) {
  if (stream == Stream::schedule || actor_ == kNoActor) return;
  Actor& actor = acting();
  actor.past = after(actor.past, (kChose + static_cast<std::uint64_t>(stream)) << 40U |
                                     static_cast<std::uint64_t>(among) << 20U | answer);
}

}  // namespace poolproof::world
