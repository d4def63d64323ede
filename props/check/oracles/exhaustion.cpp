// SPUR: a TIMEOUT is honest if at some instant since the deadline all the capacity may have been in
// other hands. Whose hands: callers with a lease, and callers inside one of the pool's calls, who
// may have a slot already or still. A caller whose own connect or ping was not done in time is
// another matter, and so is a pool that somebody disposes or has closed.
//
// An instant lasts from one moment when nothing can run to the next: what time passes in it is that
// of slow threads, and a caller who was woken in time may be one. It may be too late for him to
// connect; but not to take what takes no time. So a slow thread is no excuse where since before the
// deadline there was an open connection for each slot, none of which had to be pinged or replaced.
#include <fmt/format.h>

#include <algorithm>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class ExhaustionOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    const auto& callers = ledger.callers();
    excused_.resize(callers.size());
    const auto who = static_cast<std::size_t>(observation.caller);
    if (observation.kind == Observation::Kind::acquire_called) excused_[who] = false;

    // What was true since the last observation was true at every instant up to this one.
    if (exhausted_) excuse_all();
    if (observation.kind == Observation::Kind::quiet) begin_instant(observation.until, ledger);
    const auto capacity = ledger.capacity();
    exhausted_ =
        (capacity && ledger.busy() - 1 >= *capacity) || ledger.in_upheaval() || ledger.closed();
    if (exhausted_) excuse_all();

    if (observation.kind == Observation::Kind::acquire_returned) judge(observation, ledger, report);
    see_whether_ready(observation, ledger);
  }

 private:
  void judge(const Observation& observation, const Ledger& ledger, const Report& report) const {
    if (observation.outcome == Outcome::in_use) return judge_in_use(observation, ledger, report);
    if (observation.outcome != Outcome::timeout) return;
    const auto who = static_cast<std::size_t>(observation.caller);
    const auto capacity = ledger.capacity();
    const Caller& caller = ledger.callers()[who];
    if (caller.has_slot || !caller.limit) return;
    const Time due = caller.since + *caller.limit;
    const auto ready_since = ready_since_[who];
    const bool was_ready = ready_since && *ready_since < due && due <= observation.at;
    if (excused_[who] && !was_ready) return;
    report(model::LawId::spur,
           fmt::format("{} was given TIMEOUT, but at no instant from its deadline at {} on could "
                       "others have held all {} slots",
                       ledger.name(observation.caller), model::to_string(due.time_since_epoch()),
                       capacity ? std::to_string(*capacity) : "the"));
  }

  // Of a pool that makes nobody wait: somebody must have had the connection meanwhile.
  void judge_in_use(const Observation& observation, const Ledger& ledger,
                    const Report& report) const {
    if (excused_[static_cast<std::size_t>(observation.caller)]) return;
    report(model::LawId::spur,
           fmt::format("{} was told that the connection is in use, but nobody could have had it",
                       ledger.name(observation.caller)));
  }

  // Who of those that acquire could have a connection as it lies there; since when.
  void see_whether_ready(const Observation& observation, const Ledger& ledger) {
    const model::PoolConfig& config = ledger.config();
    const bool all_lie_open = ledger.open_sessions() == ledger.capacity() && !config.pre_ping &&
                              !config.recycle && !config.idle_timeout && !ledger.in_upheaval() &&
                              !ledger.closed() && !ledger.any_retired_is_open();
    ready_since_.resize(ledger.callers().size());
    for (std::size_t i = 0; i < ready_since_.size(); ++i) {
      if (!all_lie_open || !has_one_left(ledger.callers()[i], ledger)) {
        ready_since_[i].reset();
      } else if (!ready_since_[i]) {
        ready_since_[i] = observation.at;
      }
    }
  }

  // Whether others cannot have all. One that came later and sleeps, and whom nobody has woken, has
  // nothing, and is not on its way to what lies there.
  static bool has_one_left(const Caller& caller, const Ledger& ledger) {
    if (caller.phase != Phase::acquiring) return false;
    const auto& callers = ledger.callers();
    const auto others = std::count_if(callers.begin(), callers.end(), [&](const Caller& other) {
      return &other != &caller && other.phase != Phase::outside && other.phase != Phase::detached &&
             !(other.asked > caller.asked && ledger.asleep(other));
    });
    return others < *ledger.capacity();
  }

  void excuse_all() { excused_.assign(excused_.size(), true); }

  // Time is about to pass: what was before is no excuse any more, unless the deadline was too.
  void begin_instant(Time until, const Ledger& ledger) {
    for (std::size_t i = 0; i < excused_.size(); ++i) {
      const Caller& caller = ledger.callers()[i];
      const bool is_due = caller.limit && caller.since + *caller.limit < until;
      if (!is_due) excused_[i] = false;
    }
  }

  std::vector<bool> excused_;                     // by caller: whether a TIMEOUT would be honest
  bool exhausted_ = false;                        // others than one who acquires may hold all slots
  std::vector<std::optional<Time>> ready_since_;  // by caller
};

}  // namespace

std::unique_ptr<Oracle> exhaustion_oracle() { return std::make_unique<ExhaustionOracle>(); }

}  // namespace poolproof::check
