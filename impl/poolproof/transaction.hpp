// A function run on a lease, or in a transaction on one. What it throws goes on to the caller, once
// the lease is back. It may take a Lease& or a plain PGconn*.
//
//   auto id = poolproof::in_transaction(pool, [&](PGconn* connection) {
//     return insert_order(connection, order);
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

// Why a function was not run, or what it did has come to nothing.
struct RunError {
  // What a caller can act on.
  enum class Kind {
    no_lease,     // `acquire` says why; the function was not called
    not_begun,    // the server refused BEGIN, or is gone; the function was not called
    rolled_back,  // the function left a failed transaction, or COMMIT failed: nothing has happened
    unknown,      // the connection was lost before COMMIT was answered: nobody knows
  };
  Kind kind;            // what to do about it
  std::string message;  // one for the log: libpq's words, or AcquireError's
  std::optional<AcquireError::Kind> acquire = std::nullopt;
};

// What a function is said to return that returns nothing.
using Done = std::monostate;

// Not of this interface.
namespace transaction {

// BEGIN. nullopt: it succeeded.
[[nodiscard]] POOLPROOF_API std::optional<RunError> begin(PGconn* connection);
// COMMIT. nullopt: it did.
[[nodiscard]] POOLPROOF_API std::optional<RunError> commit(PGconn* connection);
// ROLLBACK, if there is a transaction; if that fails the connection is closed.
POOLPROOF_API void roll_back(Lease& lease);

// What the function returns; Done if that is void.
template <class Body, class Argument>
auto outcome_of(Body& body, Argument&& argument) {
  if constexpr (std::is_void_v<std::invoke_result_t<Body&, Argument>>) {
    std::invoke(body, std::forward<Argument>(argument));
    return Done();
  } else {
    return std::invoke(body, std::forward<Argument>(argument));
  }
}

// The same of one that takes either; a function that could take both is given the Lease.
template <class Body>
auto outcome_on(Lease& lease, Body& body) {
  if constexpr (std::is_invocable_v<Body&, Lease&>) {
    return outcome_of(body, lease);
  } else {
    return outcome_of(body, lease.native());
  }
}

// Whether what a function returned says that it has failed.
template <class Outcome>
bool is_failure(const Outcome&) {
  return false;
}
template <class T, class E>
bool is_failure(const Result<T, E>& outcome) {
  return !outcome.has_value();
}

// What a function returns that is run on a lease of that pool, if there is one.
template <class Run>
auto on_a_lease(Pool& pool, Place place, Run run) -> std::invoke_result_t<Run&, Lease&> {
  auto lease = pool.acquire(place);
  if (lease) return run(*lease);
  return Unexpected(RunError{RunError::Kind::no_lease, lease.error().message, lease.error().kind});
}

}  // namespace transaction

// Calls body(lease), which may invalidate or detach it, on a lease acquired with the pool's
// timeout. What it returns; Done if that is void.
template <class Body>
auto with_lease(Pool& pool, Body body, Place place = Place::here())
    -> Result<decltype(transaction::outcome_on(std::declval<Lease&>(), body)), RunError> {
  using Ran = Result<decltype(transaction::outcome_on(std::declval<Lease&>(), body)), RunError>;
  return transaction::on_a_lease(
      pool, place, [&](Lease& lease) -> Ran { return transaction::outcome_on(lease, body); });
}

// Calls body(lease) between BEGIN and COMMIT, on a lease that is the caller's, and in no
// transaction yet. If it throws, or returns a Result that holds an error, there is a ROLLBACK
// instead. What it returns, that Result too.
template <class Body>
auto in_transaction(Lease& lease, Body body)
    -> Result<decltype(transaction::outcome_on(lease, body)), RunError> {
  if (auto error = transaction::begin(lease.native())) return Unexpected(*std::move(error));
  try {
    auto outcome = transaction::outcome_on(lease, body);
    if (transaction::is_failure(outcome)) {
      transaction::roll_back(lease);
    } else if (auto error = transaction::commit(lease.native())) {
      return Unexpected(*std::move(error));
    }
    return outcome;
  } catch (...) {
    transaction::roll_back(lease);
    throw;
  }
}

// The same on a lease acquired with the pool's timeout.
template <class Body>
auto in_transaction(Pool& pool, Body body, Place place = Place::here())
    -> Result<decltype(transaction::outcome_on(std::declval<Lease&>(), body)), RunError> {
  return transaction::on_a_lease(
      pool, place, [&](Lease& lease) { return in_transaction(lease, std::ref(body)); });
}

}  // namespace poolproof
