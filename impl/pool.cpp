// Who holds the lock when. Slots decides under it; all that can take time happens here, outside
// of it. A failure of any kind ends in the same place as a return: give_back().
#include <poolproof/pool.hpp>

#include <cstdio>
#include <utility>

#include "impl/assert.hpp"
#include "impl/slots.hpp"

namespace poolproof {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

Slots::Limits limits_of(const PoolOptions& options) {
  if (options.pool_size == 0) return {.idle = Slots::kUnlimited, .capacity = Slots::kUnlimited};
  const auto kept = static_cast<std::size_t>(options.pool_size);
  if (options.max_overflow == -1) return {.idle = kept, .capacity = Slots::kUnlimited};
  return {.idle = kept, .capacity = kept + static_cast<std::size_t>(options.max_overflow)};
}

AcquireError exhausted(nanoseconds timeout, const PoolStatus& status) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", std::chrono::duration<double>(timeout).count());
  return {AcquireError::Kind::timeout, std::string("no connection became free within ") + seconds +
                                           " s (" + to_string(status) + ")"};
}

AcquireError not_connected(ConnectError error) {
  const bool timed_out = error.kind == ConnectError::Kind::timed_out;
  return {timed_out ? AcquireError::Kind::timeout : AcquireError::Kind::connect_failed,
          std::move(error.message)};
}

}  // namespace

Pool::Pool(PoolOptions options)
    : options_(std::move(options)), slots_(std::make_unique<Slots>(limits_of(options_))) {
  POOL_ASSERT(!problem(options_), *problem(options_));
}

Pool::~Pool() {
  const PoolStatus last = status();
  POOL_ASSERT(last.checked_out == 0 && last.waiting == 0, last);  // LEAK, LIFE
}

Result<Lease, AcquireError> Pool::acquire() { return acquire(options_.timeout); }

// The deadline counts from the call, yet the clock is read only by those who need it: reading it
// costs as much as the rest of the fast path. That is sound, because until then a caller has done
// nothing but take the lock, and nobody blocks while holding it: the deadline is never too early
// (EARLY), and too late only by what the lock took. Read under the lock, equal timeouts also expire
// in the order of the queue.
Result<Lease, AcquireError> Pool::acquire(std::optional<nanoseconds> timeout) {
  std::unique_lock lock(mutex_);
  OwnedSlot slot = slots_->take();
  if (!slot) return acquire_in_turn(std::move(lock), timeout);
  lock.unlock();
  if (slot->connection.is_open() && !options_.recycle) return Lease(*this, std::move(slot));
  return ready(Lease(*this, std::move(slot)), deadline_after(timeout));
}

PoolStatus Pool::status() const {
  const std::lock_guard lock(mutex_);
  return slots_->status();
}

// The rest of an acquire that found nothing to take.
Result<Lease, AcquireError> Pool::acquire_in_turn(std::unique_lock<std::mutex> lock,
                                                  std::optional<nanoseconds> timeout) {
  const Deadline deadline = deadline_after(timeout);
  const bool willing_to_wait = !timeout || *timeout > nanoseconds::zero();
  OwnedSlot slot = willing_to_wait ? wait_in_line(lock, deadline) : nullptr;
  const PoolStatus last = slots_->status();
  lock.unlock();
  if (!slot) return Unexpected(exhausted(*timeout, last));
  return ready(Lease(*this, std::move(slot)), deadline);
}

// Waits for a slot; nullptr at the deadline. The lock is held on entry and on return.
OwnedSlot Pool::wait_in_line(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  Waiter self;
  slots_->join(self);
  while (!self.granted) {
    if (!deadline) {
      self.served.wait(lock);
      continue;
    }
    const bool expired = self.served.wait_until(lock, *deadline) == std::cv_status::timeout;
    // A slot granted before we had the lock again is ours, however late we are: whoever granted it
    // has forgotten it.
    if (expired && !self.granted) {
      slots_->leave(self);
      return nullptr;
    }
  }
  return std::move(self.granted);
}

// Gives the lease a connection if it has none, or one that is too old. If that fails the lease ends
// here, and ending is what gives its slot back.
Result<Lease, AcquireError> Pool::ready(Lease lease, Deadline deadline) {
  Slot& slot = lease.slot();
  if (slot.connection.is_open() && options_.recycle &&
      steady_clock::now() - slot.born > *options_.recycle) {
    slot.connection.close();
  }
  if (slot.connection.is_open()) return lease;

  slot.born = steady_clock::now();  // before the connect: an age includes the time that took
  auto connection = Connection::connect(options_.conninfo, deadline);
  if (!connection) return Unexpected(not_connected(std::move(connection).error()));
  slot.connection = *std::move(connection);
  slot.origin = Slot::Origin::pooled;
  return lease;
}

void Pool::give_back(OwnedSlot&& slot) {
  if (!slot->connection.clean()) clean_or_close(slot->connection);
  {
    const std::lock_guard lock(mutex_);
    slots_->give_back(slot);
  }
  if (slot) close_surplus(std::move(slot));
}

void Pool::clean_or_close(Connection& connection) {
  if (!connection.is_open()) return;
  if (!connection.reset(deadline_after(options_.timeout))) connection.close();
}

// Closes first, and only then frees the slot: in the other order a newcomer could connect while
// this connection still counts on the server (CAP). Whoever comes in between waits, and vanish()
// serves him.
void Pool::close_surplus(OwnedSlot slot) {
  slot->connection.close();
  const std::lock_guard lock(mutex_);
  slots_->vanish(std::move(slot));
}

}  // namespace poolproof
