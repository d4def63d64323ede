#include "props/world/memory/memory.hpp"

#include <dlfcn.h>
#include <link.h>

#include <utility>

#include "props/world/memory/symbols.hpp"

namespace poolproof::world {
namespace {

using memory::Access;
using memory::Address;

Address number_of(const volatile void* address) { return reinterpret_cast<Address>(address); }

const void* pointer_to(Address address) {
  return reinterpret_cast<const void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

class Busy {
 public:
  explicit Busy(bool& busy) : busy_(busy) { busy_ = true; }
  ~Busy() { busy_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& busy_;
};

// Whether this byte is thread_local storage of the OS thread that runs. Fibers share it, real
// threads would not.
bool is_thread_local(Address address) {
  const auto holds = [](dl_phdr_info* file, std::size_t, void* wanted) -> int {
    const Address begin = number_of(file->dlpi_tls_data);
    if (begin == 0) return 0;
    const Address inside = *static_cast<const Address*>(wanted) - begin;
    for (int i = 0; i < file->dlpi_phnum; ++i) {
      const auto& header = file->dlpi_phdr[i];
      if (header.p_type == PT_TLS && inside < header.p_memsz) return 1;
    }
    return 0;
  };
  return dl_iterate_phdr(holds, &address) != 0;
}

}  // namespace

void Memory::begin(RaceObserver& observer) {
  observer_ = &observer;
  reported_ = false;
  plain_accesses_ = 0;
  unjoined_ = 0;
  stacks_.clear();
  detector_.begin();
  scheduler_.set_happens_before(this);
}

// ---- call stacks ----

Memory::Stack& Memory::stack_of(TaskId task) {
  const auto index = static_cast<std::size_t>(task);
  if (index >= stacks_.size()) stacks_.resize(index + 1);
  return stacks_[index];
}

// A task may run on the stack of one that has finished.
Memory::Stack& Memory::begin_stack() {
  const Busy busy(busy_);
  const Task& me = scheduler_.current();
  Stack& stack = stack_of(me.id);
  stack.begun = true;
  const auto place = me.carrier->stack();
  detector_.renew(number_of(place.bottom), place.size);
  return stack;
}

void Memory::entered(const void* call_site) {
  Stack& stack = my_stack();
  const Busy busy(busy_);
  stack.frame = frames_.call(stack.frame, call_site);
}

// A function that was entered before anyone listened is left too.
void Memory::left() {
  Stack& stack = stack_of(scheduler_.current().id);
  stack.frame = frames_.outer(stack.frame);
}

// ---- accesses ----

void Memory::access_beside_others(const volatile void* address, std::size_t size, Kind kind,
                                  const void* code) {
  if (size == 0) return;
  const Access later{.task = scheduler_.current().id,
                     .address = number_of(address),
                     .size = size,
                     .write = kind.write,
                     .atomic = kind.atomic,
                     .site = {code, my_stack().frame}};
  if (detector_.repeats(later)) return;
  const Busy busy(busy_);
  const auto earlier = detector_.access(later);
  if (earlier && !reported_ && !is_thread_local(later.address)) report(*earlier, later);
}

void Memory::take_a_breath() {
  point(OperationKind::yield, nullptr);
  scheduler_.idled();
}

void Memory::volatile_read(const volatile void* address, std::size_t size, const void* code) {
  point(OperationKind::load, address);
  access(address, size, {.write = false, .atomic = false}, code);
  scheduler_.idled();
}

void Memory::volatile_written(const volatile void* address, std::size_t size, const void* code) {
  point(OperationKind::store, address);
  access(address, size, {.write = true, .atomic = false}, code);
  scheduler_.progressed();
}

void Memory::point(OperationKind kind, const volatile void* address) {
  plain_accesses_ = 0;
  scheduler_.point({kind, const_cast<const void*>(address)});
}

void Memory::loaded(const volatile void* address, std::size_t size, Order order, const void* code) {
  access(address, size, {.write = false, .atomic = true}, code);
  const Busy busy(busy_);
  detector_.load(scheduler_.current().id, number_of(address), size, order);
  scheduler_.idled();
}

void Memory::stored(const volatile void* address, std::size_t size, Order order, const void* code) {
  access(address, size, {.write = true, .atomic = true}, code);
  const Busy busy(busy_);
  detector_.store(scheduler_.current().id, number_of(address), size, order);
  scheduler_.progressed();
}

void Memory::updated(const volatile void* address, std::size_t size, Order order, bool changed,
                     const void* code) {
  access(address, size, {.write = true, .atomic = true}, code);
  const Busy busy(busy_);
  detector_.update(scheduler_.current().id, number_of(address), size, order);
  changed ? scheduler_.progressed() : scheduler_.idled();
}

void Memory::fenced(Order order) {
  const Busy busy(busy_);
  detector_.fence(scheduler_.current().id, order);
}

void Memory::allocated(const void* block, std::size_t size) {
  if (!busy_ && !is_alone()) detector_.renew(number_of(block), size);
}

// ---- what orders them ----

void Memory::acquired(TaskId task, const void* object) {
  const Busy busy(busy_);
  detector_.acquired(task, object);
}

void Memory::released(TaskId task, const void* object) {
  const Busy busy(busy_);
  detector_.released(task, object);
}

void Memory::started(TaskId starter, TaskId task) {
  const Busy busy(busy_);
  detector_.started(starter, task);
  stack_of(task);  // so that it has one before it does anything
  if (starter != task) ++unjoined_;
}

void Memory::joined(TaskId waiter, TaskId finished) {
  const Busy busy(busy_);
  detector_.joined(waiter, finished);
  if (std::exchange(stack_of(finished).joined, true)) return;
  if (--unjoined_ == 0) detector_.forget_accesses();
}

// ---- the report ----

void Memory::report(const Access& earlier, const Access& later) {
  reported_ = true;
  // A race is with a byte of each, which need not be the first.
  const Address common = std::max(earlier.address, later.address);
  observer_->raced({.earlier = side(earlier), .later = side(later), .object = object_at(common)});
}

// A return address belongs to the instruction before it.
Race::Side Memory::side(const Access& access) const {
  const auto called = [](const void* code) { return static_cast<const char*>(code) - 1; };
  Race::Side side{.task = access.task,
                  .write = access.write,
                  .atomic = access.atomic,
                  .size = access.size,
                  .functions = {memory::function_at(called(access.site.code))},
                  .place = memory::place_of(called(access.site.code))};
  // The outermost was called by code that tells of nothing.
  for (auto frame = access.site.frame; frames_.outer(frame) != 0; frame = frames_.outer(frame)) {
    side.functions.push_back(memory::function_at(called(frames_.call_site(frame))));
  }
  return side;
}

std::string Memory::object_at(Address address) const {
  for (const auto& task : scheduler_.tasks()) {
    if (task->carrier == nullptr) continue;
    const auto stack = task->carrier->stack();
    if (address - number_of(stack.bottom) < stack.size) return "the stack of a thread";
  }
  if (auto variable = memory::variable_at(pointer_to(address))) return *variable;
  return "heap memory";
}

}  // namespace poolproof::world
