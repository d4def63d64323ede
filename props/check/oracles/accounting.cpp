// LEAK, judged by a probe at the end of each run: once every lease is back and faults are off, as
// many leases as the pool has capacity must be had. What counts is how long the probe has waited,
// as with LATE: when time races it may be a slow thread, whose deadline passes before it has asked
// for anything.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class AccountingOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind == Observation::Kind::acquire_returned) {
      timed_out_ = observation.outcome == Outcome::timeout;
    }
    if (observation.kind != Observation::Kind::probe_failed) return;
    if (timed_out_ && was_slow(ledger.caller(observation.caller))) return;
    const auto capacity = ledger.capacity();
    const std::string of = capacity ? fmt::format("{} leases", *capacity) : "any number of leases";
    report(model::LawId::leak,
           fmt::format("every lease was back, yet only {} of {} could be had again",
                       ledger.leases(), of));
  }

 private:
  // Half: what it lost before it slept it cannot have waited as well.
  static bool was_slow(const Caller& probe) {
    return probe.limit && probe.waited < *probe.limit / 2;
  }

  bool timed_out_ = false;  // the latest acquire that returned, which is the probe's
};

}  // namespace

std::unique_ptr<Oracle> accounting_oracle() { return std::make_unique<AccountingOracle>(); }

}  // namespace poolproof::check
