// What the classes of pools differ in, beside the limits of config.hpp: who is refused instead of
// waiting, who shares, which slot is whose. Inside model/ only.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "model/strict_books.hpp"

namespace poolproof::model {

class StrictClasses : protected StrictBooks {
 protected:
  using StrictBooks::StrictBooks;

  // AssertionPool: whoever finds the connection in use has a bug, and is told so at once.
  bool refuses_to_wait() const { return config_.pool_class == PoolClass::assertion_pool; }

  // ---- StaticPool, SingletonThreadPool: a caller shares with itself ----

  bool has_lease_to_share(CallerId caller) const {
    return shares(config_) && state_.out.contains(caller);
  }

  // Whether that was one of several leases, and not the last: then nothing else happens.
  bool ends_a_share(CallerId caller) {
    const auto shared = state_.shared.find(caller);
    if (shared == state_.shared.end()) return false;
    if (--shared->second == 0) state_.shared.erase(shared);
    return true;
  }

  // The caller's slot, EMPTY, in which it connects anew for all its leases.
  Preparing take_to_share(CallerId caller, Time deadline) {
    Preparing taken{caller, deadline, {}, state_.now, SlotOrigin::pooled};
    taken.slot = state_.out.extract(caller).mapped();
    const auto shared = state_.shared.extract(caller);
    taken.shared = shared ? shared.mapped() + 1 : 1;
    return taken;
  }

  // With one lease more than before, or as it was.
  void share_again(const Preparing& ready) {
    state_.out.emplace(ready.caller, ready.slot);
    state_.shared.emplace(ready.caller, ready.shared);
  }
  void share_as_before(const Preparing& failed) {
    state_.out.emplace(failed.caller, empty_of(failed.slot));
    if (failed.shared > 1) state_.shared.emplace(failed.caller, failed.shared - 1);
  }

  // ---- SingletonThreadPool: each caller has its own ----

  static Slot empty_of(Slot slot) {
    slot.connection.reset();
    return slot;
  }

  bool has_owners() const { return config_.pool_class == PoolClass::singleton_thread_pool; }

  // The idle slot that this caller is to have; nullopt: a fresh one. Where slots have owners that
  // is its own, else one that is nobody's yet, else a fresh one, else the one used least recently.
  std::optional<Slot> take_idle(CallerId caller) {
    if (state_.idle.empty()) return std::nullopt;
    auto chosen =
        config_.use_lifo && !has_owners() ? std::prev(state_.idle.end()) : state_.idle.begin();
    if (has_owners()) {
      auto own = std::ranges::find(state_.idle, std::optional(caller), &Slot::owner);
      if (own == state_.idle.end()) {
        own = std::ranges::find(state_.idle, std::optional<CallerId>(), &Slot::owner);
      }
      if (own == state_.idle.end() && has_room(config_, state_)) return std::nullopt;
      if (own != state_.idle.end()) chosen = own;
    }
    const Slot slot = *chosen;
    state_.idle.erase(chosen);
    return slot;
  }

  // No connection ever serves two callers.
  void claim(Preparing& taken) {
    if (!has_owners()) return;
    const bool is_anothers = taken.slot.owner && taken.slot.owner != taken.caller;
    if (is_anothers) close(taken.slot);
    taken.slot.owner = taken.caller;
  }
};

}  // namespace poolproof::model
