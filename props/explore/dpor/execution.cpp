#include "props/explore/dpor/execution.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace poolproof::explore::dpor {
namespace {

constexpr std::uint64_t stirred(std::uint64_t value) {
  value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27U) * 0x94d049bb133111eb;
  return value ^ value >> 31U;
}

// Names of objects that are remembered from run to run.
constexpr std::size_t kMostObjects = 10'000;
// Of a row, at first: most runs have no more events than that has bits.
constexpr std::size_t kWords = 2;

}  // namespace

// ---- while it runs ----

void Execution::begin() {
  size_ = 0;
  ordered_ = 0;
  words_ = kWords;
  timers_.clear();
  waiting_.clear();
}

Event& Execution::add(ProcessId process, world::OperationKind kind) {
  const EventIndex previous = last_of(process);
  if (size_ == events_.size()) events_.emplace_back();
  Event& event = events_[size_++];
  event.process = process;
  event.kind = kind;
  event.gate = Event::Gate::open;
  event.opener = kNoEvent;
  event.barrier = false;
  event.previous = previous;
  event.causes.clear();
  event.accesses.clear();
  event.answers.clear();
  event.open = false;
  return event;
}

EventIndex Execution::last_of(ProcessId process) const {
  for (std::size_t i = size_; i-- > 0;) {
    if (events_[i].process == process) return static_cast<EventIndex>(i);
  }
  return kNoEvent;
}

std::uint32_t Execution::arm(Timer timer) {
  timers_.push_back(std::move(timer));
  return static_cast<std::uint32_t>(timers_.size() - 1);
}

// ---- the order ----

void Execution::order(std::size_t end) {
  if (size_ > 64 * words_) {  // longer rows: anew
    words_ = std::max((size_ + 63) / 64, words_ + words_ / 2);
    ordered_ = 0;
  }
  past_.resize(std::max(past_.size(), end * words_));
  conflicts_.resize(std::max(conflicts_.size(), end));
  hashes_.resize(std::max(hashes_.size(), end));
  if (ordered_ == 0) {
    if (visits_.size() > kMostObjects) visits_.clear();
    ++run_;
    barrier_ = kNoEvent;
  }
  for (; ordered_ < end; ++ordered_) {
    const auto index = static_cast<EventIndex>(ordered_);
    find_conflicts_of(index);
    find_past_of(index);
    hashes_[index] = hash_of(index);
  }
}

// Of each object only the visits since its last change, and that one, are direct conflicts: it
// stands for those before it.
void Execution::find_conflicts_of(EventIndex index) {
  auto& conflicts = conflicts_[index];
  conflicts.clear();
  const Event& event = events_[index];
  if (event.barrier) {
    for (EventIndex other = 0; other < index; ++other) conflicts.push_back(other);
    barrier_ = index;
  } else if (barrier_ != kNoEvent) {
    conflicts.push_back(barrier_);
  }
  for (const Access& access : event.accesses) {
    auto& [run, visits] = visits_[access.object()];
    if (std::exchange(run, run_) != run_) visits.clear();
    for (const auto& [other, its] : visits) {
      if (other != index && its.depends(access)) conflicts.push_back(other);
    }
    if (access.is_exclusive()) {
      std::erase_if(visits, [&](const auto& each) { return each.first != index; });
    }
    visits.emplace_back(index, access);
  }
  std::sort(conflicts.begin(), conflicts.end());
  conflicts.erase(std::unique(conflicts.begin(), conflicts.end()), conflicts.end());
}

void Execution::find_past_of(EventIndex index) {
  std::uint64_t* const row = &past_[index * words_];
  std::fill_n(row, words_, 0);
  const auto join = [&](EventIndex other) {
    if (other == kNoEvent) return;
    row[other / 64] |= std::uint64_t{1} << (other % 64);
    for (std::size_t word = 0; word < words_; ++word) row[word] |= past_[other * words_ + word];
  };
  const Event& event = events_[index];
  join(event.previous);
  for (const EventIndex cause : event.causes) join(cause);
  for (const EventIndex other : conflicts_[index]) join(other);
}

