// The libpq life cycle, waiting by ::poll so that a deadline bounds every step that libpq itself
// would wait in without one.
#include <poolproof/connection.hpp>

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>

namespace poolproof {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

enum class Readiness { ready, timed_out, broken };

// What ::poll takes: whole milliseconds, rounded up lest it wake before the deadline and spin.
int poll_timeout(Deadline deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*deadline - steady_clock::now());
  const auto longest = milliseconds(std::numeric_limits<int>::max());
  return static_cast<int>(std::clamp(left, milliseconds::zero(), longest).count());
}

// Waits until libpq has something to do on its socket. The socket is asked for at each wait: it
// changes when libpq goes on to the next host. An error or hang-up on it counts as ready, since
// libpq must see it. A deadline in the past still gets one look.
Readiness wait_for(PGconn* connection, short events, Deadline deadline) {
  pollfd socket{PQsocket(connection), events, 0};
  if (socket.fd < 0) return Readiness::broken;
  while (true) {
    const int ready = ::poll(&socket, 1, poll_timeout(deadline));
    if (ready > 0) return Readiness::ready;
    if (ready < 0 && errno != EINTR) return Readiness::broken;
    if (ready == 0 && deadline && steady_clock::now() >= *deadline) return Readiness::timed_out;
  }
}

std::string libpq_message(PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// Sends all of libpq's output. Reading meanwhile keeps a server alive that is itself stuck in
// sending us a notice.
bool flush(PGconn* connection, Deadline deadline) {
  while (true) {
    const int left = PQflush(connection);
    if (left <= 0) return left == 0;
    if (wait_for(connection, POLLIN | POLLOUT, deadline) != Readiness::ready) return false;
    if (PQconsumeInput(connection) == 0) return false;
  }
}

// Reads the answer to one command to its end. True if there was a result and none was an error: a
// server that breaks off after ReadyForQuery leaves no result at all, and that is no success.
bool command_succeeded(PGconn* connection, Deadline deadline) {
  bool succeeded = false;
  while (true) {
    while (PQisBusy(connection) != 0) {
      if (wait_for(connection, POLLIN, deadline) != Readiness::ready) return false;
      if (PQconsumeInput(connection) == 0) return false;
    }
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection), &PQclear);
    if (!result) return succeeded;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return false;
    succeeded = true;
  }
}

}  // namespace

void Connection::Finish::operator()(PGconn* connection) const { PQfinish(connection); }

Result<Connection, ConnectError> Connection::connect(const std::string& conninfo,
                                                     Deadline deadline) {
  Connection attempt(PQconnectStart(conninfo.c_str()));
  PGconn* const connection = attempt.native();
  const auto failure = [connection] {  // PQerrorMessage(nullptr) tells of memory running out
    return Unexpected(ConnectError{ConnectError::Kind::failed, libpq_message(connection)});
  };
  if (PQstatus(connection) == CONNECTION_BAD) return failure();

  // libpq's rule: begin as if it had asked for writing, and call PQconnectPoll only on a socket
  // that is ready.
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (wants != PGRES_POLLING_OK) {
    const short events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    switch (wait_for(connection, events, deadline)) {
      case Readiness::ready: break;
      case Readiness::broken: return failure();
      case Readiness::timed_out:
        return Unexpected(ConnectError{ConnectError::Kind::timed_out,
                                       "the server had not finished the connect at the deadline"});
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

bool Connection::reset(Deadline deadline) {
  if (clean()) return true;
  PGconn* const connection = native();
  const PGTransactionStatusType transaction = PQtransactionStatus(connection);
  if (transaction != PQTRANS_INTRANS && transaction != PQTRANS_INERROR) return false;
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF) return false;

  // Blocking mode would let libpq wait inside a full socket, where no deadline reaches it.
  const int was_nonblocking = PQisnonblocking(connection);
  const bool rolled_back = PQsetnonblocking(connection, 1) == 0 &&
                           PQsendQuery(connection, "ROLLBACK") == 1 &&
                           flush(connection, deadline) && command_succeeded(connection, deadline);
  return rolled_back && PQsetnonblocking(connection, was_nonblocking) == 0 && clean();
}

}  // namespace poolproof
