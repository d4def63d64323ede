// One server session. Owns a PGconn and knows how to open, judge, clean and end it; knows nothing
// of pools. connection.cpp is the only room of the library that includes <libpq-fe.h>.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <poolproof/deadline.hpp>
#include <poolproof/export.hpp>
#include <poolproof/result.hpp>

typedef struct pg_conn PGconn;  // as <libpq-fe.h> declares them
typedef struct pg_cancel PGcancel;

namespace poolproof {

// Why there is no session.
struct ConnectError {
  // How far it came.
  enum class Kind {
    failed,     // refused, rejected or broken off: `message` is libpq's
    timed_out,  // still unfinished at the deadline; the attempt was given up
    cancelled,  // still unfinished when it was called off; the attempt was given up
  };
  Kind kind;            // how it ended
  std::string message;  // one for the log
};

// What makes a session ready for somebody else.
enum class ResetOnReturn {
  rollback,  // of an open transaction, if there is one
  commit,    // of an open transaction; one that has failed is rolled back
  discard,   // rollback, then DISCARD ALL: settings, temporary tables, prepared statements, LISTEN
  none,      // nothing is sent: it goes on as it is, in its transaction if it is in one
};

// Open, or closed for good (also: default-made, moved from). Not for use by two threads at once.
class POOLPROOF_API Connection {
 public:
  // Closed.
  Connection() = default;

  // Opens a session. Blocks until it is ready for a query, has failed, `stop` is requested, or
  // `deadline` comes (kept to the millisecond above it: that is how ::poll counts). A host name is
  // resolved first, by getaddrinfo, which neither deadline nor `stop` bounds.
  static Result<Connection, ConnectError> connect(const std::string& conninfo, Deadline deadline,
                                                  const std::stop_token& stop = {});

  // Whether libpq can make sense of `conninfo`. Does no I/O.
  static bool can_parse(const std::string& conninfo);

  // Until it is closed, even if the server has ended the session.
  bool is_open() const { return handle_ != nullptr; }

  // False once libpq has seen the session end. It sees that when it next reads, so a session that
  // the server ended while nobody used it still counts as usable. Does no I/O.
  bool usable() const;

  // Usable, in no transaction, and nothing sent that is not answered and read to the end: no query
  // under way, unread result, COPY or pipeline. Does no I/O. Settings, prepared statements,
  // temporary tables and LISTEN are not looked at.
  bool clean() const;

  // What a ping has found out: of the last two, nothing.
  enum class Ping {
    alive,      // the server has answered
    dead,       // it never will
    timed_out,  // it had not by the deadline
    cancelled,  // it had not when it was called off
  };

  // Asks the server for an answer, with an empty query. Blocks as connect() does. Unless `alive`
  // the connection is good for nothing but close().
  [[nodiscard]] Ping ping(Deadline deadline, const std::stop_token& stop = {});

  // Makes the connection ready for somebody else, blocking until `deadline` at most. Unless `how`
  // is discard, nothing is sent if it is clean. False: it could not (broken, busy, in a pipeline,
  // or too slow) and is now good for nothing but close().
  [[nodiscard]] bool reset(ResetOnReturn how, Deadline deadline);

  // Ends the session (libpq says goodbye and closes the socket). No effect if closed.
  void close() { handle_.reset(); }

  // What another thread needs to cancel what this session does: its address and secret, copied, so
  // that it may outlive the connection. Null if it is closed or broken. Does no I/O.
  std::shared_ptr<PGcancel> cancel_key() const;

  // The server process that serves it; 0 if it is closed or broken. Does no I/O.
  int backend() const;

  // For libpq calls; nullptr if closed. Never PQfinish it.
  PGconn* native() const { return handle_.get(); }

 private:
  struct Finish {
    void operator()(PGconn* connection) const;
  };
  explicit Connection(PGconn* connection) : handle_(connection) {}

  std::unique_ptr<PGconn, Finish> handle_;
};

// Asks the server to cancel what that session does. Blocks, without a deadline, until the server
// has closed the connection that the request came on. nullopt: it has, as far as libpq can tell;
// else why not, and it may have heard of it nevertheless. Thread-safe.
[[nodiscard]] POOLPROOF_API std::optional<std::string> send_cancel(PGcancel& key);

}  // namespace poolproof
