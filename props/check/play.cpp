// What the tasks of a run do: the callers, their chores and remarks, and the probe in the end.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "props/check/run.hpp"

namespace poolproof::check {
namespace {

using namespace std::chrono_literals;
using Kind = Observation::Kind;

// libpq must find everything it needs here: otherwise it would look for the user's name, password
// file and service file, and ask for encryption first.
constexpr const char* kConninfo =
    "host=/simulated user=app dbname=app password=none sslmode=disable gssencmode=disable";

// Longer than any duration of a scenario, so that nothing else ends a probe's wait.
constexpr Duration kProbeTimeout = 10min;

constexpr int kMostProbed = 100;

std::int64_t in_milliseconds(const std::optional<Duration>& limit) {
  return limit ? std::chrono::ceil<std::chrono::milliseconds>(*limit).count() : -1;
}

Outcome outcome_of(int result) {
  switch (result) {
    case POOLPROOF_OK: return Outcome::ok;
    case POOLPROOF_TIMEOUT: return Outcome::timeout;
    case POOLPROOF_CONNECT_FAILED: return Outcome::connect_failed;
    case POOLPROOF_CLOSED: return Outcome::closed;
    case POOLPROOF_CANCELLED: return Outcome::cancelled;
    default: return Outcome::failed;
  }
}

}  // namespace

void Runner::root() {
  const scenario::Scenario& scenario = result_.scenario;
  const poolproof_pool_config config{
      .abi = POOLPROOF_ADAPTER_ABI,
      .conninfo = kConninfo,
      .pool_size = scenario.pool.pool_size,
      .max_overflow = scenario.pool.max_overflow,
      .recycle_ms = in_milliseconds(scenario.pool.recycle),
      .timeout_ms = in_milliseconds(scenario.pool.timeout),
      .lifo = scenario.pool.use_lifo ? 1U : 0U,
      .pre_ping = scenario.pool.pre_ping ? 1U : 0U,
      .reset_on_return = model::name(scenario.pool.reset_on_return).data(),
  };
  pool_ = scenario.pool.patience == Duration::zero()
              ? accused_.adapter().open(&config)
              : accused_.extension().open_patient(&config, in_milliseconds(scenario.pool.patience));
  if (pool_ == nullptr) {
    machine_.scheduler.unsupported(
        fmt::format("{} cannot be opened with {}; give the options that it does not have a value "
                    "that it can, such as --max-overflow 0, --recycle never or --reset-on-return "
                    "none",
                    accused_.name(), model::to_string(scenario.pool)));
  }

  machine_.faults.allow(scenario.faults);
  troublemaker_.begin(scenario.troubles);
  for (std::size_t i = 0; i < scenario.callers.size(); ++i) {
    const auto id = static_cast<CallerId>(i);
    ledger_.set_task(id, machine_.scheduler.spawn([this, id] { caller(id); }));
  }
  for (std::size_t i = 0; i < scenario.callers.size(); ++i) {
    machine_.scheduler.join(ledger_.caller(static_cast<CallerId>(i)).task);
  }

  heal();
  see({.kind = Kind::returned});
  probe();
  destroying_ = true;
  accused_.adapter().destroy(pool_);
  destroying_ = false;
  see({.kind = Kind::destroyed});
}

void Runner::caller(CallerId id) {
  const auto& loans = result_.scenario.callers[static_cast<std::size_t>(id)];
  for (const scenario::Loan& loan : loans) {
    auto& scheduler = machine_.scheduler;
    if (loan.think != Duration::zero()) scheduler.sleep_until(scheduler.now() + loan.think);
    do_chore(id, loan.chore);
    void* lease = nullptr;
    const bool has_lease = loan.cancel_after && accused_.extension().acquire_cancellable
                               ? acquire_cancellable(id, loan, lease)
                               : acquire(id, loan.timeout, lease);
    if (!has_lease) continue;
    use(lease, id, loan.use);
    if (loan.hold != Duration::zero()) scheduler.sleep_until(scheduler.now() + loan.hold);
    remark(lease, id, loan.remark);
    release(lease, id);
  }
}

void Runner::do_chore(CallerId id, scenario::Chore chore) {
  using scenario::Chore;
  auto* const operation = chore == Chore::dispose ? accused_.adapter().dispose
                          : chore == Chore::close ? accused_.adapter().close
                                                  : nullptr;
  if (operation == nullptr) return;
  see({.kind = Kind::chore_called, .caller = id, .chore = chore});
  operation(pool_);
  see({.kind = Kind::chore_returned, .caller = id, .chore = chore});
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
  for (int i = 0; i < wanted; ++i) {
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
  const Time when = scheduler.now() + *loan.cancel_after;
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
  const Outcome outcome = outcome_of(call());
  see({.kind = Kind::acquire_returned, .caller = id, .outcome = outcome});
  return outcome == Outcome::ok;
}

// A caller whose query fails goes on: whether the connection is still good is the pool's to find
// out.
void Runner::use(void* lease, CallerId id, scenario::Use use) {
  switch (use) {
    case scenario::Use::query: query(lease, id, "SELECT 1"); break;
    case scenario::Use::failing_query: query(lease, id, "SELECT 1/0"); break;
    case scenario::Use::open_transaction:
      if (query(lease, id, "BEGIN")) query(lease, id, "SELECT 1");
      break;
    case scenario::Use::broken_transaction:
      if (query(lease, id, "BEGIN")) query(lease, id, "SELECT 1/0");
      break;
    case scenario::Use::setting: query(lease, id, "SET search_path TO app"); break;
  }
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
