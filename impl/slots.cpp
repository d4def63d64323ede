#include "impl/slots.hpp"

#include <algorithm>
#include <utility>

namespace poolproof {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// ---- taking ----

OwnedSlot Slots::take(Waiter& waiter) {
  if (waiter.place != Waiter::Place::queued) return nullptr;
  if (waiter.notified) {
    waiter.notified = false;
    --notified_;
  }
  const auto place = std::find(waiters_.begin(), waiters_.end(), &waiter);
  OwnedSlot slot;
  if (available() > impatient_among(static_cast<std::size_t>(place - waiters_.begin()))) {
    slot = take_available();
    ++taken_;
    waiters_.erase(place);
    waiter.place = Waiter::Place::none;
  }
  // If he goes without, those he gives way to are told in his place: never he himself again, since
  // they are at least as many as there is something for.
  notify();
  assert_laws();
  return slot;
}

OwnedSlot Slots::take_first_of(std::thread::id owner) {
  bool found = false;
  SlotQueue first = idle_.extract(
      [&](const Slot& slot) { return !found && slot.owner == owner && (found = true); });
  return found ? first.pop_front() : nullptr;
}

OwnedSlot Slots::take_own(std::thread::id thread) {
  if (!waiters_.empty() && !has_some_for_a_newcomer()) return nullptr;
  OwnedSlot slot = take_first_of(thread);
  if (!slot) slot = take_first_of({});
  if (!slot && !closed_ && total_ < limits_.capacity) slot = fresh();
  if (!slot) slot = take_available();
  if (slot) ++taken_;
  assert_laws();
  return slot;
}

OwnedSlot Slots::take_to_open(std::size_t count) {
  const std::size_t open = open_and_idle();
  if (closed_ || !waiters_.empty() || open >= count) return nullptr;
  OwnedSlot slot;
  if (open < idle_.size()) {
    bool found = false;
    slot = idle_
               .extract([&](const Slot& each) {
                 return !found && !each.connection.is_open() && (found = true);
               })
               .pop_front();
  } else if (total_ < std::min(limits_.idle, limits_.capacity)) {
    slot = fresh();
  }
  assert_laws();
  return slot;
}

std::size_t Slots::open_and_idle() {
  std::size_t open = 0;
  (void)idle_.extract([&](const Slot& slot) {
    open += slot.connection.is_open() ? 1 : 0;
    return false;
  });
  return open;
}

void Slots::join(Waiter& waiter) {
  POOL_ASSERT(waiter.place == Waiter::Place::none, status());
  // WAKE: nobody waits for what he may take.
  POOL_ASSERT(available() <= impatient_among(waiters_.size()), status());
  waiter.place = Waiter::Place::queued;
  waiters_.push_back(&waiter);
  notify();
  assert_laws();
}

void Slots::leave(Waiter& waiter) {
  if (waiter.place != Waiter::Place::queued) return;
  if (waiter.notified) --notified_;
  waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &waiter));
  waiter.place = Waiter::Place::sent_off;
  waiter.told.notify_one();
  notify();
  assert_laws();
}

// nullptr: there is no room for one more.
OwnedSlot Slots::take_available() {
  if (!idle_.empty()) return idle_.pop_front();
  if (closed_ || total_ == limits_.capacity) return nullptr;
  return fresh();
}

OwnedSlot Slots::fresh() {
  OwnedSlot slot(new Slot);
  slot->number = made_++;
  ++total_;
  return slot;
}

// ---- giving back ----

void Slots::vanish(OwnedSlot& slot) {
  POOL_ASSERT(!slot->connection.is_open(), status());  // CAP: free only once closed
  POOL_ASSERT(total_ > idle_.size(), status());        // LEAK: free only once
  if (first_is_impatient()) {
    slot->origin = Slot::Origin::fresh;  // one vanishes, one is made: the same object will do
    serve_first(std::move(slot));
  } else {
    --total_;
    notify();
  }
  assert_laws();
}

void Slots::detach(OwnedSlot& slot) {
  ++detached_;
  give_back(slot);
}

void Slots::give_to_waiters(OwnedSlot& slot, bool stays) {
  if (slot->origin != Slot::Origin::pooled) {
    vanish(slot);
  } else if (!stays || first_is_impatient()) {
    serve_first(std::move(slot));
  } else {
    keep(std::move(slot));
    notify();
  }
}

void Slots::serve_first(OwnedSlot slot) {
  Waiter& first = *waiters_.front();
  waiters_.pop_front();
  if (first.notified) --notified_;
  first.place = Waiter::Place::served;
  first.granted = std::move(slot);
  ++taken_;
  first.told.notify_one();
  notify();  // if he had been told of another slot, that is for somebody else now
}

// Tells as many waiters as there is something for to look. Each change that leaves something lying,
// and each that takes a notified waiter away, must end here, or somebody sleeps beside it.
void Slots::notify() {
  const std::size_t needed = std::min(waiters_.size(), available());
  for (Waiter* const waiter : waiters_) {
    if (notified_ >= needed) return;
    if (waiter->notified) continue;
    waiter->notified = true;
    ++notified_;
    waiter->told.notify_one();
  }
}

// ---- ending ----

SlotQueue Slots::take_idle() { return std::move(idle_); }

void Slots::close() {
  closed_ = true;
  while (!waiters_.empty()) leave(*waiters_.front());
}

// ---- who may take ----

// They are a front part of the queue, for each has waited longer than those behind him. The clock
// is read only where it matters.
std::size_t Slots::impatient_among(std::size_t first_waiters) const {
  if (limits_.patience == nanoseconds::zero()) return first_waiters;
  if (first_waiters == 0) return 0;
  const auto now = steady_clock::now();
  const auto begin = waiters_.begin();
  const auto first_patient =
      std::find_if(begin, begin + static_cast<std::ptrdiff_t>(first_waiters),
                   [&](const Waiter* each) { return now - each->since < limits_.patience; });
  return static_cast<std::size_t>(first_patient - begin);
}

bool Slots::has_some_for_a_newcomer() const {
  return available() > impatient_among(waiters_.size());
}

bool Slots::first_is_impatient() const { return !waiters_.empty() && impatient_among(1) == 1; }

PoolStatus Slots::status() const {
  return {.size = total_,
          .idle = idle_.size(),
          .checked_out = total_ - idle_.size(),
          .overflow = total_ > limits_.idle ? total_ - limits_.idle : 0,
          .waiting = waiters_.size(),
          .detached = detached_};
}

}  // namespace poolproof
