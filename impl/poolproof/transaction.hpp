// A function run on a lease, or in a transaction on one. What it throws goes on to the caller, once
// the lease is back.
//
//   auto id = poolproof::in_transaction(pool, [&](PGconn* connection) {
//     return insert_order(connection, order);  // plain libpq, libpqxx, ...
//   });
//   if (!id) log(id.error().message);
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <poolproof/export.hpp>
#include <poolproof/place.hpp>
#include <poolproof/pool.hpp>
#include <poolproof/result.hpp>

namespace poolproof {

struct RunError {
  enum class Kind {
    no_lease,     // `acquire` says why; the function was not called
    not_begun,    // the server refused BEGIN, or is gone; the function was not called
    rolled_back,  // the function left a failed transaction, or COMMIT failed: nothing has happened
    unknown,      // the connection was lost during COMMIT: nobody knows
  };
  Kind kind;
  std::string message;  // one for the log: libpq's words, or AcquireError's
  std::optional<AcquireError::Kind> acquire = std::nullopt;
};

// What a function returns that returns nothing.
using Done = std::monostate;

// Not of this interface.
namespace transaction {

// BEGIN. nullopt: it succeeded.
[[nodiscard]] POOLPROOF_API std::optional<RunError> begin(PGconn* connection);
// COMMIT. nullopt: it did.
[[nodiscard]] POOLPROOF_API std::optional<RunError> commit(PGconn* connection);
// ROLLBACK, if there is a transaction; if that fails the connection is closed.
POOLPROOF_API void roll_back(Lease& lease);

template <class Body, class Argument>
auto outcome_of(Body& body, Argument&& argument) {
  if constexpr (std::is_void_v<std::invoke_result_t<Body&, Argument>>) {
    std::invoke(body, std::forward<Argument>(argument));
    return Done();
  } else {
    return std::invoke(body, std::forward<Argument>(argument));
  }
}

}  // namespace transaction

// Calls body(Lease&), which may invalidate or detach it, on a lease acquired with the pool's
// timeout. What it returns; Done if that is void.
template <class Body>
auto with_lease(Pool& pool, Body body, Place place = Place::here())
    -> Result<decltype(transaction::outcome_of(body, std::declval<Lease&>())), RunError> {
  auto lease = pool.acquire(place);
  if (!lease) {
    return Unexpected(
        RunError{RunError::Kind::no_lease, lease.error().message, lease.error().kind});
  }
  return transaction::outcome_of(body, *lease);
}

// Calls body(PGconn*) between BEGIN and COMMIT. If it throws, there is a ROLLBACK instead.
template <class Body>
auto in_transaction(Pool& pool, Body body, Place place = Place::here())
    -> Result<decltype(transaction::outcome_of(body, std::declval<PGconn*>())), RunError> {
  auto lease = pool.acquire(place);
  if (!lease) {
    return Unexpected(
        RunError{RunError::Kind::no_lease, lease.error().message, lease.error().kind});
  }
  if (auto error = transaction::begin(lease->native())) return Unexpected(*std::move(error));
  try {
    auto outcome = transaction::outcome_of(body, lease->native());
    if (auto error = transaction::commit(lease->native())) return Unexpected(*std::move(error));
    return outcome;
  } catch (...) {
    transaction::roll_back(*lease);
    throw;
  }
}

}  // namespace poolproof
