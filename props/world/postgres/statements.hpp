// The SQL that the simulated server speaks, parsed. What each statement does and what becomes of
// those that are not known: see README.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "props/world/postgres/expression.hpp"

namespace poolproof::world::postgres {

struct Statement {
  enum class Kind : std::uint8_t {
    empty,
    // transactions
    begin,
    commit,
    rollback,
    savepoint,
    rollback_to,
    release,
    set_transaction,
    // settings
    set,
    reset,
    reset_all,
    show,
    show_all,
    discard,
    // queries and tables
    select,
    create_table,
    drop_table,
    insert,
    update,
    remove,  // DELETE
    truncate,
    lock_table,
    copy_in,
    copy_out,
    explain,
    // statements by name
    prepare,
    execute,
    deallocate,
    declare,
    fetch,
    close,
    // notifications
    listen,
    unlisten,
    notify,
    // known by name only: succeeds with its tag
    other,
    // the text is no SQL
    wrong,
  };
  // Where BEGIN and SET TRANSACTION say so.
  enum class Access : std::uint8_t { unsaid, read_only, read_write };
  // How many rows FETCH asks for.
  static constexpr std::int64_t kAll = INT64_MAX;

  Kind kind = Kind::other;
  std::string text = {};    // as the client sent it
  std::string tag = {};     // what CommandComplete says; of a query, its first word
  std::string name = {};    // of what it is about: setting, savepoint, table, cursor, channel, ...
  std::string value = {};   // what a setting is set to; a notification's payload
  bool by_default = false;  // SET x TO DEFAULT
  bool local = false;       // SET LOCAL; a temporary table; AND CHAIN
  bool tolerant = false;    // IF EXISTS, IF NOT EXISTS
  bool held = false;        // WITH HOLD; MOVE, which is a FETCH without rows
  bool writes = false;      // refused in a read-only transaction
  bool alone = false;       // refused in a transaction block
  bool backward = false;    // of FETCH
  Access access = Access::unsaid;
  std::string isolation = {};
  std::int64_t count = 1;                  // of FETCH
  std::vector<std::string> names = {};     // columns; the tables of DROP and TRUNCATE
  std::vector<Type> types = {};            // of those columns; of the parameters of PREPARE
  std::vector<Expression> arguments = {};  // of EXECUTE; the values that UPDATE sets
  std::shared_ptr<const Query> query = {};
  std::shared_ptr<const Statement> inner = {};  // of PREPARE, DECLARE, EXPLAIN
  std::optional<Failure> failure = {};          // of a wrong one
  std::size_t parameters = 0;                   // the highest $n in it
  bool pure = false;                            // a query that does nothing and waits for nobody
  // The whole answer, where it is always the same and nothing else happens.
  std::string ready_answer = {};
};

// Cuts a query string at its semicolons, as the simple query protocol does. Never empty: an empty
// string is one empty statement. A syntax error anywhere leaves one wrong statement alone.
std::vector<Statement> parse(std::string_view query);

// As PostgreSQL calls a column that was given no name.
std::string_view column_name(const Expression& expression);

}  // namespace poolproof::world::postgres
