#include "props/world/memory/race_detector.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::world::memory {
namespace {

Address number_of(const void* object) { return reinterpret_cast<Address>(object); }

bool acquires(Order order) {
  return order == Order::consume || order == Order::acquire || order == Order::acquire_release ||
         order == Order::sequential;
}

bool releases(Order order) {
  return order == Order::release || order == Order::acquire_release || order == Order::sequential;
}

Address next_cell(Address address) {
  return (address / Shadow::kBytesOfCell + 1) * Shadow::kBytesOfCell;
}

// A bit for each byte of its cell that lies in [begin, end).
std::uint8_t bytes_of(Address begin, Address end) {
  constexpr Address kCell = Shadow::kBytesOfCell;
  const Address last = std::min(end - begin, kCell - begin % kCell);
  return static_cast<std::uint8_t>(((1U << last) - 1) << begin % kCell);
}

}  // namespace

void RaceDetector::begin() {
  forget_accesses();
  for (Clocks& each : clocks_) {
    each.known.clear();
    each.read_relaxed.clear();
    each.fenced.clear();
  }
}

// Number 0 ends a list.
void RaceDetector::forget_accesses() {
  shadow_.forget();
  used_records_ = 1;
  free_record_ = 0;
  used_told_ = 0;
}

// ---- accesses ----

void RaceDetector::remember(Shadow::Cell& cell, const Record& record) {
  std::uint32_t number = free_record_;
  if (number != 0) {
    free_record_ = records_[number].next;
  } else {
    if (used_records_ >= records_.size()) records_.resize(2 * std::size_t{used_records_});
    number = used_records_++;
  }
  records_[number] = record;
  records_[number].next = std::exchange(cell.accesses, number);
}

// A record R goes when an access A as strong covers its bytes and happens after it: an X that races
// with R races with A too, for if A happened before X, R would.
const RaceDetector::Record* RaceDetector::access_cell(Shadow::Cell& cell, std::uint8_t bytes,
                                                      const Access& access) {
  const VectorClock& mine = clocks(access.task).known;
  const Tick tick = mine.of(access.task);
  if (cell.accesses == 0) {
    remember(cell, {.tick = tick, .bytes = bytes, .access = access});
    return nullptr;
  }
  std::uint32_t raced = 0;
  bool known = false;
  for (std::uint32_t* link = &cell.accesses; *link != 0;) {
    Record& each = records_[*link];
    const bool ordered = each.access.task == access.task || each.tick <= mine.of(each.access.task);
    if (!ordered && (each.bytes & bytes) != 0 && conflict(each.access, access) && raced == 0) {
      raced = *link;
    }
    // The same task at the same tick: neither tells more than the other.
    known |= each.access.task == access.task && each.tick == tick && (bytes & ~each.bytes) == 0 &&
             as_strong(each.access, access);
    if (!known && ordered && (each.bytes & ~bytes) == 0 && as_strong(access, each.access)) {
      const std::uint32_t gone = *link;
      *link = each.next;
      each.next = std::exchange(free_record_, gone);
    } else {
      link = &each.next;
    }
  }
  if (!known) {
    remember(cell, {.tick = tick, .bytes = bytes, .raced = raced != 0, .access = access});
  }
  return raced == 0 ? nullptr : &records_[raced];
}

std::optional<Access> RaceDetector::access(const Access& access) {
  std::optional<Access> raced;
  const Address end = access.address + access.size;
  for (Address at = access.address; at < end; at = next_cell(at)) {
    Shadow::Cell& cell = shadow_.at(at);
    const std::uint8_t bytes = bytes_of(at, end);
    if (repeats(cell, bytes, access)) continue;
    const Record* const other = access_cell(cell, bytes, access);
    if (other != nullptr && !raced) raced = other->access;
  }
  return raced;
}

// ---- what orders them ----

RaceDetector::Told& RaceDetector::told(Address address) {
  Shadow::Cell& cell = shadow_.at(address);
  for (std::uint32_t number = cell.clocks; number != 0; number = told_[number - 1].next) {
    if (told_[number - 1].address == address) return told_[number - 1];
  }
  if (used_told_ == told_.size()) told_.emplace_back();
  Told& told = told_[used_told_];
  told.clock.clear();
  told.address = address;
  told.next = cell.clocks;
  cell.clocks = ++used_told_;
  return told;
}

template <class Visit>
void RaceDetector::each_told(Address address, std::size_t size, Visit visit) {
  for (Address at = address; at < address + size; at = next_cell(at)) {
    const Shadow::Cell* const cell = shadow_.find(at);
    std::uint32_t number = cell == nullptr ? 0 : cell->clocks;
    for (; number != 0; number = told_[number - 1].next) {
      Told& each = told_[number - 1];
      if (each.address >= address && each.address < address + size) visit(each);
    }
  }
}

// All that the bytes tell: what was stored to one half of a word is read with the whole.
void RaceDetector::acquire(TaskId task, Address address, std::size_t size, Order order) {
  Clocks& mine = clocks(task);
  VectorClock& learns = acquires(order) ? mine.known : mine.read_relaxed;
  each_told(address, size, [&](Told& each) { learns.join(each.clock); });
}

const VectorClock& RaceDetector::what_it_tells(TaskId task, Order order) {
  return releases(order) ? clocks(task).known : clocks(task).fenced;
}

void RaceDetector::load(TaskId task, Address address, std::size_t size, Order order) {
  acquire(task, address, size, order);
}

// It ends all release sequences that the bytes had, and begins one (C++20: a relaxed store of the
// same task goes on with none).
void RaceDetector::store(TaskId task, Address address, std::size_t size, Order order) {
  each_told(address, size, [](Told& each) { each.clock.clear(); });
  told(address).clock.join(what_it_tells(task, order));
  if (releases(order)) clocks(task).known.advance(task);
}

// It goes on with the release sequence, and may begin one of its own.
void RaceDetector::update(TaskId task, Address address, std::size_t size, Order order) {
  acquire(task, address, size, order);
  told(address).clock.join(what_it_tells(task, order));
  if (releases(order)) clocks(task).known.advance(task);
}

void RaceDetector::fence(TaskId task, Order order) {
  Clocks& mine = clocks(task);
  if (acquires(order)) mine.known.join(mine.read_relaxed);
  if (!releases(order)) return;
  mine.fenced = mine.known;
  mine.known.advance(task);
}

void RaceDetector::acquired(TaskId task, const void* object) {
  acquire(task, number_of(object), 1, Order::acquire);
}

// Joined, not set: a semaphore that was posted twice tells of both.
void RaceDetector::released(TaskId task, const void* object) {
  VectorClock& known = clocks(task).known;
  told(number_of(object)).clock.join(known);
  known.advance(task);
}

void RaceDetector::started(TaskId starter, TaskId task) {
  clocks(std::max(starter, task));  // makes both, so that neither moves
  if (starter != task) {
    clocks(task).known.join(clocks(starter).known);
    clocks(starter).known.advance(starter);
  }
  clocks(task).known.advance(task);
}

void RaceDetector::joined(TaskId waiter, TaskId finished) {
  clocks(std::max(waiter, finished));
  clocks(waiter).known.join(clocks(finished).known);
}

}  // namespace poolproof::world::memory
