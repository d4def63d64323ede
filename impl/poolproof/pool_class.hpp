// Which kind of pool: SQLAlchemy's classes, under their names. What is different from upstream is
// so because upstream closes connections that are in use, or gives one to two owners.
#pragma once

#include <optional>
#include <string_view>

#include <poolproof/export.hpp>

namespace poolproof {

enum class PoolClass {
  // pool_size connections are kept, max_overflow more are opened under load.
  queue_pool,

  // Nothing is kept: each lease opens a connection and its end closes it. No limit, nobody waits.
  null_pool,

  // One connection, for whoever comes. Upstream gives it to all at the same time, and each return
  // resets it under the others. Here one thread has it at a time: the others wait their turn, and
  // that thread, if it acquires again, shares what it has.
  static_pool,

  // A connection for each thread, which gets the same one each time; if it acquires again before
  // it has given back, it shares what it has. At most pool_size threads have one (0: no limit).
  // Upstream then closes the connection of any other thread, in use or not. Here that of the thread
  // which has used its own least recently, if it is not in use; if all are, one waits. A thread
  // that ends leaves its connection to be replaced like that.
  singleton_thread_pool,

  // One connection, and one lease at a time: whoever wants a second has a bug, and is told where
  // the first was acquired. It is never lent to two, whatever a dispose meets.
  assertion_pool,
};

// "QueuePool", as it stands in a settings file.
[[nodiscard]] POOLPROOF_API const char* name_of(PoolClass pool_class);

// Knows "QueuePool" and "sqlalchemy.pool.QueuePool", and so on; nullopt for what is none of them.
[[nodiscard]] POOLPROOF_API std::optional<PoolClass> pool_class_named(std::string_view name);

}  // namespace poolproof
