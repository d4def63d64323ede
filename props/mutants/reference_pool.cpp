#include "props/mutants/reference_pool.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

namespace poolproof::mutants {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

std::size_t capacity_of(const poolproof_pool_config& config) {
  if (config.pool_size == 0 || config.max_overflow < 0) return kUnlimited;
  return static_cast<std::size_t>(config.pool_size) + static_cast<std::size_t>(config.max_overflow);
}

ReferencePool::Timeout limit(std::int64_t ms) {
  if (ms < 0) return std::nullopt;
  return milliseconds(ms);
}

ResetOnReturn reset_named(std::string_view name) {
  if (name == "commit") return ResetOnReturn::commit;
  if (name == "discard") return ResetOnReturn::discard;
  return name == "none" ? ResetOnReturn::none : ResetOnReturn::rollback;
}

// The time that a connect or ping of an acquire has that does not wait.
constexpr std::chrono::seconds kConnectLimit(30);

bool is_zero(ReferencePool::Timeout timeout) { return timeout == std::chrono::nanoseconds::zero(); }

}  // namespace

ReferencePool::ReferencePool(const poolproof_pool_config& config, Defect defect)
    : conninfo_(config.conninfo),
      idle_limit_(config.pool_size == 0 ? kUnlimited : static_cast<std::size_t>(config.pool_size)),
      capacity_(capacity_of(config)),
      timeout_(limit(config.timeout_ms)),
      recycle_(limit(config.recycle_ms)),
      use_lifo_(config.lifo != 0),
      pre_ping_(config.pre_ping != 0),
      reset_(reset_named(config.reset_on_return)),
      defect_(defect) {}

ReferencePool::~ReferencePool() {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): a leak on purpose
  if (has(Defect::connections_left_open)) new std::deque<SlotPtr>(std::move(idle_));
}

// ---- the way out ----

int ReferencePool::acquire(Timeout timeout, SlotPtr& slot) {
  if (has(Defect::timeout_in_wrong_unit) && timeout) *timeout /= 1000;
  const bool waits = !is_zero(timeout);
  if (!waits) timeout = is_zero(timeout_) ? kConnectLimit : timeout_;
  Deadline deadline = deadline_after(timeout);
  std::unique_lock lock(mutex_);
  if (closed_ && !has(Defect::closed_pool_lends)) return POOLPROOF_CLOSED;
  if (waiters_.empty() && !idle_.empty()) {
    slot = take_idle();
  } else if (waiters_.empty() && total_ < capacity_) {
    slot = std::make_shared<Slot>();
    slot->counted = !has(Defect::counted_after_connecting);
    if (slot->counted) ++total_;
  } else {
    if (waits) slot = wait(lock, deadline);
    if (slot == nullptr) {
      if (closed_) return POOLPROOF_CLOSED;
      if (has(Defect::lock_kept_on_timeout)) lock.release();
      return POOLPROOF_TIMEOUT;
    }
    if (has(Defect::deadline_rearmed)) deadline = deadline_after(timeout);
  }
  lock.unlock();
  return prepare(slot, deadline);
}

ReferencePool::SlotPtr ReferencePool::take_idle() {
  const auto next = use_lifo_ ? idle_.end() - 1 : idle_.begin();
  SlotPtr slot = std::move(*next);
  idle_.erase(next);
  return slot;
}

// nullptr at the deadline, or when the pool is closed.
ReferencePool::SlotPtr ReferencePool::wait(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  Waiter self;
  waiters_.push_back(&self);
  while (self.slot == nullptr && !self.sent_off) {
    const auto status = deadline ? self.served.wait_until(lock, *deadline)
                                 : (self.served.wait(lock), std::cv_status::no_timeout);
    if (status == std::cv_status::no_timeout) continue;
    if (self.slot == nullptr) std::erase(waiters_, &self);
    if (self.slot == nullptr || has(Defect::grant_lost_at_deadline)) return nullptr;
  }
  return self.slot;
}

bool ReferencePool::must_be_replaced(const Slot& slot) const {
  if (slot.generation != generation_) return true;
  return recycle_ && !has(Defect::recycle_forgotten) &&
         std::chrono::steady_clock::now() - slot.born > *recycle_;
}

