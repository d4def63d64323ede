// The way back into the pool, and the ends of connections. Nothing here fails: what goes wrong
// costs a connection at most, never a slot.
#include <utility>

#include "impl/cancelling.hpp"
#include "impl/lendings.hpp"
#include "impl/sessions.hpp"

namespace poolproof {
namespace {

// No cancel of this lease begins any more. Whether one has: it may hit whatever comes next.
bool end_cancelling(Slot& slot) {
  const auto cancelling = std::exchange(slot.cancelling, nullptr);
  return cancelling && cancelling->end();
}

}  // namespace

Sessions::Sessions(PoolOptions options)
    : options_(std::move(options)),
      prepares_always_(options_.recycle || options_.pre_ping || !options_.hooks.checkout.empty()),
      returns_as_is_in_(options_.reset_on_return == ResetOnReturn::discard ||
                                !options_.hooks.reset.empty() || !options_.hooks.checkin.empty() ||
                                options_.idle_timeout || Lendings::tracks(options_)
                            ? 0
                            : process::id()) {}

// A connection that a cancel is on its way to is reset nevertheless: its transaction may be one to
// be committed.
void Sessions::check_in(Slot& slot) {
  const bool cancelled = end_cancelling(slot);
  if (slot.connection.is_open() && (!reset(slot) || cancelled)) close_broken(slot);
  hooks_.announce(&PoolHooks::checkin, slot);
  if (options_.idle_timeout) slot.idle_since = std::chrono::steady_clock::now();
}

// Nobody comes after a detached connection, but there may be a transaction to be committed.
void Sessions::end_detached(Slot& slot) {
  end_cancelling(slot);
  if (slot.connection.is_open()) (void)reset(slot);
  close(slot);
}

// False: nobody knows what the connection is in the middle of.
bool Sessions::reset(Slot& slot) {
  if (const auto thrown = hooks_.call(&PoolHooks::reset, slot)) {
    hooks_.log("closed a connection whose reset hook threw", words_of(thrown));
    return false;
  }
  if (slot.connection.reset(options_.reset_on_return, deadline_after(own_limit()))) return true;
  hooks_.log("closed a returned connection", "it could not be reset");
  return false;
}

void Sessions::close(Slot& slot) {
  if (!slot.connection.is_open()) return;
  const bool detached = slot.origin == Slot::Origin::detached;
  hooks_.announce(detached ? &PoolHooks::close_detached : &PoolHooks::close, slot);
  end_cancelling(slot);
  slot.connection.close();
  slot.info.reset();
  ++figures_.of(slot).closes;
}

void Sessions::close_broken(Slot& slot, const std::exception_ptr& reason) {
  if (!slot.connection.is_open()) return;
  if (slot.origin != Slot::Origin::detached) {
    hooks_.announce(&PoolHooks::invalidate, slot, reason);
  }
  ++figures_.of(slot).broken;
  close(slot);
}

void Sessions::retire(Slot& slot, const std::exception_ptr& reason) {
  if (!slot.connection.is_open() || slot.origin == Slot::Origin::detached) return;
  hooks_.announce(&PoolHooks::soft_invalidate, slot, reason);
  slot.generation = kRetired;
}

}  // namespace poolproof
