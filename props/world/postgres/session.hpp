// One session of the simulated server: the protocol state of a back end. What SQL does is
// Backend's; here messages come in and go out, statements wait, are interrupted and time out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/authentication.hpp"
#include "props/world/postgres/backend.hpp"
#include "props/world/postgres/server.hpp"
#include "props/world/postgres/statements.hpp"
#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {

// Whether that is the body of a start-up message, and not of one of the requests that come in its
// place.
bool is_start_up(std::string_view body);

class Session final : public Peer, private BackendHost {
 public:
  Session(Server& server, Line& line, SessionId id, bool hung);
  ~Session() override;

  // ---- from the client ----
  void used() override;
  void receive(std::string_view bytes) override;
  void left() override;
  void hang_up() override;

  // ---- from the server and other sessions ----
  [[nodiscard]] SessionId id() const { return id_; }
  // What a client must know to cancel it.
  [[nodiscard]] std::int32_t key() const { return static_cast<std::int32_t>(id_); }
  [[nodiscard]] Place place() const override;
  // Ready for a query, in no transaction, with none under way.
  [[nodiscard]] bool idle() const;
  // FATAL, whatever it is doing, and the end; without a word to a client not yet let in.
  void terminate(std::string_view sqlstate, std::string_view message);
  void terminate() { terminate("57P01", "terminating connection due to administrator command"); }
  // Ends the statement that runs, if one does; else it is lost.
  void cancel();
  // Whether cancel() would hit a statement.
  [[nodiscard]] bool at_work() const;
  // This connection was a cancel request, and its signal is sent.
  void finish_cancelling() { die(); }
  // The process is ended from outside: a WARNING is all it can say.
  void quit(std::string_view sqlstate, std::string_view message);
  // It, or its host, dies without a word.
  void die();
  // What becomes of its connection: broken_off, reset or silent.
  void suffer(FaultKind kind);
  // One that had fallen silent ends.
  void heal();
  [[nodiscard]] SessionState state() const;
  // It has the advisory lock that it waited for.
  void lock_granted();
  [[nodiscard]] bool listens(std::string_view channel) const { return backend_.listens(channel); }
  // Delivered between messages, once it is in no transaction.
  void notify(SessionId from, std::string_view channel, std::string_view payload);
  [[nodiscard]] const Backend& backend() const { return backend_; }

 private:
  enum class State : std::uint8_t {
    starting,        // no start-up message yet
    cancelling,      // a cancel request: nothing is read any more
    authenticating,  // the client has been asked who it is
    ready,           // waits for the next message
    querying,        // at work on a query
    copying,         // takes the data of a COPY FROM STDIN
    skipping,        // an error in the extended protocol: everything is ignored until Sync
    ended,
  };
  // Which protocol the statement under way came by.
  enum class By : std::uint8_t { simple, extended };

  [[nodiscard]] bool gone() const { return state_ == State::ended || silent_; }
  void process();
  void handle(const Message& message);
  void misread(std::string_view what);
  void announce(std::string_view sql);
  void announce_queued();
  void take_no_notice();
  void started();

  // session_start.cpp
  void start_up(std::string_view body);
  void authenticate(std::string_view body);
  void judge(Authentication::Verdict verdict);
  void let_in();
  void greet();
  bool apply_options();

  // session_simple.cpp
  void query(std::string_view sql);
  void run_query();
  void finish_query();

  // session_extended.cpp
  void extended(const Message& message);
  void parse_message(std::string_view body);
  const Prepared* find_statement(std::string_view name);
  void bind(std::string_view body);
  bool bind_values(Reader& reader, const Prepared& prepared, Execution& execution);
  void describe_message(std::string_view body);
  void execute(std::string_view body);
  void run_portal();
  void write_rows();
  void close(std::string_view body);
  void sync();
  void fail_extended(std::string_view sqlstate, std::string_view message);

  // session_copy.cpp
  void begin_copy();
  void copy(const Message& message);
  void lose_copy(char type);
  void end_copy(std::string_view failure);
  void copy_to_client();

  // session_time.cpp
  void start_waiting();
  void stop_waiting();
  void resume();
  void interrupt(std::string_view sqlstate, std::string_view message);
  bool interrupted();
  void become_idle();
  void await_client();
  void call_off(std::optional<EventId>& event);
  void call_off_all();

  // ---- to the client ----
  void warn(std::string_view severity, std::string_view sqlstate,
            std::string_view message) override;
  void describe(Execution& execution) override;
  void ready();
  void answer_notifications();
  void speak_out_of_turn();
  void refuse(std::string_view sqlstate, std::string_view message);
  void send(Duration delay = {});
  void end(ServerObserver::EndedBy by);

  Server& server_;
  Line& line_;
  const SessionId id_;
  bool started_ = false;  // its start-up message has come, which is counted once
  bool silent_;           // it hears nothing and says nothing
  State state_ = State::starting;
  bool waiting_ = false;    // the statement under way goes on by an event
  bool executing_ = false;  // its evaluation is on the stack: interrupts come when it is done
  bool cancel_pending_ = false;
  bool terminate_pending_ = false;
  By by_ = By::simple;
  Backend backend_;
  Inbox inbox_;
  std::size_t announced_ = 0;  // messages in the inbox that the observer has heard of
  Answer answer_;

  // Of the statement under way.
  const std::vector<Statement>* statements_ = nullptr;
  std::size_t next_ = 0;
  Execution execution_;
  std::string portal_;
  std::int32_t limit_ = 0;  // of the rows of Execute; 0: none
  std::string copied_;
  Time since_{};
  std::size_t unsynced_ = 0;  // statements executed since the last Sync
  Prepared unnamed_;

  std::optional<Authentication> authentication_;
  std::vector<std::pair<std::string, std::string>> options_;  // of the start-up message
  struct Notification {
    SessionId from;
    std::string channel, payload;
  };
  std::vector<Notification> notifications_;  // to be delivered
  std::optional<EventId> wake_;              // the end of a sleep, a look for a deadlock
  std::optional<EventId> deadline_;          // a statement or lock timeout
  std::optional<EventId> patience_;          // the end of an idle session
};

}  // namespace poolproof::world::postgres
