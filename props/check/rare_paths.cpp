#include "props/check/rare_paths.hpp"

#include <algorithm>

#include "props/check/doing.hpp"

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;
using world::OperationKind;

// What a path needs to be taken at all.
using Needs = unsigned;
constexpr Needs kNothing = 0;
constexpr Needs kOthers = 1U << 0U;  // at least two callers
constexpr Needs kLimit = 1U << 1U;   // of connections
constexpr Needs kTimeout = 1U << 2U;
constexpr Needs kFaults = 1U << 3U;
constexpr Needs kDispose = 1U << 4U;  // what the pool offers
constexpr Needs kClose = 1U << 5U;
constexpr Needs kCallingOff = 1U << 6U;
constexpr Needs kCancelling = 1U << 7U;
constexpr Needs kRemarks = 1U << 8U;
constexpr Needs kPing = 1U << 9U;  // options
constexpr Needs kRecycle = 1U << 10U;
constexpr Needs kOverflow = 1U << 11U;
constexpr Needs kWaiter = kOthers | kLimit;

struct Description {
  std::string_view sentence;
  Needs needs;
};

// By RarePath.
constexpr std::array<Description, kRarePaths> kDescriptions{{
    {"a caller waited and was served", kWaiter},
    {"a caller waited until its deadline", kWaiter | kTimeout},
    {"two deadlines tied", kWaiter | kTimeout},
    {"a signal went to a waiter whose deadline had passed", kWaiter | kTimeout},
    {"a connect failed while somebody waited", kWaiter | kFaults},
    {"a waiter was given a slot that a failed connect had freed", kWaiter | kFaults},
    {"dispose while somebody waited", kWaiter | kDispose},
    {"close while somebody waited", kWaiter | kClose},
    {"dispose while a connect was under way", kOthers | kDispose},
    {"close while a connect was under way", kOthers | kClose},
    {"close while a lease was out", kOthers | kClose},
    {"a waiter was told that the pool is closed", kWaiter | kClose},
    {"two connects were under way at once", kOthers},
    {"a ping found a dead connection", kPing | kFaults},
    {"a connection older than recycle came up for a lease", kRecycle},
    {"a retired connection came up for a lease", kRemarks},
    {"an overflow connection was closed on return", kOthers | kOverflow},
    {"a fault struck inside release", kFaults},
    {"the server ended a connection that was leased", kFaults},
    {"the server ended a connection that was idle", kFaults},
    {"an acquire was called off while it waited", kWaiter | kCallingOff},
    {"an acquire was called off while connecting", kCallingOff},
    {"a cancel reached its own lease", kCancelling},
    {"a cancel came when nothing was left to cancel", kCancelling},
}};

const Description& description(RarePath path) {
  return kDescriptions[static_cast<std::size_t>(path)];
}

OperationKind pending(const Caller& caller, const world::Scheduler& scheduler) {
  return scheduler.tasks()[static_cast<std::size_t>(caller.task)]->pending.kind;
}

template <class Condition>
bool any_other(const Ledger& ledger, CallerId id, Condition condition) {
  for (std::size_t i = 0; i < ledger.callers().size(); ++i) {
    if (static_cast<CallerId>(i) != id && condition(static_cast<CallerId>(i))) return true;
  }
  return false;
}

bool has_lease(const Caller& caller) {
  return caller.phase == Phase::holding || caller.phase == Phase::querying ||
         caller.phase == Phase::remarking;
}

bool is_wake(OperationKind kind) {
  return kind == OperationKind::signal || kind == OperationKind::broadcast;
}

bool of_waiter(const world::Deed& deed) { return deed.context == context(Doing::acquire); }

}  // namespace

std::string_view sentence(RarePath path) { return description(path).sentence; }

