// One session of the simulated server: the protocol state of a back end.
#pragma once

#include <cstdint>
#include <optional>
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
  void hang_up() override;
  [[nodiscard]] Place place() const override;

  [[nodiscard]] SessionId id() const { return id_; }
  // The secret by which its client proves that a cancel request is its own.
  [[nodiscard]] std::int32_t key() const { return static_cast<std::int32_t>(id_); }
  [[nodiscard]] SessionState state() const;

  // What pg_terminate_backend does: FATAL 57P01, then the end.
  void terminate();

  // A cancel request's signal. No effect between two queries.
  void cancel(SessionId asking);
  // This connection was a cancel request, and its signal is sent.
  void finish_cancelling();

 private:
  enum class State : std::uint8_t {
    starting,    // no start-up message yet
    ready,       // waits for the next message
    querying,    // at work on a query
    copying,     // in the middle of COPY FROM STDIN
    cancelling,  // a cancel request: nothing is read any more
    skipping,    // an error in the extended protocol: everything is ignored until Sync
    ended,
  };

  void handle(const Message& message);
  void start_up(std::string_view body);
  void query(std::string_view sql);
  void copy(const Message& message);
  void answer_query();
  void go_on();
  void take_no_notice();
  // False if the rest of the query is to be skipped.
  bool execute(const Statement& statement);
  void keep(const Statement& statement);
  void end_transaction(const Statement& statement);
  bool fail(std::string_view sqlstate, std::string_view message);
  void refuse(std::string_view sqlstate, std::string_view message);
  void send(Duration delay = {});
  void end(ServerObserver::EndedBy by);

  Server& server_;
  Line& line_;
  const SessionId id_;
  const bool hung_;
  State state_ = State::starting;
  TransactionStatus transaction_ = TransactionStatus::idle;
  SessionState kept_;            // of it, what DISCARD ALL removes, but for settings
  bool altered_ = false;         // settings are not what they were at first
  bool altered_before_ = false;  // the same, when the transaction began
  bool alone_ = true;            // the statement is the only one of its query
  Inbox inbox_;
  Answer answer_;
  Duration sleep_{};
  std::optional<EventId> awakes_;  // busy until then
};

}  // namespace poolproof::world::postgres
