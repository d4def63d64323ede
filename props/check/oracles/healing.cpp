// LEAK, judged by the queries of the final probe. Faults are off, the server is up and what had
// fallen silent has ended, so a query fails only on a connection that died before. A pool that
// pings what it lends must not lend one. Any other may, since it need not look; but the query has
// shown it to be dead, and it is given back: the pool must not go on lending it, nor others for
// longer than it can have had any. Twice is allowed: where half a message has come and then the
// end, libpq 15 fails to send, reads that half, reports an error and calls the connection good; it
// reads the end with the next query only.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class HealingOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (observation.kind == Observation::Kind::returned) {
      dead_.clear();
      failed_ = 0;
    }
    if (observation.kind != Observation::Kind::query_returned ||
        observation.outcome == Outcome::ok || !ledger.is_of_probe(observation.caller)) {
      return;
    }
    const SessionId session = ledger.caller(observation.caller).session;
    if (ledger.is_open(session)) return;  // in a failed transaction, and handed on so
    const std::string why = why_not(session, ledger);
    if (session != kNoSession) dead_.push_back(session);
    if (why.empty()) return;
    report(model::LawId::leak,
           fmt::format("nothing goes wrong any more, yet the query of {} fails{}, {}",
                       ledger.name(observation.caller),
                       session == kNoSession ? "" : fmt::format(" on {}", to_text(session)), why));
  }

 private:
  static constexpr int kMostLoans = 2;  // of one that is dead

  // It must not; empty if it may.
  std::string why_not(SessionId session, const Ledger& ledger) {
    ++failed_;
    if (ledger.config().pre_ping) return "although the pool pings what it lends";
    if (std::count(dead_.begin(), dead_.end(), session) == kMostLoans) {
      return "which had failed on both leases before";
    }
    if (failed_ <= kMostLoans * ledger.sessions()) return "";
    return fmt::format("the {}th such lease, of a pool that has had {} connections", failed_,
                       ledger.sessions());
  }

  std::vector<SessionId> dead_;  // as the probe knows
  int failed_ = 0;
};

}  // namespace

std::unique_ptr<Oracle> healing_oracle() { return std::make_unique<HealingOracle>(); }

}  // namespace poolproof::check
