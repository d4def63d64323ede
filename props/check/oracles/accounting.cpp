// LEAK, judged by a probe at the end of each run: once every lease is back and faults are off, as
// many leases as the pool has capacity must be had.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class AccountingOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind != Observation::Kind::probe_failed) return;
    const auto capacity = ledger.capacity();
    const std::string of = capacity ? fmt::format("{} leases", *capacity) : "any number of leases";
    report(model::LawId::leak,
           fmt::format("every lease was back, yet only {} of {} could be had again",
                       ledger.leases(), of));
  }
};

}  // namespace

std::unique_ptr<Oracle> accounting_oracle() { return std::make_unique<AccountingOracle>(); }

}  // namespace poolproof::check
