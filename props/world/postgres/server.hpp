// A PostgreSQL 15 server in memory, as far as a client can tell it from a real one over
// protocol 3.0. What its sessions speak: see README.md. It answers at once unless a statement takes
// time or a fault says otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "props/world/faults.hpp"
#include "props/world/net.hpp"
#include "props/world/postgres/host.hpp"
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
  // The session is over.
  virtual void ended(SessionId session, EndedBy by) = 0;
  // The client is about to do something on that connection.
  virtual void used(SessionId session) = 0;
  // The server has sent an answer there, or the end of the start-up.
  virtual void answered(SessionId, Phase) {}
  // The client sent its start-up message: it is no cancel request.
  virtual void started(SessionId) {}
  // The client sent that query; `before` is the session as it found it.
  virtual void queried(SessionId session, std::string_view sql, const SessionState& before) = 0;
  // Its place is free again: some time after the end, if the server lags.
  virtual void released(SessionId /*session*/) {}
  // The client `asking` is no session, but a request to cancel what `target` does.
  virtual void cancel_requested(SessionId /*asking*/, SessionId /*target*/) {}
  // Its signal has reached that session, and `hit` a statement there, which fails; or found it
  // idle.
  virtual void cancelled(SessionId /*asking*/, SessionId /*target*/, bool /*hit*/) {}
};

enum class Shutdown : std::uint8_t {
  smart,      // waits until all clients have gone by themselves, and takes no new ones
  fast,       // ends all sessions
  immediate,  // ends all processes at once
  crash,      // one process dies: the others are ended, and the server starts again by itself
};

class Session;

// On one host, or on two: a primary at 192.0.2.1 and its standby at 192.0.2.2. Every other address,
// a Unix socket's too, leads to whichever is the primary.
class Server final : public Listener {
 public:
  Server(Scheduler& scheduler, Faults& faults);
  ~Server() override;

  // From the next run on.
  void configure(ServerOptions options) { options_ = std::move(options); }
  [[nodiscard]] const ServerOptions& options() const { return options_; }

  // Forgets all sessions; all hosts run.
  void reset(ServerObserver& observer);

  Reception accept(const Address& address, Line& line) override;

  // As it is now; as it was at first if there is none.
  [[nodiscard]] SessionState state_of(SessionId session) const;

  // ---- its life; from inside a task or an event ----

  // The primary's. It stays down until it is started; after a crash it starts by itself.
  void shut_down(Shutdown how);
  // The same as Shutdown::crash, of that session's process; it has no last word.
  void crash(SessionId culprit);
  // A primary that is down, or is about to be, is up after options().start_takes.
  void start();
  // The primary's host dies without a word; after options().promotion_takes the standby is primary.
  // Where there is none, a host that nobody knew takes the primary's address over.
  void fail_over();
  // How many sessions there may be from now on; those that are stay.
  void limit(int max_connections) { max_connections_ = max_connections; }
  // All hosts run, the limit is what it was, the door is open, and sessions that had fallen silent
  // end. Those that were lost stay lost.
  void heal();

  [[nodiscard]] bool is_up() const { return hosts_[primary_].runs(); }

  // ---- what goes wrong not with one session, but for all ----

  // How it treats those who come.
  enum class Door : std::uint8_t { open, refuses, full, starting_up, slow };
  // From now on; who is treated so is struck by that fault.
  void set_door(Door door, FaultKind because = {}) {
    door_ = door;
    because_ = because;
  }
  // FATAL 57P01 to those that wait for a query, or to all.
  void terminate_idle(FaultKind because);
  void terminate_all(FaultKind because);
  // Strikes one idle session: killed_idle, broken_off, reset or silent. `which`: as many as there
  // are take turns. False if none is idle.
  bool strike_idle(FaultKind kind, std::size_t which);

 private:
  friend class Session;
  friend class Backend;
  friend class Evaluator;

  static constexpr std::size_t kHosts = 2;

  // What a session takes: until it ends, and then until its process has exited.
  struct Seat {
    SessionId id;
    Session* session;  // its socket owns it; null once it has ended
    std::size_t host;
    bool taken = false;  // it counts: its start-up message has come
    const Role* role = nullptr;
    const Database* database = nullptr;
  };

  // ---- for its sessions ----

  // Null if it has ended.
  [[nodiscard]] Session* find(SessionId id) const;
  // What a start-up message is answered with, if not with authentication.
  std::optional<Refusal> seat(SessionId id);
  // The same once the client has proved who it is.
  std::optional<Refusal> admit(SessionId id, std::string_view role, std::string_view database);
  void ended(SessionId id, ServerObserver::EndedBy by);
  [[nodiscard]] bool in_recovery(SessionId id) const;
  // What a cancel request does.
  void cancel(SessionId asking, SessionId target, std::int32_t key);
  // A statement there has begun that takes some time.
  void at_work(SessionId session);
  // What pg_terminate_backend and pg_cancel_backend do; false: there is no such session.
  bool terminate(SessionId session);
  bool cancel(SessionId session);
  // Superusers' sessions are theirs alone.
  [[nodiscard]] bool may_signal(SessionId from, SessionId to) const;
  // Those who have been given advisory locks go on.
  void wake_granted();
  void notify(SessionId from, std::string_view channel, std::string_view payload);
  [[nodiscard]] const Role* find_role(std::string_view name) const;
  [[nodiscard]] bool knows_role(std::string_view name) const;
  [[nodiscard]] bool knows_database(std::string_view name) const;
  // A query arrives, and the server may go in place of an answer. Whether it did.
  bool falls(Place place);
  // A connection arrives, and the server may begin a smart shutdown just before.
  void closes(Place place);
  // Whether it is like that now.
  bool turns_away(Place place, Door door);
  const std::vector<Statement>& parsed(std::string_view query);

  // ---- cancel requests ----
  struct Signal {
    SessionId asking, target;
    std::int32_t key;
  };
  EventId send_after(const Signal& signal, Duration delay);
  void send(const Signal& signal);

  // ---- seats ----
  [[nodiscard]] std::size_t host_at(const Address& address) const;
  [[nodiscard]] std::vector<Session*> sessions() const;
  [[nodiscard]] Seat* seat_of(SessionId id);
  [[nodiscard]] const Seat* seat_of(SessionId id) const;
  void release(SessionId id);
  [[nodiscard]] std::vector<Session*> sessions_of(std::size_t host) const;

  // ---- hosts ----
  // Has that happen, unless the host's fate changes before.
  void later(std::size_t host, Duration delay, std::function<void()> what);
  void end_when_empty(std::size_t host);
  void run_after(std::size_t host, Host::State meanwhile);
  void quit_all(std::size_t host, std::string_view sqlstate, std::string_view message);
  void promote();

  Scheduler& scheduler_;
  Faults& faults_;
  ServerOptions options_;
  ScramSecrets secrets_;
  Shared shared_;
  ServerObserver* observer_ = nullptr;
  std::array<Host, kHosts> hosts_;
  std::size_t primary_ = 0;
  std::optional<EventId> promotion_;
  int max_connections_ = 0;
  std::vector<Seat> seats_;
  std::int32_t last_process_ = 0;
  Door door_ = Door::open;
  std::vector<std::pair<EventId, Signal>> late_signals_;
  FaultKind because_{};
  std::map<std::string, std::vector<Statement>, std::less<>> parsed_;  // callers repeat themselves
};

}  // namespace poolproof::world::postgres
