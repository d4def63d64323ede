// The libpq life cycle, waiting by ::poll so that a deadline bounds every step that libpq itself
// would wait in without one.
#include <poolproof/connection.hpp>

#include <libpq-fe.h>
#include <poll.h>

#include "impl/socket_wait.hpp"

namespace poolproof {
namespace {

std::string without_line_ends(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string libpq_message(PGconn* connection) {
  return without_line_ends(PQerrorMessage(connection));
}

// Sends all of libpq's output. Reading meanwhile keeps a server alive that is itself stuck in
// sending us a notice.
Readiness flush(PGconn* connection, SocketWait& socket) {
  while (true) {
    const int left = PQflush(connection);
    if (left <= 0) return left == 0 ? Readiness::ready : Readiness::broken;
    const auto readiness = socket.wait_for(PQsocket(connection), POLLIN | POLLOUT);
    if (readiness != Readiness::ready) return readiness;
    if (PQconsumeInput(connection) == 0) return Readiness::broken;
  }
}

// Reads the answer to one command to its end. `ready` if there was a result and none was an error:
// a server that breaks off after ReadyForQuery leaves no result at all, and that is no success.
Readiness read_answer(PGconn* connection, SocketWait& socket) {
  bool answered = false;
  while (true) {
    while (PQisBusy(connection) != 0) {
      const auto readiness = socket.wait_for(PQsocket(connection), POLLIN);
      if (readiness != Readiness::ready) return readiness;
      if (PQconsumeInput(connection) == 0) return Readiness::broken;
    }
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection), &PQclear);
    if (!result) return answered ? Readiness::ready : Readiness::broken;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) return Readiness::broken;
    answered = true;
  }
}

// Sends a command and reads its answer. `ready` if it succeeded.
Readiness run(PGconn* connection, const char* command, SocketWait& socket) {
  // Blocking mode would let libpq wait inside a full socket, where no deadline reaches it.
  const int was_nonblocking = PQisnonblocking(connection);
  if (PQsetnonblocking(connection, 1) != 0) return Readiness::broken;
  if (PQsendQuery(connection, command) != 1) return Readiness::broken;
  auto readiness = flush(connection, socket);
  if (readiness == Readiness::ready) readiness = read_answer(connection, socket);
  if (readiness != Readiness::ready) return readiness;
  return PQsetnonblocking(connection, was_nonblocking) == 0 ? Readiness::ready : Readiness::broken;
}

}  // namespace

void Connection::Finish::operator()(PGconn* connection) const { PQfinish(connection); }

Result<Connection, ConnectError> Connection::connect(const std::string& conninfo, Deadline deadline,
                                                     const std::stop_token& stop) {
  Connection attempt(PQconnectStart(conninfo.c_str()));
  PGconn* const connection = attempt.native();
  const auto failure = [connection] {  // PQerrorMessage(nullptr) tells of memory running out
    return Unexpected(ConnectError{ConnectError::Kind::failed, libpq_message(connection)});
  };
  if (PQstatus(connection) == CONNECTION_BAD) return failure();

  // libpq's rule: begin as if it had asked for writing, and call PQconnectPoll only on a socket
  // that is ready. The socket is asked for each time: it is another one when libpq goes on to the
  // next host.
  SocketWait socket(deadline, stop);
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (wants != PGRES_POLLING_OK) {
    const short events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    switch (socket.wait_for(PQsocket(connection), events)) {
      case Readiness::ready: break;
      case Readiness::broken: return failure();
      case Readiness::timed_out:
        return Unexpected(ConnectError{ConnectError::Kind::timed_out,
                                       "the server had not finished the connect at the deadline"});
      case Readiness::cancelled:
        return Unexpected(ConnectError{ConnectError::Kind::cancelled,
                                       "the acquire was called off while it was connecting"});
    }
    wants = PQconnectPoll(connection);
    if (wants == PGRES_POLLING_FAILED) return failure();
  }
  return attempt;
}

bool Connection::can_parse(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
  return parsed != nullptr;
}

bool Connection::usable() const { return PQstatus(native()) == CONNECTION_OK; }

bool Connection::clean() const {
  // PQTRANS_IDLE says the most: anything unanswered or unread is ACTIVE, a lost session UNKNOWN.
  return PQtransactionStatus(native()) == PQTRANS_IDLE &&
         PQpipelineStatus(native()) == PQ_PIPELINE_OFF;
}

Connection::Ping Connection::ping(Deadline deadline, const std::stop_token& stop) {
  SocketWait socket(deadline, stop);
  switch (run(native(), "", socket)) {
    case Readiness::ready: return Ping::alive;
    case Readiness::broken: return Ping::dead;
    case Readiness::timed_out: return Ping::timed_out;
    case Readiness::cancelled: return Ping::cancelled;
  }
  return Ping::dead;
}

int Connection::backend() const { return PQbackendPID(native()); }

std::shared_ptr<PGcancel> Connection::cancel_key() const {
  return {PQgetCancel(native()), [](PGcancel* key) { PQfreeCancel(key); }};
}

std::optional<std::string> send_cancel(PGcancel& key) {
  char why[256] = "";
  if (PQcancel(&key, why, sizeof why) == 1) return std::nullopt;
  return without_line_ends(why);
}

bool Connection::reset(ResetOnReturn how, Deadline deadline) {
  const PGTransactionStatusType transaction = PQtransactionStatus(native());
  if (transaction == PQTRANS_ACTIVE || transaction == PQTRANS_UNKNOWN) return false;
  if (PQpipelineStatus(native()) != PQ_PIPELINE_OFF) return false;
  if (how == ResetOnReturn::none) return true;

  SocketWait socket(deadline);
  const auto succeeds = [&](const char* command) {
    return run(native(), command, socket) == Readiness::ready;
  };
  if (transaction != PQTRANS_IDLE) {
    const bool commits = how == ResetOnReturn::commit && transaction == PQTRANS_INTRANS;
    if (!succeeds(commits ? "COMMIT" : "ROLLBACK")) return false;
  }
  if (how == ResetOnReturn::discard && !succeeds("DISCARD ALL")) return false;
  return clean();
}

}  // namespace poolproof
