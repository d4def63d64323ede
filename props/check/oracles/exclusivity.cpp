// DUP, judged on the wire. The first thing that a caller's query does on a session shows that its
// lease is on it. While the lease lasts nobody else may do anything there: no other caller, and no
// thread of the pool.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class ExclusivityOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind != Observation::Kind::used) return;
    const auto holder = ledger.holder(observation.session, observation.caller);
    if (!holder) return;
    report(model::LawId::dup,
           fmt::format("{} uses {}, which is leased to {}", ledger.name(observation.caller),
                       to_text(observation.session), ledger.name(*holder)));
  }
};

}  // namespace

std::unique_ptr<Oracle> exclusivity_oracle() { return std::make_unique<ExclusivityOracle>(); }

}  // namespace poolproof::check
