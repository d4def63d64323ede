// OWN, judged on the wire: the first thing that a caller's query does shows which session its lease
// is on, and each later one where it still is. In a pool that shares within a thread it stays there
// whichever of a caller's leases speaks; and a session of a SingletonThreadPool only ever hears one
// thread.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "props/check/oracle.hpp"

namespace poolproof::check {
namespace {

class SharingOracle final : public Oracle {
 public:
  void begin() override {
    sessions_.clear();
    owners_.clear();
  }

  void see(const Observation& observation, const Ledger& ledger, const Report& report) override {
    if (!model::shares(ledger.config())) return;
    using Kind = Observation::Kind;
    switch (observation.kind) {
      case Kind::acquire_called:
        sessions_.resize(ledger.callers().size());
        at(observation.caller) = {};
        break;
      case Kind::again_called:  // what was lost is made anew
        if (ledger.caller(observation.caller).session == kNoSession) at(observation.caller) = {};
        break;
      case Kind::used:
        if (observation.caller != kNobody) judge(observation, ledger, report);
        break;
      default: break;
    }
  }

 private:
  SessionId& at(CallerId caller) { return sessions_[static_cast<std::size_t>(caller)]; }

  void judge(const Observation& observation, const Ledger& ledger, const Report& report) {
    const Caller& caller = ledger.caller(observation.caller);
    if (caller.phase != Phase::querying) return;
    const SessionId before = std::exchange(at(observation.caller), observation.session);
    if (before != kNoSession && before != observation.session) {
      report(model::LawId::own, fmt::format("{} acquires again and has {}, although it has {}",
                                            ledger.name(observation.caller),
                                            to_text(observation.session), to_text(before)));
    }
    if (ledger.config().pool_class != model::PoolClass::singleton_thread_pool) return;
    const auto session = static_cast<std::size_t>(observation.session);
    if (owners_.size() <= session) owners_.resize(session + 1, kNobody);
    CallerId& owner = owners_[session];
    if (owner == kNobody) {
      owner = observation.caller;
    } else if (ledger.caller(owner).task != caller.task) {
      report(model::LawId::own,
             fmt::format("{} has {}, which is the thread's of {}", ledger.name(observation.caller),
                         to_text(observation.session), ledger.name(owner)));
    }
  }

  std::vector<SessionId> sessions_;  // by caller: where its lease is
  std::vector<CallerId> owners_;     // by session: who has spoken to it
};

}  // namespace

std::unique_ptr<Oracle> sharing_oracle() { return std::make_unique<SharingOracle>(); }

}  // namespace poolproof::check
