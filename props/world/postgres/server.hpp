// A PostgreSQL 15 server in memory, as far as a client can tell it from a real one over
// protocol 3.0. What its sessions speak: see README.md. It answers at once unless a statement takes
// time or a fault says otherwise.
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
#include "props/world/postgres/scram.hpp"
#include "props/world/postgres/server_options.hpp"
#include "props/world/postgres/session_id.hpp"
#include "props/world/postgres/session_state.hpp"
#include "props/world/postgres/shared.hpp"
#include "props/world/postgres/statements.hpp"

namespace poolproof::world::postgres {

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

  // From the next session on.
  void configure(ServerOptions options) { options_ = std::move(options); }
  [[nodiscard]] const ServerOptions& options() const { return options_; }

  // Forgets all sessions.
  void reset(ServerObserver& observer);

  std::unique_ptr<Peer> accept(Line& line) override;

 private:
  friend class Session;
  friend class Backend;
  friend class Evaluator;

  [[nodiscard]] Session* find(SessionId session);
  // What pg_terminate_backend and pg_cancel_backend do; false: there is no such session.
  bool terminate(SessionId session);
  bool cancel(SessionId session);
  // What a cancel request does.
  void cancel(SessionId session, std::int32_t key);
  // Those who have been given advisory locks go on.
  void wake_granted();
  void notify(SessionId from, std::string_view channel, std::string_view payload);
  [[nodiscard]] const Role* find_role(std::string_view name) const;
  [[nodiscard]] bool knows_role(std::string_view name) const;
  [[nodiscard]] bool knows_database(std::string_view name) const;
  const std::vector<Statement>& parsed(std::string_view query);

  Scheduler& scheduler_;
  Faults& faults_;
  ServerObserver* observer_ = nullptr;
  ServerOptions options_;
  ScramSecrets secrets_;
  Shared shared_;
  std::vector<Session*> sessions_;  // those that are open; their sockets own them
  std::int32_t last_process_ = 0;
  std::map<std::string, std::vector<Statement>, std::less<>> parsed_;  // callers repeat themselves
};

}  // namespace poolproof::world::postgres
