// What the tasks of a run do: the callers, their chores and remarks, and the probe in the end.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "props/check/doing.hpp"
#include "props/check/in_milliseconds.hpp"
#include "props/check/run.hpp"

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using Kind = Observation::Kind;

// Longer than any duration of a scenario, so that nothing else ends a probe's wait.
constexpr Duration kProbeTimeout = 10min;

constexpr int kMostProbed = 100;

// As long as the shorter thinks and holds, so that they tie; and shorter than a late cancel.
constexpr const char* kLongQuery = "SELECT pg_sleep(0.01)";

Outcome outcome_of(int result) {
  switch (result) {
    case POOLPROOF_OK: return Outcome::ok;
    case POOLPROOF_TIMEOUT: return Outcome::timeout;
    case POOLPROOF_CONNECT_FAILED: return Outcome::connect_failed;
    case POOLPROOF_CLOSED: return Outcome::closed;
    case POOLPROOF_CANCELLED: return Outcome::cancelled;
    case POOLPROOF_IN_USE: return Outcome::in_use;
    default: return Outcome::failed;
  }
}

}  // namespace

void Runner::root() {
  if (observes_waits_) machine_.scheduler.watch_waits();
  open_pool();
  const scenario::Scenario& scenario = result_.scenario;
  machine_.faults.allow(scenario.faults);
  troublemaker_.begin(scenario.troubles);
  for (std::size_t i = 0; i < scenario.callers.size(); ++i) {
    const auto id = static_cast<CallerId>(i);
    const world::TaskId task = machine_.scheduler.spawn([this, id] { caller(id); });
    order_.enter(task, context(Doing::caller));
    ledger_.set_task(id, task);
  }
  for (std::size_t i = 0; i < scenario.callers.size(); ++i) {
    machine_.scheduler.join(ledger_.caller(static_cast<CallerId>(i)).task);
  }

  heal();
  see({.kind = Kind::returned});
  probe_upkeep();
  probe();
  destroying_ = true;
  order_.enter(machine_.scheduler.current().id, context(Doing::destroy));
  accused_.adapter().destroy(pool_);
  destroying_ = false;
  see({.kind = Kind::destroyed});
}

void Runner::caller(CallerId id) {
  const auto& loans = result_.scenario.callers[static_cast<std::size_t>(id)];
  for (const scenario::Loan& loan : loans) {
    auto& scheduler = machine_.scheduler;
    if (loan.think != Duration::zero()) scheduler.sleep_until(scheduler.now() + loan.think);
    do_chore(id, loan);
    if (loan.errand) continue;
    void* lease = nullptr;
    const bool has_lease = loan.cancel_after && accused_.extension().acquire_cancellable
                               ? acquire_cancellable(id, loan, lease)
                               : acquire(id, loan.timeout, lease);
    if (!has_lease) continue;
    Cancelling cancelling;
    use(lease, id, loan, cancelling);
    void* second = nullptr;
    const bool late = loan.again == scenario::Again::after_remark;
    if (!late) acquire_again(second, id, loan);
    if (loan.hold != Duration::zero()) scheduler.sleep_until(scheduler.now() + loan.hold);
    remark(lease, id, loan.remark);
    if (late) acquire_again(second, id, loan);
    if (second != nullptr) {
      if (loan.again == scenario::Again::goes_first) std::swap(lease, second);
      give_one_back(lease, id);
      lease = second;
    }
    release(lease, id);
    if (cancelling.canceller != nullptr) end_cancelling(cancelling);
  }
}

