// The operations on a connection of an adapter whose leases give access to a PGconn.
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

// Sends `sql` as a query; the answer is left unread.
inline int libpq_send(PGconn* connection, const char* sql) {
  return PQsendQuery(connection, sql) == 1 && PQflush(connection) == 0 ? POOLPROOF_OK
                                                                       : POOLPROOF_FAILED;
}

// Sends `sql` in a pipeline, which is left without a sync.
inline int libpq_send_unsynced(PGconn* connection, const char* sql) {
  const bool sent =
      PQenterPipelineMode(connection) == 1 &&
      PQsendQueryParams(connection, sql, 0, nullptr, nullptr, nullptr, nullptr, 0) == 1;
  return sent && PQflush(connection) == 0 ? POOLPROOF_OK : POOLPROOF_FAILED;
}

}  // namespace poolproof::adapters
