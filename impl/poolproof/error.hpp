// Why an acquire has no connection to give.
#pragma once

#include <exception>
#include <string>

namespace poolproof {

struct AcquireError {
  enum class Kind {
    timeout,         // nothing to be had, or connect or ping still unfinished, at the deadline
    connect_failed,  // it was this caller's turn, and the server did not let us in
    cancelled,       // its stop_token said so
    closed,          // the pool was closed, before or meanwhile
    hook_failed,     // a first_connect, connect or checkout hook threw `thrown`
    given_up,        // two connections in a row were called dead, by ping or checkout hook
  };
  Kind kind;
  std::string message;  // one for the log: the pool's counters, or libpq's words
  std::exception_ptr thrown = nullptr;
};

}  // namespace poolproof