void Runner::do_chore(CallerId id, const scenario::Loan& loan) {
  using scenario::Chore;
  constexpr std::uint32_t kWarm = 2;
  const poolproof_extension& extension = accused_.extension();
  void (*operation)(void*) = nullptr;
  switch (loan.chore) {
    case Chore::none: return;
    case Chore::dispose: operation = accused_.adapter().dispose; break;
    case Chore::close: operation = accused_.adapter().close; break;
    case Chore::maintain: operation = extension.maintain; break;
    case Chore::warm_up:
    case Chore::report:
    case Chore::drain: break;
  }
  const bool simple = loan.chore <= Chore::maintain;
  const bool complete = extension.warm_up && extension.held_longer_than && extension.drain;
  if (simple ? operation == nullptr : !complete) return;
  see({.kind = Kind::chore_called, .caller = id, .chore = loan.chore, .limit = loan.timeout});
  Observation returned{.kind = Kind::chore_returned, .caller = id, .chore = loan.chore};
  if (simple) operation(pool_);
  if (loan.chore == Chore::warm_up) {
    extension.warm_up(pool_, kWarm, in_milliseconds(loan.timeout));
  } else if (loan.chore == Chore::report) {
    returned.held = extension.held_longer_than(pool_, 0);
  } else if (loan.chore == Chore::drain) {
    returned.outcome = outcome_of(extension.drain(pool_, in_milliseconds(loan.timeout)));
  }
  see(returned);
}

// One more lease of the same caller. What it is worth is shown by a query.
bool Runner::acquire_again(void*& lease, CallerId id, const scenario::Loan& loan) {
  if (loan.again == scenario::Again::never) return false;
  const bool ended_otherwise = loan.use == scenario::Use::unread_answer ||
                               loan.use == scenario::Use::open_pipeline ||
                               loan.use == scenario::Use::open_copy;
  const bool detached = ledger_.caller(id).phase == Phase::detached;
  if (ended_otherwise || detached) return false;
  see({.kind = Kind::again_called, .caller = id});
  const Outcome outcome =
      outcome_of(accused_.adapter().acquire(pool_, in_milliseconds(loan.timeout), &lease));
  see({.kind = Kind::again_returned, .caller = id, .outcome = outcome});
  if (outcome != Outcome::ok) return false;
  query(lease, id, "SELECT 1");
  return true;
}

void Runner::give_one_back(void* lease, CallerId id) {
  see({.kind = Kind::back_called, .caller = id});
  accused_.adapter().release(pool_, lease);
  see({.kind = Kind::back_returned, .caller = id});
}

void Runner::remark(void* lease, CallerId id, scenario::Remark remark) {
  void (*operation)(void*, void*) = nullptr;
  switch (remark) {
    case scenario::Remark::none: break;
    case scenario::Remark::invalidate: operation = accused_.adapter().invalidate; break;
    case scenario::Remark::invalidate_softly:
      operation = accused_.extension().invalidate_softly;
      break;
    case scenario::Remark::invalidate_generation:
      operation = accused_.extension().invalidate_generation;
      break;
    case scenario::Remark::detach: operation = accused_.extension().detach; break;
  }
  if (operation == nullptr) return;
  see({.kind = Kind::remark_called, .caller = id, .remark = remark});
  operation(pool_, lease);
  see({.kind = Kind::remark_returned, .caller = id, .remark = remark});
}

// Once it need not rest any more, what must be idle is, after the pool was tended once more.
void Runner::probe_upkeep() {
  auto& scheduler = machine_.scheduler;
  if (result_.scenario.pool.connect_backoff != Duration::zero()) {
    scheduler.sleep_until(scheduler.now() + model::kMostBackoff);
  }
  if (ledger_.closed() || result_.scenario.pool.min_idle == 0) return;
  scenario::Loan errand;
  errand.chore = scenario::Chore::maintain;
  do_chore(ledger_.add_caller(scheduler.current().id), errand);
}

// In a pool that shares, one task would have one connection for all its leases.
void Runner::probe_each_in_its_task(int wanted, std::vector<std::pair<CallerId, void*>>& leases) {
  bool works = true;
  for (int i = 0; i < wanted && works; ++i) {
    std::pair<CallerId, void*> lease;
    const world::TaskId task = machine_.scheduler.spawn([this, &works, &lease] {
      works = acquire_working(machine_.scheduler.current().id, lease);
    });
    machine_.scheduler.join(task);
    if (works) leases.push_back(lease);
  }
  for (const auto& [id, lease] : leases) ledger_.set_task(id, machine_.scheduler.current().id);
}

