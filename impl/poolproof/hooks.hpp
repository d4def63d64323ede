// Code of the pool's user that the pool calls: what it is shown, when, and what a throw from it
// means. Fixed when the pool is made.
//
//   a first acquire and its return   first_connect connect checkout | reset checkin
//   overflow that comes back         reset checkin close
//   Lease::invalidate()              invalidate close | checkin (EMPTY)
//   a soft one                       soft_invalidate | reset checkin | close connect checkout
//   recycled, of an old generation   close connect checkout
//   a ping that failed               invalidate close connect checkout
//   a lease that was cancelled       reset invalidate close checkin (EMPTY)
//   Lease::detach()                  detach | reset close_detached
#pragma once

#include <any>
#include <exception>
#include <functional>
#include <vector>

#include <poolproof/connection.hpp>
#include <poolproof/export.hpp>

namespace poolproof {

// What a hook is shown.
struct HookEvent {
  PGconn* connection;  // nullptr: the slot is EMPTY. For libpq calls, not for PQfinish.
  std::any& info;      // yours; gone with the connection
  // Yours; lives as long as the slot, and so through many connections. A connection that has been
  // detached has no slot any more, and another one here, which is empty.
  std::any& slot_info;
  std::exception_ptr reason;  // what Lease::invalidate was told, if it was
};

// May block, and may call any pool: no lock is held. Several threads may be in it at once, each
// with a connection of its own.
using Hook = std::function<void(const HookEvent&)>;

// Of each event in this order. One that throws keeps the rest of its list from being called, except
// where nothing may fail: there what it throws is logged, and all goes on as if it had not.
struct PoolHooks {
  // A connection was made. A throw closes it and fails the acquire. first_connect: only until it
  // has got through once, and nobody gets a connection before that.
  std::vector<Hook> first_connect = {};
  std::vector<Hook> connect = {};

  // A lease is about to begin. Disconnected: the connection is replaced, once, and shown again.
  // Any other throw closes it and fails the acquire.
  std::vector<Hook> checkout = {};

  // A slot comes back, with a connection or EMPTY. Nothing may fail.
  std::vector<Hook> checkin = {};

  // A connection is about to be reset. A throw is as good as a reset that fails: it is closed.
  std::vector<Hook> reset = {};

  // A connection is about to be closed as broken (or is already shut down, if its ping was called
  // off), or because a cancel may still reach it; is marked for replacement; has left the pool; is
  // about to be closed; had left the pool and is about to be closed. Nothing may fail.
  std::vector<Hook> invalidate = {};
  std::vector<Hook> soft_invalidate = {};
  std::vector<Hook> detach = {};
  std::vector<Hook> close = {};
  std::vector<Hook> close_detached = {};
};

// What a checkout hook throws to say that the connection is dead.
class POOLPROOF_API Disconnected : public std::exception {
 public:
  // Of the one that the hook was shown, or of all that exist now.
  explicit Disconnected(bool all_of_them = false) : all(all_of_them) {}

  // One line for a log.
  const char* what() const noexcept override {
    return all ? "this connection is dead, and all that are as old" : "this connection is dead";
  }

  bool all;  // so are all connections that exist now
};

}  // namespace poolproof