bool is_possible(RarePath path, const scenario::Bounds& bounds, const Accused& accused) {
  const auto& adapter = accused.adapter();
  const auto& extension = accused.extension();
  Needs given = kNothing;
  if (bounds.callers > 1) given |= kOthers;
  if (bounds.max_overflow != -1 && bounds.pool_size != 0) given |= kLimit;
  if (!bounds.timeout || *bounds.timeout) given |= kTimeout;
  if (bounds.faults.any()) given |= kFaults;
  if (adapter.dispose != nullptr) given |= kDispose;
  if (adapter.close != nullptr) given |= kClose;
  if (extension.acquire_cancellable != nullptr) given |= kCallingOff;
  if (extension.make_canceller != nullptr) given |= kCancelling;
  if (adapter.dispose != nullptr || extension.invalidate_softly != nullptr) given |= kRemarks;
  if (bounds.pre_ping.value_or(true)) given |= kPing;
  if (!bounds.recycle || *bounds.recycle) given |= kRecycle;
  if (bounds.max_overflow.value_or(1) != 0 && bounds.pool_size != 0) given |= kOverflow;
  const Needs needs = description(path).needs;
  return (given & needs) == needs;
}

void PathFinder::begin() {
  taken_.reset();
  over_ = freed_by_failure_ = false;
  timeout_.reset();
  slept_.reset();
  opened_.reset();
}

void PathFinder::see(const Observation& observation, const Ledger& ledger,
                     const world::Scheduler& scheduler) {
  if (over_) return;
  switch (observation.kind) {
    case Kind::acquire_called:
      slept_.reset(static_cast<std::size_t>(observation.caller));
      opened_.reset(static_cast<std::size_t>(observation.caller));
      break;
    case Kind::quiet:
      for (std::size_t i = 0; i < ledger.callers().size(); ++i) {
        if (waits(static_cast<CallerId>(i), ledger, scheduler)) slept_.set(i);
      }
      break;
    case Kind::acquire_returned:
      see_return(observation);
      if (observation.outcome == Outcome::connect_failed &&
          any_other(ledger, observation.caller,
                    [&](CallerId each) { return waits(each, ledger, scheduler); })) {
        take(RarePath::failed_connect_beside_waiter);
        freed_by_failure_ = true;
      }
      break;
    case Kind::chore_called: see_chore(observation, ledger, scheduler); break;
    case Kind::release_called:
    case Kind::remark_called: freed_by_failure_ = false; break;
    case Kind::session_opened:
      see_use(observation, ledger);
      if (any_other(ledger, observation.caller,
                    [&](CallerId each) { return connects(each, ledger, scheduler); })) {
        take(RarePath::connects_overlap);
      }
      break;
    case Kind::used: see_use(observation, ledger); break;
    case Kind::session_ended: see_end(observation, ledger, scheduler); break;
    case Kind::cancelled: see_call_off(observation, ledger, scheduler); break;
    case Kind::cancel_hit: {
      const Loan asker = ledger.asker(observation.asking);
      if (asker.caller != kNobody && asker == ledger.speaker(observation.session)) {
        take(RarePath::cancel_hit);
      }
      break;
    }
    case Kind::cancel_missed: take(RarePath::cancel_too_late); break;
    case Kind::fault:
      if (observation.call == PoolCall::release) take(RarePath::fault_in_release);
      break;
    case Kind::returned: over_ = true; break;
    default: break;
  }
}

bool PathFinder::waits(CallerId id, const Ledger& ledger, const world::Scheduler& scheduler) const {
  const Caller& caller = ledger.caller(id);
  return caller.phase == Phase::acquiring && pending(caller, scheduler) == OperationKind::wait;
}

bool PathFinder::connects(CallerId id, const Ledger& ledger,
                          const world::Scheduler& scheduler) const {
  const Caller& caller = ledger.caller(id);
  return caller.phase == Phase::acquiring && opened_[static_cast<std::size_t>(id)] &&
         pending(caller, scheduler) == OperationKind::poll;
}

