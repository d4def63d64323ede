#include "props/explore/dpor/names.hpp"

#include <link.h>

#include <algorithm>

namespace poolproof::explore::dpor {
namespace {

enum class Sort : std::uint64_t { task = 1, timer, event, block, stack, lasting, visited, wake };

constexpr std::uint64_t name(Sort sort, std::uint64_t whose, std::uint64_t number) {
  return stirred(stirred(whose + static_cast<std::uint64_t>(sort)) + number);
}

constexpr std::uint64_t plain(ProcessId process) { return static_cast<std::uint64_t>(process); }

std::uintptr_t number_of(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

}  // namespace

Names::Names(const world::Scheduler& scheduler, const Execution& execution,
             std::span<const std::byte> lasting)
    : scheduler_(scheduler), execution_(execution) {
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* all) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& header = info->dlpi_phdr[i];
          if (header.p_type != PT_LOAD) continue;
          const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
          auto& known = *static_cast<std::vector<Lasting>*>(all);
          known.push_back({{begin, begin + header.p_memsz}, known.size()});
        }
        return 0;
      },
      &lasting_);
  const std::uintptr_t begin = number_of(lasting.data());
  lasting_.push_back({{begin, begin + lasting.size()}, lasting_.size()});
  std::sort(lasting_.begin(), lasting_.end(),
            [](const Lasting& a, const Lasting& b) { return a.place.begin < b.place.begin; });
}

void Names::begin() {
  tasks_.clear();
  events_.clear();
  plans_.clear();
  visits_.clear();
  blocks_.clear();
  block_at_.clear();
  on_heap_.clear();
  watch_.clear();
  known_.clear();
}

std::uint32_t Names::count_of(std::vector<std::pair<ProcessId, std::uint32_t>>& counts,
                              ProcessId who) {
  const auto found = std::find_if(counts.begin(), counts.end(),
                                  [&](const auto& each) { return each.first == who; });
  if (found != counts.end()) return found->second++;
  counts.emplace_back(who, 1);
  return 0;
}

// ---- processes ----

ProcessId Names::started(world::TaskId starter, world::TaskId task) {
  tasks_.resize(std::max(tasks_.size(), static_cast<std::size_t>(task) + 1));
  auto& mine = tasks_[static_cast<std::size_t>(task)];
  if (starter == task) {
    mine.process = ProcessId{name(Sort::task, 0, 0)};
  } else {
    auto& parent = tasks_[static_cast<std::size_t>(starter)];
    mine.process = ProcessId{name(Sort::task, plain(parent.process), ++parent.started)};
  }
  return mine.process;
}

ProcessId Names::timer_of(world::TaskId task) const {
  return ProcessId{name(Sort::timer, plain(of(task)), 0)};
}

ProcessId Names::planned(ProcessId planner, world::EventId event) {
  const auto index = static_cast<std::size_t>(event);
  events_.resize(std::max(events_.size(), index + 1));
  return events_[index] = ProcessId{name(Sort::event, plain(planner), count_of(plans_, planner))};
}

ObjectId Names::wake_of(ProcessId process) { return ObjectId{name(Sort::wake, plain(process), 0)}; }

// ---- objects ----

void Names::allocated(const void* block, std::size_t size) {
  const Place made{number_of(block), number_of(block) + size};
  if (watch_.meets(block, size)) {
    std::erase_if(on_heap_, [&](const void* each) {
      const bool is_gone = made.holds(number_of(each));
      if (is_gone) forget(each);
      return is_gone;
    });
  }
  block_at_.at(made.begin).first = blocks_.size();
  blocks_.push_back(
      {made, made.size(), execution_.size() == 0 ? kNoEvent : execution_.last_index()});
}

void Names::freed(const void* block) {
  if (const std::size_t* const index = block_at_.find(number_of(block))) {
    blocks_[*index].place = {};
  }
}

ObjectId Names::of(const void* address, ProcessId visitor) {
  const auto [known, is_new] = known_.at(number_of(address));
  if (is_new || known.gone) known = {.name = name_at(address, visitor)};
  return known.name;
}

void Names::forget(const void* address) {
  if (Known* const known = known_.find(number_of(address))) known->gone = true;
}

ObjectId Names::name_at(const void* address, ProcessId visitor) {
  const std::uintptr_t at = number_of(address);
  for (const auto& task : scheduler_.tasks()) {
    if (task.get() == address) return ObjectId{name(Sort::task, plain(of(task->id)), 1)};
  }
  for (const auto& task : scheduler_.tasks()) {
    if (task->carrier == nullptr) continue;
    const auto stack = task->carrier->stack();
    const std::uintptr_t bottom = number_of(stack.bottom);
    if (at >= bottom && at < bottom + stack.size) {
      return ObjectId{name(Sort::stack, plain(of(task->id)), bottom + stack.size - at)};
    }
  }
  const auto after = std::upper_bound(
      lasting_.begin(), lasting_.end(), at,
      [](std::uintptr_t address, const Lasting& each) { return address < each.place.begin; });
  if (after != lasting_.begin() && std::prev(after)->place.holds(at)) {
    const Lasting& holder = *std::prev(after);
    return ObjectId{name(Sort::lasting, holder.number, at - holder.place.begin)};
  }
  on_heap_.push_back(address);
  watch_.add(address);
  // The last of them that holds it: what was there before has been freed.
  for (std::size_t i = blocks_.size(); i-- > 0;) {
    const Place& place = blocks_[i].place;
    if (place.holds(at)) return ObjectId{name(Sort::block, name_of_block(i), at - place.begin)};
  }
  return ObjectId{name(Sort::visited, plain(visitor), count_of(visits_, visitor))};
}

std::uint64_t Names::name_of_block(std::size_t index) const {
  const std::size_t size = blocks_[index].size;
  const EventIndex event = blocks_[index].event;
  std::uint64_t same = 0;
  for (std::size_t i = index; i-- > 0 && blocks_[i].event == event;) {
    if (blocks_[i].size == size) ++same;
  }
  if (event == kNoEvent) return stirred(size) + same;
  const ProcessId process = execution_[event].process;
  std::uint64_t number = 0;  // of that event
  for (EventIndex i = 0; i < event; ++i) {
    if (execution_[i].process == process) ++number;
  }
  return stirred(stirred(plain(process) + number) + size) + same;
}

}  // namespace poolproof::explore::dpor
