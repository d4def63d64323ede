// DUP, judged on the wire. A caller's own statement shows which session its lease is on. A
// statement of anybody else on that session, or its end at anybody else's hands, breaks the law
// while the lease lasts; anybody includes the pool's own threads.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class ExclusivityOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    const bool ends =
        observation.kind == Observation::Kind::session_ended && !observation.by_server;
    if (observation.kind != Observation::Kind::statement && !ends) return;
    const auto holder = ledger.holder(observation.session, observation.caller);
    if (!holder) return;
    report(model::LawId::dup,
           fmt::format("{} {} {}, which is leased to {}", ledger.name(observation.caller),
                       ends ? "closes" : "sends a statement on", to_text(observation.session),
                       ledger.name(*holder)));
  }
};

}  // namespace

std::unique_ptr<Oracle> exclusivity_oracle() { return std::make_unique<ExclusivityOracle>(); }

}  // namespace poolproof::check
