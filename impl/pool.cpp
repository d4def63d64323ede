// Who holds the lock when. Slots decides under it; all that can take time, and every hook, is
// outside of it, in Sessions. A failure of any kind ends in the same place as a return: put_back().
#include <poolproof/pool.hpp>

#include <cstdio>
#include <utility>

#include "impl/assert.hpp"
#include "impl/lendings.hpp"
#include "impl/process.hpp"
#include "impl/sessions.hpp"
#include "impl/slots.hpp"

namespace poolproof {

// What one acquire was asked for.
struct Pool::Request {
  Deadline deadline;
  bool may_wait;
  std::optional<std::chrono::nanoseconds> timeout;  // if it was given as one
  const std::stop_token& stop;
};

namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

const std::stop_token nobody_stops;

Slots::Limits limits_of(const PoolOptions& options) {
  Slots::Limits limits{.idle = Slots::kUnlimited,
                       .capacity = Slots::kUnlimited,
                       .use_lifo = options.use_lifo,
                       .patience = options.patience};
  switch (options.pool_class) {
    case PoolClass::queue_pool: break;
    case PoolClass::null_pool: limits.idle = 0; return limits;
    case PoolClass::static_pool:
    case PoolClass::assertion_pool: limits.idle = limits.capacity = 1; return limits;
    case PoolClass::singleton_thread_pool:
      limits.use_lifo = false;  // else the one used last would be taken from its thread first
      if (options.pool_size == 0) return limits;
      limits.idle = limits.capacity = static_cast<std::size_t>(options.pool_size);
      return limits;
  }
  if (options.pool_size == 0) return limits;
  limits.idle = static_cast<std::size_t>(options.pool_size);
  if (options.max_overflow == -1) return limits;
  limits.capacity = limits.idle + static_cast<std::size_t>(options.max_overflow);
  return limits;
}

bool waits(std::optional<nanoseconds> timeout) {
  return !timeout || *timeout > nanoseconds::zero();
}

AcquireError exhausted(std::optional<nanoseconds> timeout, const PoolStatus& status) {
  std::string when = "by the deadline";
  if (timeout) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", std::chrono::duration<double>(*timeout).count());
    when = std::string("within ") + seconds + " s";
  }
  return {AcquireError::Kind::timeout,
          "no connection became free " + when + " (" + to_string(status) + ")", nullptr, status};
}

bool is_owned_by_another(const Slot& slot) {
  return slot.owner != std::thread::id() && slot.owner != std::this_thread::get_id();
}

// In a pool in which each thread has its own: what was another's is closed, and one made for this.
void claim(Slot& slot) {
  if (is_owned_by_another(slot)) slot.generation = kRetired;
  slot.owner = std::this_thread::get_id();
}

ProcessId process_watched() {
  process::watch_forks();
  return process::id();
}

}  // namespace

Pool::Pool(PoolOptions options)
    : sessions_(std::make_unique<Sessions>(std::move(options))),
      slots_(std::make_unique<Slots>(limits_of(sessions_->options()))),
      lendings_(std::make_unique<Lendings>(sessions_->options())),
      made_in_(process_watched()),
      plain_in_(lendings_->tracked || lendings_->shared ? 0 : made_in_) {
  const auto wrong = problem(sessions_->options());
  POOL_ASSERT(!wrong, *wrong);
}

Pool::~Pool() {
  if (is_inherited()) {
    // Locks in it may be held by threads that this process does not have.
    (void)sessions_.release();
    (void)slots_.release();
    (void)lendings_.release();
    return;
  }
  const PoolStatus last = status();
  POOL_ASSERT(last.checked_out == 0 && last.waiting == 0 && last.detached == 0,
              last);  // LEAK, LIFE
  close();
}

std::unique_ptr<Pool> Pool::recreate() const {
  return std::make_unique<Pool>(sessions_->options());
}

const PoolOptions& Pool::options() const { return sessions_->options(); }

// ---- acquire ----

// A timeout of 0 is about waiting for others: no connect takes no time.
Deadline Pool::deadline_of(std::optional<nanoseconds> timeout) const {
  return deadline_after(waits(timeout) ? timeout : sessions_->own_limit());
}

// The deadline counts from the call, yet the clock is read only by those who need it: reading it
// costs as much as the rest of the fast path. That is sound, because until then a caller has done
// nothing but take the lock, and nobody blocks while holding it: the deadline is never too early
// (EARLY), and too late only by what the lock took. Read under the lock, equal timeouts also expire
// in the order of the queue.
//
// For the same reason the timeout is asked for where it is needed.
template <class Timeout>
[[gnu::always_inline]] inline Pool::Acquired Pool::acquire_within(const Timeout& timeout,
                                                                  Place place) {
  if (plain_in_ != process::id()) {
    return acquire_specially({deadline_of(timeout()), waits(timeout()), timeout(), nobody_stops},
                             place);
  }
  std::unique_lock lock(mutex_);
  OwnedSlot slot = slots_->take();
  if (!slot) return acquire_in_turn(std::move(lock), timeout());
  lock.unlock();
  if (sessions_->is_ready(*slot)) return Lease(*this, std::move(slot));
  return prepared(Lease(*this, std::move(slot)), deadline_of(timeout()), nobody_stops);
}