std::uint64_t Execution::hash_of(EventIndex index) const {
  const Event& event = events_[index];
  std::uint64_t hash =
      stirred(static_cast<std::uint64_t>(event.process)) + static_cast<std::uint64_t>(event.kind);
  for (const auto& [question, answer] : event.answers) {
    hash = stirred(hash + (std::uint64_t{question} << 8U | answer));
  }
  std::uint64_t before = 0;
  const auto follow = [&](EventIndex other) {
    if (other != kNoEvent) before += stirred(hashes_[other]);
  };
  follow(event.previous);
  for (const EventIndex cause : event.causes) follow(cause);
  for (const EventIndex other : conflicts_[index]) follow(other);
  return stirred(hash ^ stirred(before));
}

std::uint64_t Execution::fingerprint() const {
  return std::accumulate(hashes_.begin(), hashes_.begin() + static_cast<std::ptrdiff_t>(size_),
                         std::uint64_t{0});
}

// ---- what could have gone the other way ----

// Whether `later` could not have come without `earlier` even if nothing depended on anything: it is
// in the past of what its own process did before, or of what made it possible.
bool Execution::in_own_past(EventIndex earlier, EventIndex later) const {
  const Event& event = events_[later];
  if (event.previous != kNoEvent && needs(event.previous, earlier)) return true;
  return std::any_of(event.causes.begin(), event.causes.end(),
                     [&](EventIndex cause) { return needs(cause, earlier); });
}

std::vector<EventIndex> Execution::independent_of(EventIndex first) const {
  std::vector<EventIndex> found;
  for (EventIndex i = first + 1; i < size_; ++i) {
    if (!before(first, i)) found.push_back(i);
  }
  return found;
}

bool Execution::is_free(const Lock& lock, EventIndex first, EventIndex to) const {
  int holders = 0;
  for (EventIndex i = 0; i <= to; ++i) {
    if (i == first || (i > first && before(first, i))) continue;
    for (const Access& access : events_[i].accesses) {
      if (access.object() != lock.object || (lock.shared && access.is_shared())) continue;
      if (access.acquires()) ++holders;
      if (access.releases()) --holders;
    }
  }
  return holders <= 0;
}

bool Execution::is_armed(std::uint32_t timer, EventIndex first, EventIndex to) const {
  const auto happened = [&](EventIndex event) {
    return event != kNoEvent && event <= to && event != first &&
           (event < first || !before(first, event));
  };
  const Timer& mine = timers_[timer];
  return happened(mine.armed) && !happened(mine.ended) &&
         !(mine.lock && is_free(*mine.lock, first, to));
}

std::optional<std::uint32_t> Execution::one_before(std::uint32_t timer, EventIndex first,
                                                   EventIndex to) const {
  const Timer& mine = timers_[timer];
  for (std::uint32_t i = 0; i < timers_.size(); ++i) {
    const Timer& other = timers_[i];
    const bool comes_first = other.due < mine.due || (other.due == mine.due && other.in_no_task &&
                                                      (!mine.in_no_task || i < timer));
    if (i != timer && comes_first && is_armed(i, first, to)) return i;
  }
  return std::nullopt;
}

bool Execution::is_next(std::uint32_t timer, EventIndex first, EventIndex to) const {
  return is_armed(timer, first, to) && !one_before(timer, first, to);
}

bool Execution::can_come_before(EventIndex later, EventIndex first) const {
  const Event& event = events_[later];
  switch (event.gate) {
    case Event::Gate::open: return true;
    case Event::Gate::lock: return is_free(event.gate_lock, first, last_index());
    case Event::Gate::join: return event.opener < first || !needs(event.opener, first);
    case Event::Gate::timer: return is_next(event.timer, first, last_index());
  }
  return true;
}

