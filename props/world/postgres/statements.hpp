// The little SQL that the simulated server speaks: a statement is told apart by its text and
// answered without a database. Unknown ones succeed with their first word as tag and no rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/time.hpp"

namespace poolproof::world::postgres {

struct Statement {
  enum class Kind : std::uint8_t {
    empty,
    begin,
    commit,
    rollback,
    select_number,   // SELECT 42
    backend_pid,     // SELECT pg_backend_pid()
    terminate,       // SELECT pg_terminate_backend(42)
    sleep,           // SELECT pg_sleep(0.5)
    divide_by_zero,  // SELECT 1/0: the one statement that fails
    set,             // SET search_path TO app: any setting
    reset_all,       // RESET ALL
    discard_all,     // DISCARD ALL
    copy_in,         // COPY events FROM STDIN
    listen,
    temporary_table,   // CREATE TEMP TABLE scratch (id int)
    prepare,           // PREPARE find AS SELECT 1
    cursor_with_hold,  // DECLARE rows CURSOR WITH HOLD FOR SELECT 1
    advisory_lock,     // SELECT pg_advisory_lock(1)
    other,
  };
  Kind kind;
  std::string tag;          // the first word, in capitals
  std::int64_t number = 0;  // of select_number and terminate
  Duration duration{};      // of sleep
};

// Cuts a query string at its semicolons, as the simple query protocol does. Never empty: an empty
// string is one empty statement.
std::vector<Statement> parse(std::string_view query);

}  // namespace poolproof::world::postgres
