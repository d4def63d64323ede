// One session of the simulated server: the protocol state of a back end.
#pragma once

#include <cstdint>
#include <string_view>

#include "props/world/postgres/server.hpp"
#include "props/world/postgres/statements.hpp"
#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {

class Session final : public Peer {
 public:
  Session(Server& server, Line& line, SessionId id, bool hung);
  ~Session() override;

  void used() override;
  void receive(std::string_view bytes) override;
  void left() override;
  void hang_up() override;
  [[nodiscard]] Place place() const override;

  [[nodiscard]] SessionId id() const { return id_; }
  // Ready for a query, in no transaction.
  [[nodiscard]] bool is_idle() const {
    return state_ == State::ready && transaction_ == TransactionStatus::idle && !silent_;
  }

  // The secret by which its client proves that a cancel request is its own.
  [[nodiscard]] std::int32_t key() const { return static_cast<std::int32_t>(id_); }

  // FATAL, then the end.
  void terminate(std::string_view sqlstate, std::string_view message);
  // What pg_terminate_backend does.
  void terminate();
  // The process is ended from outside: a WARNING is all it can say.
  void quit(std::string_view sqlstate, std::string_view message);
  // It, or its host, dies without a word.
  void die();
  // A cancel request's signal; whether it hit a statement.
  bool cancel();
  // This connection was a cancel request, and its signal is sent.
  void finish_cancelling();
  // What becomes of its connection: broken_off, reset or silent.
  void suffer(FaultKind kind);
  // One that has fallen silent ends.
  void heal();

 private:
  enum class State : std::uint8_t {
    starting,    // no start-up message yet
    cancelling,  // a cancel request: nothing is read any more
    ready,       // waits for the next message
    querying,    // at work on a query
    skipping,    // an error in the extended protocol: everything is ignored until Sync
    ended,
  };

  void handle(const Message& message);
  void start_up(std::string_view body);
  void query(std::string_view sql);
  // False if the rest of the query is to be skipped.
  bool execute(const Statement& statement);
  void end_transaction(const Statement& statement);
  bool fail(std::string_view sqlstate, std::string_view message);
  void refuse(std::string_view sqlstate, std::string_view message);
  void send(Duration delay = {});
  void end(ServerObserver::EndedBy by);

  Server& server_;
  Line& line_;
  const SessionId id_;
  bool silent_;  // hears nothing, and nothing is heard of it
  State state_ = State::starting;
  TransactionStatus transaction_ = TransactionStatus::idle;
  bool altered_ = false;         // settings are not what they were at first
  bool altered_before_ = false;  // the same, when the transaction began
  bool alone_ = true;            // the statement is the only one of its query
  Inbox inbox_;
  Answer answer_;
  Duration sleep_{};
};

}  // namespace poolproof::world::postgres