Pool::Acquired Pool::acquire(Place place) {
  return acquire_within([this] { return sessions_->options().timeout; }, place);
}

Pool::Acquired Pool::acquire(std::optional<nanoseconds> timeout, Place place) {
  return acquire_within([timeout] { return timeout; }, place);
}

Pool::Acquired Pool::acquire_in_turn(std::unique_lock<std::mutex> lock,
                                     std::optional<nanoseconds> timeout) {
  Waiter self;
  return acquire_in_turn(std::move(lock),
                         {deadline_of(timeout), waits(timeout), timeout, nobody_stops}, self);
}

Pool::Acquired Pool::acquire(std::optional<nanoseconds> timeout, const std::stop_token& stop,
                             Place place) {
  if (!stop.stop_possible()) return acquire(timeout, place);
  return acquire_specially({deadline_of(timeout), waits(timeout), timeout, stop}, place);
}

Pool::Acquired Pool::acquire_until(steady_clock::time_point deadline, const std::stop_token& stop,
                                   Place place) {
  return acquire_specially({deadline, deadline > steady_clock::now(), std::nullopt, stop}, place);
}

// All that the fast path leaves out.
Pool::Acquired Pool::acquire_specially(const Request& request, Place place) {
  if (is_inherited()) {
    return Unexpected(AcquireError{AcquireError::Kind::inherited,
                                   "this process is a fork of the one that made the pool; make "
                                   "another pool in it"});
  }
  if (lendings_->shared) {
    if (OwnedSlot share = lendings_->loans.again()) {
      Lease lease(*this, std::move(share));
      if (lease.slot().connection.is_open()) return lease;
      auto error = sessions_->prepare(lease.slot(), request.deadline, request.stop);
      if (!error) return lease;
      return failed(*std::move(error));
    }
  }
  auto acquired = acquire_unless_stopped(request);
  if (!acquired) return acquired;
  OwnedSlot& slot = acquired->slot_;
  if (lendings_->tracked) lendings_->holders.note(*slot, place);
  if (lendings_->shared) slot = lendings_->loans.begin(std::move(slot));
  return acquired;
}

// Whoever requests the stop takes the caller out of the queue himself: that is what "at once" means
// for the counters, and for those behind. He takes the lock for it, so it is not held where
// `called_off` begins and ends.
Pool::Acquired Pool::acquire_unless_stopped(const Request& request) {
  Waiter self;
  const std::stop_callback called_off(request.stop, [this, &self] {
    const std::lock_guard lock(mutex_);
    slots_->leave(self);
  });
  if (request.stop.stop_requested()) {
    return failed({AcquireError::Kind::cancelled, "the acquire was called off"});
  }
  std::unique_lock lock(mutex_);
  OwnedSlot slot =
      lendings_->by_thread ? slots_->take_own(std::this_thread::get_id()) : slots_->take();
  if (!slot) return acquire_in_turn(std::move(lock), request, self);
  lock.unlock();
  return prepared(Lease(*this, std::move(slot)), request.deadline, request.stop);
}

// The rest of an acquire that found nothing to take.
Pool::Acquired Pool::acquire_in_turn(std::unique_lock<std::mutex> lock, const Request& request,
                                     Waiter& self) {
  OwnedSlot slot;
  // A stop that is not seen here finds the caller in the queue: it needs the lock that we hold.
  const bool waits = request.may_wait && !slots_->closed() && !request.stop.stop_requested() &&
                     options().pool_class != PoolClass::assertion_pool;
  if (waits) {
    const auto since = steady_clock::now();
    slot = wait_in_line(lock, request.deadline, self);
    lendings_->waits.add(steady_clock::now() - since);
  }
  const PoolStatus last = slots_->status();
  const AcquireError::Kind kind = why_refused(request);
  if (!slot) lendings_->count(kind);
  lock.unlock();
  if (slot) return prepared(Lease(*this, std::move(slot)), request.deadline, request.stop);
  return Unexpected(refusal(kind, request, last));
}

// An acquire that ends without a lease is counted. Requires that the lock is not held.
Unexpected<AcquireError> Pool::failed(AcquireError error) const {
  {
    const std::lock_guard lock(mutex_);
    lendings_->count(error.kind);
  }
  return Unexpected(std::move(error));
}

// Why there was nothing to take. Under the lock.
AcquireError::Kind Pool::why_refused(const Request& request) const {
  using Kind = AcquireError::Kind;
  if (slots_->closed()) return Kind::closed;
  if (request.stop.stop_requested()) return Kind::cancelled;
  return options().pool_class == PoolClass::assertion_pool ? Kind::in_use : Kind::timeout;
}

AcquireError Pool::refusal(AcquireError::Kind kind, const Request& request,
                           const PoolStatus& last) const {
  using Kind = AcquireError::Kind;
  if (kind == Kind::closed) return {kind, "the pool is closed", nullptr, last};
  if (kind == Kind::cancelled) {
    return {kind, "the acquire was called off while it was waiting", nullptr, last};
  }
  if (kind == Kind::timeout) return exhausted(request.timeout, last);
  const auto held = held_longer_than(nanoseconds(-1));
  return {kind,
          "the one connection of an AssertionPool is in use: " +
              (held.empty() ? "it is on its way" : to_string(held.front())),
          nullptr, last};
}

