// CAP, judged on the server's word: it counts a session from the moment it is asked for one, which
// a cancel request does not, until the client has closed it or the server has ended it.
#include <fmt/format.h>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class CapacityOracle final : public Oracle {
 public:
  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    const int open = ledger.open_sessions();
    if (observation.kind == Observation::Kind::session_started) {
      const auto capacity = ledger.capacity();
      if (!capacity || open <= *capacity) return;
      report(model::LawId::cap,
             fmt::format("{} is the server's number {} of this pool, whose capacity is {}",
                         to_text(observation.session), open, *capacity));
    } else if (observation.kind == Observation::Kind::returned) {
      const auto limit = model::idle_limit(ledger.config());
      if (!limit || open <= *limit) return;
      report(model::LawId::cap,
             fmt::format("every lease is back and {} connections are open, but pool_size is {}",
                         open, *limit));
    }
  }
};

}  // namespace

std::unique_ptr<Oracle> capacity_oracle() { return std::make_unique<CapacityOracle>(); }

}  // namespace poolproof::check
