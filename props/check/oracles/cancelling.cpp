// CXL, judged on the server: who has asked for a cancel, and whose statement its signal hits when
// it gets there. Both are loans: a caller's own next lease is another one too, and has begun when
// its acquire has. What a thread of the pool asked for, or ran, is nobody's that is known.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class CancellingOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind != Observation::Kind::cancel_hit) return;
    const Loan asker = ledger.asker(observation.asking);
    const Loan victim = ledger.speaker(observation.session);
    if (asker.caller == kNobody || victim.caller == kNobody || asker == victim) return;
    report(
        model::LawId::cxl,
        fmt::format("a cancel that {} asked for hits, on {}, a statement of {}",
                    ledger.name(asker.caller), to_text(observation.session),
                    asker.caller == victim.caller ? "its next lease"
                                                  : "the lease of " + ledger.name(victim.caller)));
  }
};

}  // namespace

std::unique_ptr<Oracle> cancelling_oracle() { return std::make_unique<CancellingOracle>(); }

}  // namespace poolproof::check