void PathFinder::see_return(const Observation& observation) {
  if (!slept_[static_cast<std::size_t>(observation.caller)]) return;
  switch (observation.outcome) {
    case Outcome::ok: return take(RarePath::served_after_waiting);
    case Outcome::closed: return take(RarePath::closed_while_waiting);
    case Outcome::timeout:
      take(RarePath::gave_up_waiting);
      if (timeout_ == observation.at) take(RarePath::deadlines_tied);
      timeout_ = observation.at;
      return;
    default: return;
  }
}

void PathFinder::see_chore(const Observation& observation, const Ledger& ledger,
                           const world::Scheduler& scheduler) {
  if (!scenario::retires(observation.chore)) return;
  freed_by_failure_ = false;
  const bool closes = scenario::closes(observation.chore);
  const auto any = [&](auto condition) { return any_other(ledger, observation.caller, condition); };
  if (any([&](CallerId each) { return waits(each, ledger, scheduler); })) {
    take(closes ? RarePath::close_beside_waiter : RarePath::dispose_beside_waiter);
  }
  if (any([&](CallerId each) { return connects(each, ledger, scheduler); })) {
    take(closes ? RarePath::close_beside_connect : RarePath::dispose_beside_connect);
  }
  if (closes && any([&](CallerId each) { return has_lease(ledger.caller(each)); }))
    take(RarePath::close_beside_lease);
}

// The first thing that a caller inside acquire does with a connection: it has a slot now.
void PathFinder::see_use(const Observation& observation, const Ledger& ledger) {
  if (observation.caller == kNobody) return;
  const Caller& caller = ledger.caller(observation.caller);
  if (caller.phase != Phase::acquiring) return;
  const auto index = static_cast<std::size_t>(observation.caller);
  if (freed_by_failure_ && slept_[index]) {
    take(RarePath::slot_of_failed_connect);
  }
  freed_by_failure_ = false;
  if (observation.kind == Kind::session_opened) opened_.set(index);
  if (observation.kind != Kind::used) return;
  const auto& config = ledger.config();
  if (config.pre_ping && !ledger.is_open(observation.session)) take(RarePath::dead_in_checkout);
  if (config.recycle && observation.at - ledger.opened(observation.session) > *config.recycle) {
    take(RarePath::too_old_in_checkout);
  }
  if (!ledger.why_unfit(observation.session, caller).empty()) take(RarePath::retired_in_checkout);
}

void PathFinder::see_end(const Observation& observation, const Ledger& ledger,
                         const world::Scheduler& scheduler) {
  if (!ledger.started(observation.session)) return;
  if (observation.by_server) {
    take(ledger.holder(observation.session) ? RarePath::killed_while_leased
                                            : RarePath::killed_while_idle);
    return;
  }
  if (scheduler.in_event()) return;
  const auto id = ledger.caller_in_call(scheduler.current().id);
  const auto limit = model::idle_limit(ledger.config());
  if (!id || ledger.caller(*id).phase != Phase::releasing || !limit || ledger.closed()) return;
  if (ledger.open_sessions() >= *limit &&
      ledger.why_unfit(observation.session, ledger.caller(*id)).empty()) {
    take(RarePath::overflow_closed);
  }
}

void PathFinder::see_call_off(const Observation& observation, const Ledger& ledger,
                              const world::Scheduler& scheduler) {
  if (waits(observation.caller, ledger, scheduler)) take(RarePath::called_off_waiting);
  if (connects(observation.caller, ledger, scheduler)) take(RarePath::called_off_connecting);
}

RarePaths PathFinder::taken(std::span<const world::MeetingCode> meetings) const {
  RarePaths taken = taken_;
  const auto take = [&](RarePath path) { taken.set(static_cast<std::size_t>(path)); };
  for (const world::MeetingCode code : meetings) {
    const auto [first, second] = world::meeting_of(code);
    if (first.kind == OperationKind::clock && of_waiter(first) && is_wake(second.kind)) {
      take(RarePath::signal_after_deadline);
    }
  }
  return taken;
}

}  // namespace poolproof::check
