#include <poolproof/transaction.hpp>

#include <libpq-fe.h>

#include <memory>
#include <string_view>

namespace poolproof::transaction {
namespace {

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;
using Kind = RunError::Kind;

PgResult execute(PGconn* connection, const char* command) {
  return {PQexec(connection, command), &PQclear};
}

bool succeeded(const PgResult& result) { return PQresultStatus(result.get()) == PGRES_COMMAND_OK; }

std::string words(PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::optional<RunError> begin(PGconn* connection) {
  if (succeeded(execute(connection, "BEGIN"))) return std::nullopt;
  return RunError{Kind::not_begun, words(connection)};
}

// A server that is asked to commit what has failed rolls back, and calls that a success.
std::optional<RunError> commit(PGconn* connection) {
  if (connection == nullptr) {
    return RunError{Kind::rolled_back, "the connection was closed before the COMMIT"};
  }
  const PgResult result = execute(connection, "COMMIT");
  if (!succeeded(result)) {
    const bool lost = PQstatus(connection) != CONNECTION_OK;
    return RunError{lost ? Kind::unknown : Kind::rolled_back, words(connection)};
  }
  if (std::string_view(PQcmdStatus(result.get())) == "COMMIT") return std::nullopt;
  return RunError{Kind::rolled_back, "a statement of the transaction had failed"};
}

// The pool may be one that commits what it finds open.
void roll_back(Lease& lease) {
  if (PQtransactionStatus(lease.native()) == PQTRANS_IDLE) return;
  if (!succeeded(execute(lease.native(), "ROLLBACK"))) lease.invalidate();
}

}  // namespace poolproof::transaction
