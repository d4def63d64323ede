// WAKE, judged whenever time is about to pass with no task able to run. Then nothing is on its way
// to a waiter: if the callers have fewer leases than the pool has capacity, and the pool is not in
// the middle of something that ends by itself, the rest of the capacity is idle or free and the
// waiter sleeps beside it. A check at the end of the run would not see it: the waiter may still be
// served.
#include <fmt/format.h>

#include <algorithm>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class WakeupOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind != Observation::Kind::quiet || ledger.closed()) return;
    const auto& callers = ledger.callers();
    const auto waiter = std::find_if(callers.begin(), callers.end(),
                                     [&](const Caller& each) { return ledger.waits(each); });
    if (waiter == callers.end()) return;
    const auto capacity = ledger.capacity();
    const int leases = ledger.leases();
    if ((capacity && leases >= *capacity) || ledger.under_way()) return;

    const auto who = static_cast<CallerId>(waiter - callers.begin());
    const SessionId idle = ledger.idle_session();
    const std::string what = idle != kNoSession ? fmt::format("{} is idle", to_text(idle))
                             : ledger.open_sessions() == 0
                                 ? "a slot is free"
                                 : "a connection is idle or a slot is free";
    report(model::LawId::wake,
           fmt::format("{} sleeps in acquire while {} ({} of {} leases are out), and nothing will "
                       "happen before {}",
                       ledger.name(who), what, leases,
                       capacity ? std::to_string(*capacity) : "unlimited",
                       model::to_string(observation.until.time_since_epoch())));
  }
};

}  // namespace

std::unique_ptr<Oracle> wakeup_oracle() { return std::make_unique<WakeupOracle>(); }

}  // namespace poolproof::check
