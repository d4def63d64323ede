// A PostgreSQL 15 server in memory, as far as a client can tell it from a real one over
// protocol 3.0: start-up (SSLRequest and GSSENCRequest answered N, everyone trusted), simple
// queries, transactions, settings (SET, RESET ALL, DISCARD ALL), Terminate, pg_terminate_backend.
// The extended protocol is answered with an error. It answers at once unless a fault says
// otherwise.
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

// What a session keeps from one query to the next.
struct SessionState {
  TransactionStatus transaction = TransactionStatus::idle;
  bool altered = false;  // SET since it began, or since the last RESET ALL or DISCARD ALL
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
};

class Session;

class Server final : public Listener {
 public:
  Server(Scheduler& scheduler, Faults& faults);
  ~Server() override;

  // Forgets all sessions.
  void reset(ServerObserver& observer);

  // At every address.
  Reception accept(const Address& address, Line& line) override;

 private:
  friend class Session;

  void terminate(SessionId session);
  const std::vector<Statement>& parsed(std::string_view query);

  Scheduler& scheduler_;
  Faults& faults_;
  ServerObserver* observer_ = nullptr;
  std::vector<Session*> sessions_;  // those that are open; their sockets own them
  std::int32_t last_process_ = 0;
  std::map<std::string, std::vector<Statement>, std::less<>> parsed_;  // callers repeat themselves
};

}  // namespace poolproof::world::postgres
