// FAIR, without a hook in the pool: a caller has arrived when it sleeps inside acquire. Whoever
// calls after that and is served while the other still sleeps, unwoken, has overtaken it. With
// patience that is unfair only if the other had waited for so long when it came: counted while
// nothing could run, as always.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class FairnessOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    const auto who = static_cast<std::size_t>(observation.caller);
    if (observation.kind == Observation::Kind::acquire_called) {
      ahead_.resize(ledger.callers().size());
      ahead_[who].clear();
      for (std::size_t i = 0; i < ledger.callers().size(); ++i) {
        const Caller& other = ledger.callers()[i];
        if (ledger.asleep(other) && other.waited >= ledger.config().patience) {
          ahead_[who].push_back({static_cast<CallerId>(i), other.acquires});
        }
      }
    } else if (observation.kind == Observation::Kind::acquire_returned &&
               observation.outcome == Outcome::ok) {
      for (const Waiter& waiter : ahead_[who]) {
        const Caller& other = ledger.caller(waiter.caller);
        if (other.acquires != waiter.acquire || !ledger.asleep(other)) continue;
        report(model::LawId::fair,
               fmt::format("{} is served, but {} slept in acquire before it came and still sleeps",
                           ledger.name(observation.caller), ledger.name(waiter.caller)));
      }
    }
  }

 private:
  struct Waiter {
    CallerId caller;
    int acquire;  // which of its acquires
  };
  std::vector<std::vector<Waiter>> ahead_;  // by caller: who slept when it came, out of patience
};

}  // namespace

std::unique_ptr<Oracle> fairness_oracle() { return std::make_unique<FairnessOracle>(); }

}  // namespace poolproof::check