// A closed pool must say so. Any other must give:
// All the capacity at once (much of it, if it is large), each lease with a statement so that the
// wire shows whose it is, and what it is worth; and one more, which must time out.
void Runner::probe() {
  if (ledger_.closed()) return probe_closed();
  const auto capacity = ledger_.capacity();
  const int wanted =
      std::min(capacity.value_or(static_cast<int>(result_.scenario.callers.size())), kMostProbed);
  const world::TaskId me = machine_.scheduler.current().id;
  std::vector<std::pair<CallerId, void*>> leases;
  const bool shares = model::shares(result_.scenario.pool);
  if (shares) probe_each_in_its_task(wanted, leases);
  for (int i = 0; i < wanted && !shares; ++i) {
    std::pair<CallerId, void*> lease;
    if (!acquire_working(me, lease)) break;
    leases.push_back(lease);
  }
  if (capacity == wanted && leases.size() == static_cast<std::size_t>(wanted)) {
    const CallerId id = ledger_.add_caller(me);
    void* lease = nullptr;
    if (acquire(id, 10ms, lease)) {
      leases.emplace_back(id, lease);
      query(lease, id, "SELECT 1");
    }
  }
  for (const auto& [id, lease] : leases) release(lease, id);
}

// One on a connection that is dead is given back and asked for again: a pool that does not ping may
// lend it. At most as often as the oracle lets it.
bool Runner::acquire_working(world::TaskId me, std::pair<CallerId, void*>& lease) {
  for (int left = 2 * ledger_.sessions(); left >= 0; --left) {
    const CallerId id = ledger_.add_caller(me);
    lease = {id, nullptr};
    if (!acquire(id, kProbeTimeout, lease.second)) {
      see({.kind = Kind::probe_failed, .caller = id});
      return false;
    }
    if (query(lease.second, id, "SELECT 1")) return true;
    if (ledger_.is_open(ledger_.caller(id).session)) return true;
    release(lease.second, id);
  }
  return false;
}

void Runner::probe_closed() {
  const CallerId id = ledger_.add_caller(machine_.scheduler.current().id);
  void* lease = nullptr;
  if (acquire(id, 10ms, lease)) release(lease, id);
}

bool Runner::acquire(CallerId id, std::optional<Duration> timeout, void*& lease) {
  return acquire_by(id, timeout, [&] {
    return accused_.adapter().acquire(pool_, in_milliseconds(timeout), &lease);
  });
}

// Another task calls it off when its time has come, even if it has long ended.
bool Runner::acquire_cancellable(CallerId id, const scenario::Loan& loan, void*& lease) {
  auto& scheduler = machine_.scheduler;
  const poolproof_extension& extension = accused_.extension();
  void* const token = extension.make_token();
  const Time when = scheduler.read_clock() + *loan.cancel_after;
  const world::TaskId canceller = scheduler.spawn([&, id] {
    machine_.scheduler.sleep_until(when);
    see({.kind = Kind::cancelled, .caller = id});
    extension.cancel(token);
  });
  const bool has_lease = acquire_by(id, loan.timeout, [&] {
    return extension.acquire_cancellable(pool_, in_milliseconds(loan.timeout), token, &lease);
  });
  scheduler.join(canceller);
  extension.free_token(token);
  return has_lease;
}

bool Runner::acquire_by(CallerId id, std::optional<Duration> timeout,
                        const std::function<int()>& call) {
  see({.kind = Kind::acquire_called,
       .caller = id,
       .limit = timeout ? timeout : result_.scenario.pool.timeout});
  // An event in which nothing happens: whoever is woken before may be so slow that it comes.
  auto& scheduler = machine_.scheduler;
  const auto limit = ledger_.caller(id).limit;
  const bool may_be_late = result_.scenario.late_wakers && limit && !ledger_.is_of_probe(id);
  std::optional<world::EventId> deadline;
  if (may_be_late) deadline = scheduler.at(scheduler.now() + *limit, [] {});
  const Outcome outcome = outcome_of(call());
  if (deadline) scheduler.call_off(*deadline);
  see({.kind = Kind::acquire_returned, .caller = id, .outcome = outcome});
  return outcome == Outcome::ok;
}

