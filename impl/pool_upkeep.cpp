// What is done to a pool as a whole, and what it tells of itself. Who holds the lock when:
// pool.cpp.
#include <utility>

#include <poolproof/pool.hpp>

#include "impl/lendings.hpp"
#include "impl/process.hpp"
#include "impl/sessions.hpp"
#include "impl/slots.hpp"

namespace poolproof {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

bool Pool::is_inherited() const { return process::id() != made_in_; }

PoolStatus Pool::status() const {
  if (is_inherited()) return {};
  const std::lock_guard lock(mutex_);
  return slots_->status();
}

PoolMetrics Pool::metrics() const {
  PoolMetrics result;
  if (is_inherited()) return result;
  const Figures& figures = sessions_->figures();
  result.connects = figures.sum(&Figures::Part::connects);
  result.failed_connects = figures.sum(&Figures::Part::failed_connects);
  result.closes = figures.sum(&Figures::Part::closes);
  result.broken = figures.sum(&Figures::Part::broken);
  const std::lock_guard lock(mutex_);
  result.errors = lendings_->errors;
  result.status = slots_->status();
  result.leases = slots_->taken() - lendings_->unprepared;
  result.waits = lendings_->waits.count;
  result.waited = lendings_->waits.total;
  result.waits_in = lendings_->waits.in;
  return result;
}

std::vector<HeldLease> Pool::held_longer_than(nanoseconds limit) const {
  if (is_inherited()) return {};
  return lendings_->holders.longer_than(limit);
}

// ---- ends ----

void Pool::dispose() {
  if (is_inherited()) return;
  std::unique_lock lock(mutex_);
  sessions_->retire_all();
  SlotQueue idle = slots_->take_idle();
  lock.unlock();
  while (!idle.empty()) close_and_free(idle.pop_front());
}

// All at once: whoever is told so because he was connecting finds nothing idle any more.
void Pool::close() {
  if (is_inherited()) return;
  std::unique_lock lock(mutex_);
  sessions_->shut();
  slots_->close();
  SlotQueue idle = slots_->take_idle();
  lock.unlock();
  while (!idle.empty()) close_and_free(idle.pop_front());
}

bool Pool::drain(std::optional<nanoseconds> timeout) {
  const Deadline deadline = deadline_after(timeout);  // from the call on, before anything else
  if (is_inherited()) return true;
  close();
  std::unique_lock lock(mutex_);
  lendings_->draining = true;
  const auto all_back = [this] { return slots_->is_empty(); };
  if (deadline) return lendings_->all_back.wait_until(lock, *deadline, all_back);
  lendings_->all_back.wait(lock, all_back);
  return true;
}

// ---- between leases ----

std::optional<AcquireError> Pool::warm_up(std::size_t count, std::optional<nanoseconds> timeout) {
  if (is_inherited()) return std::nullopt;
  const Deadline deadline = deadline_of(timeout);
  while (true) {
    std::unique_lock lock(mutex_);
    OwnedSlot slot = slots_->take_to_open(count);
    lock.unlock();
    if (!slot) return std::nullopt;
    auto error = sessions_->open(*slot, deadline);
    put_back(slot);
    if (error) return error;
  }
}

// Those that are idle longest are closed first: they come first, or, with use_lifo, are all over
// the limit as soon as one is that lies before them.
void Pool::maintain() {
  if (is_inherited()) return;
  const auto min_idle = static_cast<std::size_t>(options().min_idle);
  const auto now = steady_clock::now();
  std::unique_lock lock(mutex_);
  const std::size_t open = slots_->open_and_idle();
  std::size_t spare = open > min_idle ? open - min_idle : 0;
  SlotQueue over = slots_->take_idle([&](const Slot& slot) {
    if (!slot.connection.is_open()) return false;
    if (sessions_->is_over(slot, now)) return true;
    if (!options().idle_timeout || now - slot.idle_since <= *options().idle_timeout) return false;
    return spare > 0 && spare-- > 0;
  });
  lock.unlock();
  while (!over.empty()) close_and_free(over.pop_front());
  if (min_idle == 0) return;
  // No caller is told of it: whoever needs a connection will hear why there is none.
  (void)warm_up(min_idle, sessions_->own_limit());
}

}  // namespace poolproof
