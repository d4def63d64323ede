// What a session keeps from one statement to the next, as an observer may compare it.
#pragma once

#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {

struct SessionState {
  TransactionStatus transaction = TransactionStatus::idle;
  bool altered = false;         // a setting is not what RESET ALL would make it
  bool listening = false;       // on a channel, as LISTEN has it
  bool temp_tables = false;     // has some
  bool prepared = false;        // has named prepared statements, of either protocol level
  bool cursors = false;         // has open cursors or named portals
  bool advisory_locks = false;  // holds some, of session or transaction level
  bool copying = false;         // is in the middle of a COPY
  bool busy = false;            // is still at work on an earlier query
  bool pipelined = false;       // has run statements that no Sync has closed yet

  friend bool operator==(const SessionState&, const SessionState&) = default;
  // Whether no trace is left of whoever used the session before.
  [[nodiscard]] bool as_new() const { return *this == SessionState{}; }
};

}  // namespace poolproof::world::postgres