// A caller whose query fails goes on: whether the connection is still good is the pool's to find
// out.
void Runner::use(void* lease, CallerId id, const scenario::Loan& loan, Cancelling& cancelling) {
  using scenario::Use;
  const poolproof_extension& extension = accused_.extension();
  switch (loan.use) {
    case Use::query: query(lease, id, "SELECT 1"); break;
    case Use::nothing: break;
    case Use::failing_query: query(lease, id, "SELECT 1/0"); break;
    case Use::open_transaction:
      if (query(lease, id, "BEGIN")) query(lease, id, "SELECT 1");
      break;
    case Use::broken_transaction:
      if (query(lease, id, "BEGIN")) query(lease, id, "SELECT 1/0");
      break;
    case Use::setting: query(lease, id, "SET search_path TO app"); break;
    case Use::long_query: query(lease, id, kLongQuery); break;
    case Use::cancelled_query: use_cancelled(lease, id, loan, cancelling); break;
    case Use::open_copy:
      if (query(lease, id, "CREATE TABLE IF NOT EXISTS events (line text)")) {
        query(lease, id, "COPY events FROM STDIN");
      }
      break;
    case Use::temporary_table: query(lease, id, "CREATE TEMP TABLE scratch (id int)"); break;
    case Use::listen: query(lease, id, "LISTEN news"); break;
    case Use::advisory_lock: query(lease, id, "SELECT pg_try_advisory_lock(1)"); break;
    case Use::prepared_statement: query(lease, id, "PREPARE find AS SELECT 1"); break;
    case Use::held_cursor: query(lease, id, "DECLARE rows CURSOR WITH HOLD FOR SELECT 1"); break;
    case Use::unread_answer: send(lease, id, extension.leave_unread, kLongQuery); break;
    case Use::open_pipeline: send(lease, id, extension.leave_unsynced, "SELECT 1"); break;
  }
}

// The other task asks when its time has come, even if the statement, or the lease, has long ended.
void Runner::use_cancelled(void* lease, CallerId id, const scenario::Loan& loan,
                           Cancelling& cancelling) {
  auto& scheduler = machine_.scheduler;
  const poolproof_extension& extension = accused_.extension();
  if (extension.make_canceller != nullptr) {
    cancelling.canceller = extension.make_canceller(pool_, lease);
    const Time when = scheduler.read_clock() + loan.cancel_query_after;
    cancelling.task = scheduler.spawn([this, id, when, canceller = cancelling.canceller] {
      machine_.scheduler.sleep_until(when);
      see({.kind = Kind::cancel_called, .caller = id});
      accused_.extension().cancel_query(canceller);
      see({.kind = Kind::cancel_returned, .caller = id});
    });
  }
  query(lease, id, kLongQuery);
}

void Runner::end_cancelling(const Cancelling& cancelling) {
  machine_.scheduler.join(cancelling.task);
  accused_.extension().free_canceller(cancelling.canceller);
}

// Without that operation it is a query like any other.
bool Runner::send(void* lease, CallerId id, int (*operation)(void*, void*, const char*),
                  const char* sql) {
  if (operation == nullptr) return query(lease, id, "SELECT 1");
  see({.kind = Kind::query_called, .caller = id});
  const Outcome outcome = outcome_of(operation(pool_, lease, sql));
  see({.kind = Kind::query_returned, .caller = id, .outcome = outcome});
  return outcome == Outcome::ok;
}

bool Runner::query(void* lease, CallerId id, const char* sql) {
  char first_value[64];
  see({.kind = Kind::query_called, .caller = id});
  const Outcome outcome =
      outcome_of(accused_.adapter().query(pool_, lease, sql, first_value, sizeof first_value));
  see({.kind = Kind::query_returned, .caller = id, .outcome = outcome});
  return outcome == Outcome::ok;
}

void Runner::release(void* lease, CallerId id) {
  see({.kind = Kind::release_called, .caller = id});
  accused_.adapter().release(pool_, lease);
  see({.kind = Kind::release_returned, .caller = id});
}

}  // namespace poolproof::check
