// AGE, CLEAN and LIFE, judged on the wire. A lease's first statement shows which session it began
// on: how old that was when the caller asked, and in what state the server found it. Once the pool
// is destroyed the server must have no session left.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class SessionOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind == Observation::Kind::destroyed && ledger.open_sessions() > 0) {
      report(model::LawId::life, fmt::format("the pool is destroyed and {} is still open",
                                             to_text(ledger.idle_session())));
    }
    if (observation.kind != Observation::Kind::statement || observation.caller == kNobody) return;
    const Caller& caller = ledger.caller(observation.caller);
    if (caller.phase != Phase::querying || caller.statements != 1) return;

    // The pool may count an age from before the server saw the connect, never from after.
    const Duration age = caller.since - ledger.opened(observation.session);
    if (ledger.config().recycle && age > *ledger.config().recycle) {
      report(model::LawId::age,
             fmt::format(
                 "{} was {} old when {} asked for a connection and was given it; recycle is {}",
                 to_text(observation.session), model::to_string(age),
                 ledger.name(observation.caller), model::to_string(*ledger.config().recycle)));
    }
    if (observation.in_transaction) {
      report(model::LawId::clean,
             fmt::format("the lease of {} begins on {} in the middle of a transaction",
                         ledger.name(observation.caller), to_text(observation.session)));
    }
  }
};

}  // namespace

std::unique_ptr<Oracle> session_oracle() { return std::make_unique<SessionOracle>(); }

}  // namespace poolproof::check