// Waits for a slot; nullptr at the deadline, or if sent off. The lock is held on entry and return.
OwnedSlot Pool::wait_in_line(std::unique_lock<std::mutex>& lock, Deadline deadline, Waiter& self) {
  if (sessions_->options().patience > nanoseconds::zero()) self.since = steady_clock::now();
  slots_->join(self);
  bool expired = false;
  // A slot granted before we had the lock again is ours, however late we are: whoever granted it
  // has forgotten it.
  while (self.place == Waiter::Place::queued) {
    if (expired) {
      // What can be had without connecting or pinging is better than a time-out.
      const Slot* const next = slots_->next_idle();
      const bool at_once = next && sessions_->takes_no_time(*next) && !is_owned_by_another(*next);
      OwnedSlot slot = at_once ? slots_->take(self) : nullptr;
      if (!slot) slots_->leave(self);
      return slot;
    }
    if (self.notified) {
      if (OwnedSlot slot = slots_->take(self)) return slot;
    } else if (deadline) {
      expired = self.told.wait_until(lock, *deadline) == std::cv_status::timeout;
    } else {
      self.told.wait(lock);
    }
  }
  return std::move(self.granted);
}

// What the lease holds is made fit to be one; or its slot goes back.
Pool::Acquired Pool::prepared(Lease lease, Deadline deadline, const std::stop_token& stop) {
  if (lendings_->by_thread) claim(lease.slot());
  auto error = sessions_->prepare(lease.slot(), deadline, stop);
  if (!error) return lease;
  {
    const std::lock_guard lock(mutex_);
    ++lendings_->unprepared;
    lendings_->count(error->kind);
    error->status = slots_->status();
    slots_->give_back(lease.slot_);
    if (lease.slot_) tell_drain();
  }
  if (lease.slot_) discard(std::move(lease.slot_));
  if (error->kind == AcquireError::Kind::timeout) {
    error->message += " (" + to_string(error->status) + ")";
  }
  return Unexpected(*std::move(error));
}

// ---- what a lease asks for ----

void Pool::invalidate(Slot& slot, Invalidation how, const std::exception_ptr& reason) {
  if (how == Invalidation::generation) sessions_->retire_all();
  if (how == Invalidation::soft) {
    sessions_->retire(slot, reason);
  } else {
    sessions_->close_broken(slot, reason);
  }
}

// The lease keeps a slot that is none of the pool's, with all that belongs to the connection: taken
// out before the pool's slot goes back, or its next user could find it there.
void Pool::detach(OwnedSlot& slot) {
  OwnedSlot left(new Slot);
  left->connection = std::move(slot->connection);
  left->cancelling = std::move(slot->cancelling);
  left->info = std::move(slot->info);
  left->held = std::move(slot->held);
  left->origin = Slot::Origin::detached;
  left->number = slot->number;
  left.swap(slot);
  {
    const std::lock_guard lock(mutex_);
    slots_->detach(left);
  }
  sessions_->announce_detached(*slot);
}

void Pool::give_back(OwnedSlot&& slot) {
  if (!sessions_->needs_nothing(*slot)) {
    if (is_inherited()) {
      (void)slot.release();  // the parent's, with all that it holds
      return;
    }
    if (slot->origin == Slot::Origin::shared) {
      lendings_->loans.end(slot);
      if (!slot) return;
    }
    if (slot->held) lendings_->holders.forget(*slot);
    if (slot->origin == Slot::Origin::detached) return end_detached(std::move(slot));
    sessions_->check_in(*slot);
  }
  put_back(slot);
}

void Pool::end_detached(OwnedSlot slot) {
  sessions_->end_detached(*slot);
  const std::lock_guard lock(mutex_);
  slots_->detached_ends();
  tell_drain();
}

// By reference, and yet it leaves nothing in `slot`: a move less is a nanosecond.
void Pool::put_back(OwnedSlot& slot) {
  {
    const std::lock_guard lock(mutex_);
    slots_->give_back(slot);
    if (slot) tell_drain();
  }
  if (slot) discard(std::move(slot));
}

// Under the lock, and in the same locked section as the last change: after it whoever drains the
// pool may destroy it.
void Pool::tell_drain() {
  if (lendings_->draining && slots_->is_empty()) lendings_->all_back.notify_all();
}

// What slots_ has not kept: surplus, or what is left of a slot that has vanished.
void Pool::discard(OwnedSlot slot) {
  if (slot->connection.is_open()) close_and_free(std::move(slot));
}

// Closes first, and only then frees the slot: in the other order a newcomer could connect while
// this connection still counts on the server (CAP). Whoever comes in between waits, and vanish()
// serves him.
void Pool::close_and_free(OwnedSlot slot) {
  sessions_->close(*slot);
  const std::lock_guard lock(mutex_);
  slots_->vanish(slot);
  tell_drain();
}

}  // namespace poolproof