int ReferencePool::prepare(SlotPtr& slot, Deadline deadline) {
  Connection& connection = slot->connection;
  if (must_be_replaced(*slot)) connection.close();
  if (connection.is_open() && pre_ping_ && !has(Defect::ping_forgotten)) {
    const auto ping = connection.ping(has(Defect::ping_without_deadline) ? std::nullopt : deadline);
    const bool dead = ping != Connection::Ping::alive && !has(Defect::ping_not_heeded);
    if (dead || must_be_replaced(*slot)) connection.close();
    if (ping == Connection::Ping::timed_out) {
      release(std::exchange(slot, nullptr));
      return POOLPROOF_TIMEOUT;
    }
  }
  return connection.is_open() ? POOLPROOF_OK : connect(slot, deadline);
}

int ReferencePool::connect(SlotPtr& slot, Deadline deadline) {
  slot->born = std::chrono::steady_clock::now();
  slot->generation = generation_;
  auto connection = Connection::connect(conninfo_, deadline);
  if (connection && slot->generation != generation_) {
    *connection = Connection();
    return connect(slot, deadline);
  }
  if (connection) return connected(slot, *std::move(connection));
  const std::lock_guard lock(mutex_);
  if (slot->counted) free_one(!has(Defect::failed_connect_wakes_nobody));
  slot.reset();
  return connection.error().kind == ConnectError::Kind::timed_out ? POOLPROOF_TIMEOUT
                                                                  : POOLPROOF_CONNECT_FAILED;
}

int ReferencePool::connected(SlotPtr& slot, Connection connection) {
  slot->connection = std::move(connection);
  std::unique_lock lock(mutex_);
  if (!std::exchange(slot->counted, true)) ++total_;
  if (!closed_ || has(Defect::closed_pool_lends)) return POOLPROOF_OK;
  lock.unlock();
  slot->connection.close();  // nothing to reset, and no time for it
  release(std::exchange(slot, nullptr));
  return POOLPROOF_CLOSED;
}

// ---- the way back ----

bool ReferencePool::fit_to_keep(Connection& connection) const {
  if (has(Defect::reset_forgotten)) return connection.usable();
  if (has(Defect::dead_is_pooled) && !connection.usable()) return true;
  const auto transaction = PQtransactionStatus(connection.native());
  if (has(Defect::failed_transaction_not_reset) && transaction == PQTRANS_INERROR) return true;
  if (transaction == PQTRANS_ACTIVE) {
    const bool busy = PQisBusy(connection.native()) != 0;
    if (has(busy ? Defect::busy_is_pooled : Defect::copy_is_pooled)) return true;
  }
  const bool discards = reset_ == ResetOnReturn::discard && !has(Defect::discard_forgotten);
  const bool in_part = discards && has(Defect::settings_discarded_only);
  const auto how = discards && !in_part               ? ResetOnReturn::discard
                   : reset_ == ResetOnReturn::discard ? ResetOnReturn::rollback
                                                      : reset_;
  if (!connection.reset(how, deadline_after(is_zero(timeout_) ? kConnectLimit : timeout_))) {
    return false;
  }
  if (in_part) PQclear(PQexec(connection.native(), "RESET ALL"));
  return true;
}

bool ReferencePool::end_cancelling(Slot& slot) const {
  const auto cancelling = std::exchange(slot.cancelling, nullptr);
  if (!cancelling) return false;
  const std::lock_guard lock(cancelling->mutex);
  cancelling->over = true;
  return cancelling->tried && !has(Defect::cancel_not_awaited);
}

void ReferencePool::release(SlotPtr slot) {
  const bool cancelled = end_cancelling(*slot);
  if (slot->connection.is_open() && (cancelled || !fit_to_keep(slot->connection))) {
    slot->connection.close();
  }
  std::unique_lock lock(mutex_);
  if (!waiters_.empty() && !has(Defect::returned_without_waking)) {
    if (has(Defect::handed_out_twice)) idle_.push_back(slot);
    grant(std::move(slot));
    return;
  }
  if (!closed_ && idle_.size() < idle_limit_) {
    idle_.push_back(std::move(slot));
    return;
  }
  if (has(Defect::freed_before_closing)) free_one(true);
  lock.unlock();
  slot->connection.close();
  if (has(Defect::freed_before_closing)) return;
  lock.lock();
  free_one(!has(Defect::closed_overflow_wakes_nobody));
}

void ReferencePool::invalidate(Slot& slot) const {
  if (!has(Defect::invalidated_is_pooled)) slot.connection.close();
}

std::shared_ptr<ReferencePool::Cancelling> ReferencePool::make_cancelling(Slot& slot) {
  slot.cancelling = std::make_shared<Cancelling>();
  slot.cancelling->key = slot.connection.cancel_key();
  return slot.cancelling;
}

