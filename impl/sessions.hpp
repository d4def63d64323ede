// What becomes of the connections in slots, and which hooks hear of it: how one is prepared for a
// lease, and what it goes through when it comes back. Counts nothing and holds no lock: that is
// slots.hpp. Two rooms: checkout.cpp is the way out of the pool, checkin.cpp the way back.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

#include <poolproof/deadline.hpp>
#include <poolproof/error.hpp>
#include <poolproof/options.hpp>

#include "impl/backoff.hpp"
#include "impl/draw.hpp"
#include "impl/figures.hpp"
#include "impl/first_time.hpp"
#include "impl/hook_calls.hpp"
#include "impl/process.hpp"
#include "impl/slot.hpp"

namespace poolproof {

// Thread-safe; each slot is in the hands of one thread. Requires that no lock is held: nearly
// everything here calls hooks.
class Sessions {
 public:
  explicit Sessions(PoolOptions options);

  const PoolOptions& options() const { return options_; }

  // How long connecting, pinging and resetting may take for whoever has set no limit to it: the
  // pool's timeout, unless that is 0, which is about waiting for others.
  std::optional<std::chrono::nanoseconds> own_limit() const {
    return options_.timeout == std::chrono::nanoseconds::zero() ? PoolOptions::kConnectLimit
                                                                : options_.timeout;
  }

  // ---- the way out ----

  // Whether a slot that was idle is a lease as it is. Quick, and calls nothing.
  bool is_ready(const Slot& slot) const {
    return !prepares_always_ && slot.connection.is_open() && is_current(slot);
  }

  // Whether only hooks have still a say in it.
  bool takes_no_time(const Slot& slot) const;

  // Makes a lease of a slot: with a connection that is neither too old nor retired, alive if that
  // is to be asked, and that the hooks have seen and let pass. Else says why not, and then the slot
  // is EMPTY, has gone through check_in() if it is pooled, and is to be put back.
  std::optional<AcquireError> prepare(Slot& slot, Deadline deadline, const std::stop_token& stop);

  // Connects an EMPTY slot, for nobody yet: no checkout hook is called. Else says why not, as
  // prepare() does.
  std::optional<AcquireError> open(Slot& slot, Deadline deadline);

  // ---- the way back ----

  // Whether a slot may be put back as it is. Quick, and calls nothing.
  bool needs_nothing(const Slot& slot) const {
    return slot.origin == Slot::Origin::pooled && returns_as_is_in_ == process::id() &&
           !slot.cancelling && slot.connection.clean();
  }

  // Resets what a lease has had, or closes it, and tells of the return.
  void check_in(Slot& slot);

  // Ends what was detached.
  void end_detached(Slot& slot);

  // ---- ends ----

  // Leaves the slot EMPTY. No effect if it is.
  void close(Slot& slot);
  void close_broken(Slot& slot, const std::exception_ptr& reason = nullptr);

  // The next acquire replaces this connection; all that were made or begun before now.
  void retire(Slot& slot, const std::exception_ptr& reason);
  void retire_all() { generation_.fetch_add(1); }

  void announce_detached(Slot& slot) { hooks_.announce(&PoolHooks::detach, slot); }

  // Whether a connection that was idle is not to be leased any more: too old at `now`, or retired.
  bool is_over(const Slot& slot, std::chrono::steady_clock::time_point now) const;

  // From now on no slot gets through prepare().
  void shut() { generation_.fetch_or(kShut); }

  // ---- figures ----

  const Figures& figures() const { return figures_; }

 private:
  // Why an acquire ends here; nullopt: it goes on.
  using Failure = std::optional<AcquireError>;
  enum class Verdict { alive, dead, all_dead };

  Failure ping(Slot& slot, Deadline deadline, const std::stop_token& stop, Verdict& verdict);
  Failure connect(Slot& slot, Deadline deadline, const std::stop_token& stop);
  Failure introduce(Slot& slot, Deadline deadline, const std::stop_token& stop);
  Failure show(Slot& slot, Verdict& verdict);
  AcquireError give_up(Slot& slot, AcquireError error);

  bool is_current(const Slot& slot) const { return slot.generation == generation_.load(); }
  bool is_too_old(const Slot& slot, std::chrono::steady_clock::time_point now) const;
  bool must_be_replaced(const Slot& slot) const;
  bool reset(Slot& slot);

  const PoolOptions options_;
  const HookCalls hooks_{options_};
  const bool prepares_always_;
  const ProcessId returns_as_is_in_;  // 0: a return is always more than that
  Draw draw_;
  Backoff backoff_{options_};
  Figures figures_;
  FirstTime first_connect_;
  // With kShut once they are shut: a generation of which no connection is. So whoever looks whether
  // his is current sees both at once.
  std::atomic<Generation> generation_ = kRetired + 1;
};

}  // namespace poolproof
