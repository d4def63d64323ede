// EARLY and LATE. EARLY is plain arithmetic on virtual time. LATE counts only the time that passes
// while nothing can run: when time races, a caller may be a slow thread, and that is no fault of
// the pool's; but a caller that blocks while all the world waits is held up by the pool. One that
// was called off must go at once. Timeout 0 is about waiting for others: a connect or ping of its
// own may take as long as the pool allows.
#include <fmt/format.h>

#include "model/event.hpp"
#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

using model::to_string;

class DeadlineOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind == Observation::Kind::acquire_returned) {
      judge_return(observation, ledger, report);
    } else if (observation.kind == Observation::Kind::quiet) {
      judge_quiet(observation, ledger, report);
    }
  }

 private:
  static void judge_return(const Observation& observation, const Ledger& ledger,
                           const Report& report) {
    if (observation.outcome != Outcome::timeout) return;
    const Caller& caller = ledger.caller(observation.caller);
    const Duration took = observation.at - caller.since;
    if (caller.limit && took >= *caller.limit) return;
    report(model::LawId::early, fmt::format("{} was given TIMEOUT after {}, its timeout is {}",
                                            ledger.name(observation.caller), to_string(took),
                                            caller.limit ? to_string(*caller.limit) : "none"));
  }

  static void judge_quiet(const Observation& observation, const Ledger& ledger,
                          const Report& report) {
    for (std::size_t i = 0; i < ledger.callers().size(); ++i) {
      const Caller& caller = ledger.callers()[i];
      if (ledger.config().pool_class == model::PoolClass::assertion_pool && ledger.waits(caller)) {
        report(model::LawId::late,
               fmt::format("{} sleeps in acquire, although an AssertionPool makes nobody wait",
                           ledger.name(static_cast<CallerId>(i))));
      }
      const auto limit = caller.cancelled ? caller.cancelled : limit_of(caller, ledger);
      if (caller.phase != Phase::acquiring || !limit || caller.waited <= *limit) continue;
      if (caller.cancelled) {
        report(model::LawId::late,
               fmt::format("{} was called off, and is still held up in acquire until {} at least",
                           ledger.name(static_cast<CallerId>(i)),
                           to_string(observation.until.time_since_epoch())));
        continue;
      }
      report(model::LawId::late,
             fmt::format("{} has been held up in acquire for {} and will be until {} at least; its "
                         "timeout is {}",
                         ledger.name(static_cast<CallerId>(i)),
                         to_string(caller.waited - (observation.until - observation.at)),
                         to_string(observation.until.time_since_epoch()), to_string(*limit)));
    }
  }

  static std::optional<Duration> limit_of(const Caller& caller, const Ledger& ledger) {
    const model::Time asked{};
    const model::Time due = model::deadline(ledger.config(), {{}, caller.limit}, asked);
    return due == model::kNever ? std::nullopt : std::optional<Duration>(due - asked);
  }
};

}  // namespace

std::unique_ptr<Oracle> deadline_oracle() { return std::make_unique<DeadlineOracle>(); }

}  // namespace poolproof::check
