// Why an acquire has no connection to give.
#pragma once

#include <exception>
#include <string>

#include <poolproof/export.hpp>
#include <poolproof/status.hpp>

namespace poolproof {

struct AcquireError {
  // What a caller can act on.
  enum class Kind {
    timeout,         // nothing to be had, or connect or ping still unfinished, at the deadline
    connect_failed,  // it was this caller's turn, and the server did not let us in; or, with
                     // connect_backoff, has not let others in a moment ago
    cancelled,       // its stop_token said so
    closed,          // the pool was closed, before or meanwhile
    hook_failed,     // a first_connect, connect or checkout hook threw `thrown`
    given_up,        // two connections in a row were called dead, by ping or checkout hook
    in_use,          // of an AssertionPool: its connection is leased already
    inherited,       // this process is a fork of the one that made the pool: make another
  };
  Kind kind;            // what to do about it
  std::string message;  // one for the log: the pool's counters, or libpq's words
  std::exception_ptr thrown = nullptr;
  PoolStatus status = {};  // the pool's counters when it was given up
};

// "timeout", as it is written above.
[[nodiscard]] POOLPROOF_API const char* name_of(AcquireError::Kind kind);

}  // namespace poolproof
