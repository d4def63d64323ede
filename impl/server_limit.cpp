#include <poolproof/server_limit.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace poolproof {
namespace {

// reserved_connections is new in PostgreSQL 16. A superuser may have the reserved ones, and no
// limit of a role or database holds for him.
constexpr const char* kQuery =
    "SELECT current_setting('max_connections')::int,"
    " CASE WHEN rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int"
    " + coalesce(current_setting('reserved_connections', true)::int, 0) END,"
    " CASE WHEN rolsuper THEN -1 ELSE rolconnlimit END,"
    " CASE WHEN rolsuper THEN -1 ELSE datconnlimit END,"
    " rolname, datname"
    " FROM pg_catalog.pg_roles, pg_catalog.pg_database"
    " WHERE rolname = session_user AND datname = current_database()";

std::optional<int> limit(const char* text) {
  const int value = std::atoi(text);
  if (value < 0) return std::nullopt;
  return value;
}

// How many connections one pool may have open; nullopt: no limit.
std::optional<long long> most_of(const PoolOptions& options) {
  switch (options.pool_class) {
    case PoolClass::null_pool: return std::nullopt;
    case PoolClass::static_pool:
    case PoolClass::assertion_pool: return 1;
    case PoolClass::singleton_thread_pool:
      if (options.pool_size == 0) return std::nullopt;
      return options.pool_size;
    case PoolClass::queue_pool: break;
  }
  if (options.pool_size == 0 || options.max_overflow == -1) return std::nullopt;
  return static_cast<long long>(options.pool_size) + options.max_overflow;
}

// "pool_size 5 + max_overflow 10"
std::string sum_of(const PoolOptions& options) {
  switch (options.pool_class) {
    case PoolClass::queue_pool:
      return "pool_size " + std::to_string(options.pool_size) + " + max_overflow " +
             std::to_string(options.max_overflow);
    case PoolClass::singleton_thread_pool: return "pool_size " + std::to_string(options.pool_size);
    case PoolClass::null_pool:
    case PoolClass::static_pool:
    case PoolClass::assertion_pool: break;
  }
  return name_of(options.pool_class);
}

// "max_connections 20 - 3 reserved", or whatever the least is.
std::string reason(const ServerLimit& limit) {
  const int least = limit.available();
  if (limit.of_role == least) return "the connection limit of role " + limit.role;
  if (limit.of_database == least) return "the connection limit of database " + limit.database;
  return "max_connections " + std::to_string(limit.max_connections) + " - " +
         std::to_string(limit.reserved) + " reserved";
}

}  // namespace

int ServerLimit::available() const {
  int least = std::max(0, max_connections - reserved);
  if (of_role) least = std::min(least, *of_role);
  if (of_database) least = std::min(least, *of_database);
  return least;
}

Result<ServerLimit, std::string> ask_server_limit(PGconn* connection) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> answer(PQexec(connection, kQuery), &PQclear);
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK || PQntuples(answer.get()) != 1) {
    std::string why = PQerrorMessage(connection);
    while (!why.empty() && why.back() == '\n') why.pop_back();
    return Unexpected(why.empty() ? std::string("the server has not told its limits") : why);
  }
  const auto field = [&](int column) { return PQgetvalue(answer.get(), 0, column); };
  return ServerLimit{.max_connections = std::atoi(field(0)),
                     .reserved = std::atoi(field(1)),
                     .of_role = limit(field(2)),
                     .of_database = limit(field(3)),
                     .role = field(4),
                     .database = field(5)};
}

std::optional<std::string> shortage(const PoolOptions& options, const ServerLimit& limit,
                                    int processes) {
  const auto each = most_of(options);
  if (!each) {
    return "the pool has no limit (" + sum_of(options) + "), but the server allows " +
           std::to_string(limit.available()) + " connections (" + reason(limit) + ")";
  }
  const long long wanted = *each * processes;
  if (wanted <= limit.available()) return std::nullopt;
  std::string sum = sum_of(options);
  if (processes != 1) sum = '(' + sum + ") x " + std::to_string(processes) + " processes";
  return sum + " = " + std::to_string(wanted) + " connections, but the server allows " +
         std::to_string(limit.available()) + " (" + reason(limit) + ")";
}

}  // namespace poolproof