// Who took it last and still had it, or had it until then.
EventIndex Execution::holder(ObjectId lock, EventIndex before) const {
  for (EventIndex i = before; i-- > 0;) {
    for (const Access& access : events_[i].accesses) {
      if (access.object() == lock && access.acquires()) return i;
    }
  }
  return kNoEvent;
}

// Of what it depends on directly: what could have come after it, with nothing between the two that
// could have, too. Who waited for a lock races with whoever took it, not with whoever gave it back.
void Execution::find_races_of(EventIndex second, std::vector<Reversal>& found) const {
  const Event& event = events_[second];
  std::vector<EventIndex> rivals;
  for (EventIndex first = 0; first < second; ++first) {
    if (!before(first, second) || events_[first].process == event.process) continue;
    if (!dependent(events_[first].accesses, event.accesses) || in_own_past(first, second)) continue;
    if (events_[first].barrier || event.barrier) continue;
    if (can_come_before(second, first)) rivals.push_back(first);
  }
  for (const EventIndex first : rivals) {
    const bool is_last = std::none_of(rivals.begin(), rivals.end(), [&](EventIndex other) {
      return other != first && before(first, other);
    });
    if (is_last) {
      found.push_back({first, independent_of(first), event.process, event.accesses});
    }
  }
}

// A timer that was called off could have come before: after all that does not need what called it
// off, for as long as no other is due before it. That may be new although what called it off is
// not:
//
//   calls off "in 20 ms"    "in 10 ms" comes
//
// lets "in 20 ms" come after "in 10 ms", when it is the second that is new. And what called it off
// may have been due before it: then it could have come before that was planned,
//
//   plans "at once"    "at once" comes, and calls off "in 20 ms"
//
// which no run tells in which it never comes.
void Execution::find_races_of_the_disarmed(EventIndex from, std::vector<Reversal>& found) const {
  for (std::uint32_t i = 0; i < timers_.size(); ++i) {
    const Timer& timer = timers_[i];
    EventIndex first = timer.ended;
    if (!timer.races || timer.came || first == kNoEvent) continue;
    if (timer.armed == first || timer.armed == kNoEvent) continue;
    auto place = place_before(first, i);
    bool is_new = place && place->to >= from;
    if (const auto sooner = one_before(i, first, first); !place && sooner) {
      first = timers_[*sooner].armed;
      if (first <= timer.armed) continue;
      place = place_before(first, i);
      is_new = place.has_value();  // what it was not found by before may be new
    }
    if (!is_new || events_[first].barrier) continue;
    found.push_back({first, std::move(place->between), timer.process, timer.on_come});
  }
}

std::optional<Execution::Place> Execution::place_before(EventIndex first,
                                                        std::uint32_t timer) const {
  Place place{.between = independent_of(first)};
  for (std::size_t count = place.between.size() + 1; count-- > 0;) {
    place.to = count == 0 ? first : place.between[count - 1];
    if (!is_next(timer, first, place.to)) continue;
    place.between.resize(count);
    return place;
  }
  return std::nullopt;
}

void Execution::find_races_of_those_left(std::vector<Reversal>& found) const {
  for (const auto& [process, lock, causes] : waiting_) {
    const EventIndex first = holder(lock.object, static_cast<EventIndex>(size_));
    if (first == kNoEvent || events_[first].process == process ||
        !is_free(lock, first, last_index()))
      continue;
    const EventIndex own = last_of(process);
    if (own != kNoEvent && needs(own, first)) continue;
    const auto needs_it = [&, of = first](EventIndex cause) { return needs(cause, of); };
    if (std::any_of(causes.begin(), causes.end(), needs_it)) continue;
    found.push_back(
        {first, independent_of(first), process, {Access::acquire(lock.object, lock.shared)}});
  }
}

std::vector<Execution::Reversal> Execution::reversals(EventIndex from) const {
  std::vector<Reversal> found;
  for (EventIndex second = from; second < size_; ++second) find_races_of(second, found);
  find_races_of_the_disarmed(from, found);
  find_races_of_those_left(found);
  return found;
}

}  // namespace poolproof::explore::dpor