void ReferencePool::cancel(const std::shared_ptr<Cancelling>& cancelling) const {
  if (cancelling->key == nullptr) return;
  {
    const std::lock_guard lock(cancelling->mutex);
    if (cancelling->over && !has(Defect::cancel_after_release)) return;
    cancelling->tried = true;
  }
  if (has(Defect::cancel_left_running)) {
    std::thread([key = cancelling->key] { (void)send_cancel(*key); }).detach();
  } else {
    (void)send_cancel(*cancelling->key);
  }
}

// ---- ends ----

void ReferencePool::dispose() {
  std::unique_lock lock(mutex_);
  if (!has(Defect::dispose_forgets_leases)) ++generation_;
  close_idle(std::move(lock));
}

void ReferencePool::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  if (!has(Defect::close_wakes_nobody)) {
    for (Waiter* const waiter : std::exchange(waiters_, {})) {
      waiter->sent_off = true;
      waiter->served.notify_one();
    }
  }
  if (!has(Defect::close_leaves_idle_open)) close_idle(std::move(lock));
}

void ReferencePool::close_idle(std::unique_lock<std::mutex> lock) {
  std::deque<SlotPtr> closing = std::exchange(idle_, {});
  lock.unlock();
  for (const SlotPtr& slot : closing) {
    slot->connection.close();
    lock.lock();
    free_one(true);
    lock.unlock();
  }
}

// Under the lock: the waiter's storage is on its own stack.
void ReferencePool::grant(SlotPtr slot) {
  const auto next = has(Defect::last_come_first_served) ? waiters_.end() - 1 : waiters_.begin();
  Waiter& first = **next;
  waiters_.erase(next);
  first.slot = std::move(slot);
  first.served.notify_one();
}

void ReferencePool::free_one(bool wake) {
  --total_;
  if (!wake || waiters_.empty()) return;
  ++total_;
  grant(std::make_shared<Slot>());
}

// ---- the adapter ----

std::string_view name(Defect defect) {
  switch (defect) {
    case Defect::none: return "none";
    case Defect::failed_connect_wakes_nobody: return "failed_connect_wakes_nobody";
    case Defect::closed_overflow_wakes_nobody: return "closed_overflow_wakes_nobody";
    case Defect::returned_without_waking: return "returned_without_waking";
    case Defect::grant_lost_at_deadline: return "grant_lost_at_deadline";
    case Defect::counted_after_connecting: return "counted_after_connecting";
    case Defect::freed_before_closing: return "freed_before_closing";
    case Defect::handed_out_twice: return "handed_out_twice";
    case Defect::timeout_in_wrong_unit: return "timeout_in_wrong_unit";
    case Defect::deadline_rearmed: return "deadline_rearmed";
    case Defect::lock_kept_on_timeout: return "lock_kept_on_timeout";
    case Defect::last_come_first_served: return "last_come_first_served";
    case Defect::recycle_forgotten: return "recycle_forgotten";
    case Defect::reset_forgotten: return "reset_forgotten";
    case Defect::connections_left_open: return "connections_left_open";
    case Defect::ping_forgotten: return "ping_forgotten";
    case Defect::discard_forgotten: return "discard_forgotten";
    case Defect::invalidated_is_pooled: return "invalidated_is_pooled";
    case Defect::dispose_forgets_leases: return "dispose_forgets_leases";
    case Defect::closed_pool_lends: return "closed_pool_lends";
    case Defect::close_wakes_nobody: return "close_wakes_nobody";
    case Defect::dead_is_pooled: return "dead_is_pooled";
    case Defect::ping_without_deadline: return "ping_without_deadline";
    case Defect::ping_not_heeded: return "ping_not_heeded";
    case Defect::failed_transaction_not_reset: return "failed_transaction_not_reset";
    case Defect::copy_is_pooled: return "copy_is_pooled";
    case Defect::busy_is_pooled: return "busy_is_pooled";
    case Defect::settings_discarded_only: return "settings_discarded_only";
    case Defect::close_leaves_idle_open: return "close_leaves_idle_open";
    case Defect::cancel_not_awaited: return "cancel_not_awaited";
    case Defect::cancel_after_release: return "cancel_after_release";
    case Defect::cancel_left_running: return "cancel_left_running";
  }
  return "?";
}

}  // namespace poolproof::mutants
