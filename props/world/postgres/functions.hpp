// The functions that the simulated server knows: names, arguments and results as in PostgreSQL 15.
#pragma once

#include <cstdint>
#include <string_view>

#include "props/world/postgres/values.hpp"

namespace poolproof::world::postgres {

struct Function {
  enum class Id : std::uint8_t {
    abs,
    backend_pid,
    cancel_backend,
    coalesce,
    concat,
    count,
    current_database,
    current_date,
    current_schema,
    current_setting,
    current_user,
    in_recovery,
    length,
    lower,
    max,
    min,
    notify,
    now,
    nullif,
    random,
    set_config,
    sleep,
    sum,
    terminate_backend,
    txid,
    upper,
    version,
    lock,
    try_lock,
    unlock,
    unlock_all,
  };

  std::string_view name;
  Id id;
  std::uint8_t least, most;  // arguments
  Type result;               // unknown: that of its first argument
  bool effect = false;       // does something, once, when it is called
  bool aggregate = false;
  // Of the advisory locks:
  bool shared = false;
  bool of_transaction = false;
};

// Null, if it is not known.
const Function* find_function(std::string_view name);

}  // namespace poolproof::world::postgres
