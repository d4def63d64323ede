// The query operation of an adapter whose leases give access to a PGconn.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdio>

#include <poolproof/adapter.h>

namespace poolproof::adapters {

// Runs `sql`, blocking, and copies the first field of the first row, or nothing, to `first_value`.
inline int libpq_query(PGconn* connection, const char* sql, char* first_value, std::size_t size) {
  PGresult* const result = PQexec(connection, sql);
  const ExecStatusType status = PQresultStatus(result);
  const bool has_value = status == PGRES_TUPLES_OK && PQntuples(result) > 0;
  std::snprintf(first_value, size, "%s", has_value ? PQgetvalue(result, 0, 0) : "");
  PQclear(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ? POOLPROOF_OK : POOLPROOF_FAILED;
}

}  // namespace poolproof::adapters
