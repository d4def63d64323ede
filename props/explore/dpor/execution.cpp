#include "props/explore/dpor/execution.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace poolproof::explore::dpor {

// ---- while it runs ----

void Execution::begin(std::size_t same) {
  same_ = std::min(same, ordered_);
  size_ = 0;
  ordered_ = 0;
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
  if (past_.size() < row_of(end)) past_.resize(row_of(end));
  if (hashes_.size() < end) hashes_.resize(end);
  if (ordered_ == 0) {
    visits_.clear();
    barrier_ = kNoEvent;
  }
  for (; ordered_ < end; ++ordered_) {
    const auto index = static_cast<EventIndex>(ordered_);
    visit_objects(index);
    if (ordered_ < same_) continue;
    find_past_of(index);
    hashes_[index] = hash_of(index);
  }
}

// Finds the conflicts of that event, unless it is ordered already. Of each object only the visits
// since its last change, and that one, are direct conflicts: it stands for those before it.
void Execution::visit_objects(EventIndex index) {
  conflicts_.clear();
  const Event& event = events_[index];
  if (event.barrier) {
    for (EventIndex other = 0; other < index; ++other) conflicts_.push_back(other);
    barrier_ = index;
  } else if (barrier_ != kNoEvent) {
    conflicts_.push_back(barrier_);
  }
  for (const Access& access : event.accesses) {
    const auto [visits, is_new] = visits_.at(static_cast<std::uint64_t>(access.object()));
    if (is_new) visits.clear();
    if (index >= same_) {
      for (const auto& [other, its] : visits) {
        if (other != index && its.depends(access)) conflicts_.push_back(other);
      }
    }
    if (access.is_exclusive()) {
      std::erase_if(visits, [&](const auto& each) { return each.first != index; });
    }
    visits.emplace_back(index, access);
  }
  std::sort(conflicts_.begin(), conflicts_.end());
  conflicts_.erase(std::unique(conflicts_.begin(), conflicts_.end()), conflicts_.end());
}

// REQUIRES: its objects have just been visited.
void Execution::find_past_of(EventIndex index) {
  std::uint64_t* const row = &past_[row_of(index)];
  std::fill_n(row, index / 64 + 1, 0);
  const auto join = [&](EventIndex other) {
    if (other == kNoEvent) return;
    const std::uint64_t* const its = &past_[row_of(other)];
    for (std::size_t word = 0; word <= other / 64; ++word) row[word] |= its[word];
    row[other / 64] |= std::uint64_t{1} << (other % 64);
  };
  const Event& event = events_[index];
  join(event.previous);
  for (const EventIndex cause : event.causes) join(cause);
  for (const EventIndex other : conflicts_) join(other);
}

// The same.
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
  for (const EventIndex other : conflicts_) follow(other);
  return stirred(hash ^ stirred(before));
}

std::uint64_t Execution::fingerprint() const {
  return std::accumulate(hashes_.begin(), hashes_.begin() + static_cast<std::ptrdiff_t>(size_),
                         std::uint64_t{0});
}

// ---- what could have gone the other way ----

// All that had to come before `later` only because of what depends on what, in order: `later` could
// have come without them. The others are in the past of what its own process did before, or of what
// made it possible.
template <class Visit>
void Execution::each_of_others_before(EventIndex later, Visit visit) const {
  const Event& event = events_[later];
  const auto word_of = [this](EventIndex index, std::size_t word) {
    if (index == kNoEvent) return std::uint64_t{0};
    const std::uint64_t itself = index / 64 == word ? std::uint64_t{1} << (index % 64) : 0;
    return past_word(index, word) | itself;
  };
  for (std::size_t word = 0; word <= later / 64; ++word) {
    std::uint64_t left = past_word(later, word) & ~word_of(event.previous, word);
    for (const EventIndex cause : event.causes) left &= ~word_of(cause, word);
    for (; left != 0; left &= left - 1) {
      visit(static_cast<EventIndex>(64 * word + static_cast<unsigned>(std::countr_zero(left))));
    }
  }
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
  if (event.barrier) return;
  std::vector<EventIndex> rivals;
  each_of_others_before(second, [&](EventIndex first) {
    const Event& other = events_[first];
    if (other.barrier || !dependent(other.accesses, event.accesses)) return;
    if (can_come_before(second, first)) rivals.push_back(first);
  });
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
