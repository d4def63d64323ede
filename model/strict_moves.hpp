// The few moves that all events of the profile strict are made of: a slot finds a caller, comes
// back, is given up at a deadline. Inside model/ only.
#pragma once

#include <optional>

#include "model/strict_upkeep.hpp"

namespace poolproof::model {

class StrictMoves : protected StrictUpkeep {
 protected:
  using StrictUpkeep::StrictUpkeep;

  // ---- A slot for a caller ----

  // Takes a slot for it. Requires that one is available.
  void serve(const Waiter& taker);

  // One more lease of what the caller has. It is what it is, however old; only if it is EMPTY is
  // it connected anew.
  void share(const Waiter& taker);

  // One more of the connections that a warm-up opens, if it is still needed.
  void open_next(Preparing opening);

  // Nobody overtakes one who has waited for as long as patience, unless there is enough for both.
  bool serve_if_its_turn(const Waiters::iterator& waiter);

  // The way of a slot from the pool, or a fresh one, to a lease.
  void prepare(Preparing& taken);

  // Begins a connect for it, unless the back-off rests.
  void connect(Preparing& taken);

  // The hook that has thrown at a connection just made; nullopt if it may be used.
  std::optional<Hook> hook_that_refuses_new(ConnectionId id);

  // Shows the connection to the checkout hooks; then it is a lease.
  void check_out(Preparing& ready);

  // The connection that was to be leased is dead. It is replaced once.
  void refuse(Preparing& dead, Disconnected which);

  // ---- A slot that comes back ----

  // The slot of an acquire that came to nothing. A fresh one vanishes, and that is capacity again:
  // unless a waiter gets it or is told, it sleeps beside it (QueuePool's lost wake-up R2).
  void give_up(const Preparing& failed);

  // Shows it to the checkin hooks first.
  void check_in(const Slot& slot);

  // To the first waiter if it is impatient or the slot could not stay; else to the idle; else it
  // vanishes.
  void put_back(Slot slot);

  // ---- Deadlines ----

  // Sends away who waits, and closes what is idle.
  void close_for_good();

  // Ends the acquire whose deadline comes first, at the instant of that deadline. Of equal ones
  // it is the earliest arrival's: min_element finds the first, and whoever is served has arrived
  // before whoever waits. False if none is due by `to`.
  bool expire_first_due(Time to);

  // Whether the idle slot next in turn may be leased as it is: even at its deadline a waiter had
  // better have that than a TIMEOUT. (A ping begun now would only break the connection.)
  bool next_takes_no_time(CallerId caller) const;

  // Ends what is under way for it. A connection whose ping has no answer counts as broken.
  void stop(Preparing& unfinished);

  // ---- Connections ----

  // False: nobody knows what the connection is in the middle of.
  bool reset(ConnectionId id);

  // Tells the hooks why.
  void close_broken(Slot& slot);
};

}  // namespace poolproof::model
