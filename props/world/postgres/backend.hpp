// What SQL does in one session: transactions, settings, queries, statements and cursors by name,
// notifications. Knows neither messages nor time: Session drives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/execution.hpp"
#include "props/world/postgres/session_id.hpp"
#include "props/world/postgres/session_state.hpp"
#include "props/world/postgres/settings.hpp"
#include "props/world/postgres/tables.hpp"

namespace poolproof::world::postgres {

class Server;

// What a back end asks of the session that it works for.
class BackendHost {
 public:
  BackendHost() = default;
  BackendHost(const BackendHost&) = delete;
  BackendHost& operator=(const BackendHost&) = delete;
  virtual ~BackendHost() = default;

  virtual void warn(std::string_view severity, std::string_view sqlstate,
                    std::string_view message) = 0;
  // Something is about to happen on behalf of that statement: its columns go first.
  virtual void describe(Execution& execution) = 0;
};

struct Prepared {
  std::string name;
  const Statement* statement = nullptr;
  std::vector<Type> types = {};
  bool described_once = false;
};

struct Portal {
  std::string name;
  Execution execution = {};
  bool held = false;    // outlives its transaction
  bool cursor = false;  // made by DECLARE
};

class Backend {
 public:
  Backend(Server& server, BackendHost& host, SessionId id)
      : server_(server), host_(host), id_(id) {}

  // ---- statements ----
  // A statement goes as far as it can. After `waiting` it is to be run again.
  Outcome run(Execution& execution);
  [[nodiscard]] const Failure& failure() const { return failure_; }
  [[nodiscard]] const Wait& wait() const { return wait_; }
  // What it will answer, and of which types its parameters are; those that are `unknown` are found.
  std::optional<Failure> analyse(const Statement& statement, std::vector<Type>& parameters,
                                 std::vector<Column>& columns, bool& has_rows);
  // The end of a COPY FROM STDIN: its lines.
  Outcome copied(Execution& execution, std::string_view lines);

  // ---- transactions ----
  [[nodiscard]] TransactionStatus transaction() const { return transaction_; }
  // Whether that statement may run now: a failed transaction takes few.
  bool admits(const Statement& statement);
  // An error: what the transaction did is undone, or will be.
  void abort();
  // The end of a query string or a Sync: what ran outside of a transaction block is committed.
  void finish();
  // How the statements of one query string, or up to a Sync, stand to each other.
  void group(bool of_several, bool pipelined) {
    of_several_ = of_several;
    pipelined_ = pipelined;
  }
  // A query that needed no run.
  void has_queried() { queried_ = true; }
  // The session is over.
  void end();

  // ---- what it keeps ----
  Settings& settings() { return settings_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  Prepared* find_prepared(std::string_view name);
  void keep(Prepared prepared);
  void forget_prepared(std::string_view name);
  Portal* find_portal(std::string_view name);
  Portal& open(Portal portal);
  void close_portal(std::string_view name);
  [[nodiscard]] bool listens(std::string_view channel) const;
  [[nodiscard]] const std::string& user() const { return user_; }
  [[nodiscard]] const std::string& database() const { return database_; }
  void log_in(std::string user, std::string database);
  [[nodiscard]] SessionId id() const { return id_; }
  [[nodiscard]] SessionState state() const;

 private:
  friend class Evaluator;

  // What a rollback goes back to.
  struct Before {
    Settings::Snapshot settings;
    Tables temporary;
    Tables shared;
    std::vector<std::string> channels;
    std::size_t notifications = 0;
  };
  struct Savepoint {
    std::string name;
    Before before;
  };
  struct Notification {
    std::string channel;
    std::string payload;
  };

  Outcome fail(std::string_view sqlstate, std::string_view message);
  Outcome fail(Failure failure);
  Outcome done(Execution& execution, std::string_view tag);
  void warn(std::string_view sqlstate, std::string_view message);

  // backend_transactions.cpp
  Outcome run_transaction(Execution& execution);
  Outcome begin(Execution& execution);
  Outcome end_block(Execution& execution);
  Outcome run_savepoint(Execution& execution);
  Outcome set_transaction(Execution& execution);
  void apply_modes(const Statement& statement);
  [[nodiscard]] bool read_only() const;
  [[nodiscard]] bool in_block() const { return transaction_ != TransactionStatus::idle; }
  [[nodiscard]] Before snapshot() const;
  void remember();  // before the first change of a transaction
  void restore(const Before& before);
  void commit();
  void roll_back();

  // backend_settings.cpp
  Outcome run_setting(Execution& execution);
  Outcome discard(Execution& execution);
  Outcome run_notification(Execution& execution);
  std::optional<Failure> notify(std::string_view channel, std::string_view payload);

  // backend_tables.cpp
  Outcome run_query(Execution& execution);
  Outcome run_table(Execution& execution);
  Outcome create_table(Execution& execution);
  Outcome drop_tables(Execution& execution);
  Outcome insert(Execution& execution);
  Outcome change_rows(Execution& execution);
  Outcome copy_out(Execution& execution);
  Table* find_table(std::string_view name);
  bool query_rows(Execution& execution, const Query& query, std::vector<Column>& columns,
                  std::vector<Row>& rows, Outcome& outcome);
  Outcome add_row(Execution& execution, Table& table, Row row);
  Outcome unknown_table(std::string_view name);

  // backend_named.cpp
  Outcome run_named(Execution& execution);
  Outcome execute(Execution& execution);
  Outcome fetch(Execution& execution);
  Outcome deallocate(Execution& execution);
  Outcome declare(Execution& execution);

  Server& server_;
  BackendHost& host_;
  const SessionId id_;
  TransactionStatus transaction_ = TransactionStatus::idle;
  bool of_several_ = false;  // the statement is one of several of a query string
  bool pipelined_ = false;   // or comes after others that no Sync has closed
  bool queried_ = false;     // the transaction has run a query
  bool access_read_only_ = false;
  bool access_said_ = false;
  bool holds_locks_ = false;
  Wait wait_;
  Failure failure_;
  Settings settings_;
  std::optional<Before> before_;
  std::vector<Savepoint> savepoints_;
  std::vector<Prepared> prepared_;
  std::vector<Portal> portals_;
  std::vector<std::string> channels_;
  std::vector<Notification> notifications_;
  Tables temporary_;
  std::string user_ = "app";
  std::string database_ = "app";
};

}  // namespace poolproof::world::postgres
