// A PostgreSQL 15 server in memory, as far as a client can tell it from a real one over
// protocol 3.0: start-up (SSLRequest and GSSENCRequest answered N, everyone trusted), simple
// queries, transactions, settings (SET, RESET ALL, DISCARD ALL), Terminate, pg_terminate_backend,
// cancel requests, and what one lease can leave to another: COPY, LISTEN, temporary tables,
// prepared statements, cursors, advisory locks. The extended protocol is answered with an error. It
// answers at once unless a fault says otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/faults.hpp"
#include "props/world/net.hpp"
#include "props/world/postgres/statements.hpp"
#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {

// The process number that a client knows its session by.
enum class SessionId : std::int32_t {};

// What a session is in the middle of, and what it keeps from one query to the next until DISCARD
// ALL.
struct SessionState {
  TransactionStatus transaction = TransactionStatus::idle;
  bool busy = false;      // at work on a query
  bool copying = false;   // in the middle of COPY FROM STDIN
  bool unsynced = false;  // in an extended query, before its Sync
  bool altered = false;   // SET since it began, or since the last RESET ALL
  bool listening = false;
  bool temporary_tables = false;
  bool prepared = false;  // has prepared statements
  bool cursors = false;   // WITH HOLD, or still open
  bool locked = false;    // advisory locks
};

// Sees what happens on the wire; called at that very instant, from inside the task that caused it.
class ServerObserver {
 public:
  enum class EndedBy : std::uint8_t { client, server };

  ServerObserver() = default;
  ServerObserver(const ServerObserver&) = delete;
  ServerObserver& operator=(const ServerObserver&) = delete;
  virtual ~ServerObserver() = default;

  // A client connected: from now on it takes one of the server's places.
  virtual void opened(SessionId session) = 0;
  // The place is free again.
  virtual void ended(SessionId session, EndedBy by) = 0;
  // The client is about to do something on that connection.
  virtual void used(SessionId session) = 0;
  // The client sent that query; `before` is the session as it found it.
  virtual void queried(SessionId session, std::string_view sql, const SessionState& before) = 0;
  // The client sent its start-up message: it is no cancel request.
  virtual void started(SessionId) {}
  // The client `asking` is no session, but a request to cancel what `target` does.
  virtual void cancel_requested(SessionId /*asking*/, SessionId /*target*/) {}
  // Its signal has reached that session, and `hit` a statement there, which fails; or found it
  // idle.
  virtual void cancelled(SessionId /*asking*/, SessionId /*target*/, bool /*hit*/) {}
};

class Session;

class Server final : public Listener {
 public:
  Server(Scheduler& scheduler, Faults& faults);
  ~Server() override;

  // Forgets all sessions.
  void reset(ServerObserver& observer);

  std::unique_ptr<Peer> accept(Line& line) override;

  // As it is now; as it was at first if there is none.
  [[nodiscard]] SessionState state_of(SessionId session) const;

 private:
  friend class Session;

  [[nodiscard]] Session* find(SessionId session) const;
  void terminate(SessionId session);
  void cancel(SessionId asking, SessionId target, std::int32_t key);
  const std::vector<Statement>& parsed(std::string_view query);

  Scheduler& scheduler_;
  Faults& faults_;
  ServerObserver* observer_ = nullptr;
  std::vector<Session*> sessions_;  // those that are open; their sockets own them
  std::int32_t last_process_ = 0;
  std::map<std::string, std::vector<Statement>, std::less<>> parsed_;  // callers repeat themselves
};

}  // namespace poolproof::world::postgres
