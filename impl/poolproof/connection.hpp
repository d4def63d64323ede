// One server session. Owns a PGconn and knows how to open, judge, clean and end it; knows nothing
// of pools. connection.cpp is the only room of the library that includes <libpq-fe.h>.
#pragma once

#include <memory>
#include <string>

#include <poolproof/deadline.hpp>
#include <poolproof/result.hpp>

typedef struct pg_conn PGconn;  // as <libpq-fe.h> declares it

namespace poolproof {

struct ConnectError {
  enum class Kind {
    failed,     // refused, rejected or broken off: `message` is libpq's
    timed_out,  // still unfinished at the deadline; the attempt was given up
  };
  Kind kind;
  std::string message;
};

// Open, or closed for good (also: default-made, moved from). Not for use by two threads at once.
class Connection {
 public:
  // Closed.
  Connection() = default;

  // Opens a session. Blocks until it is ready for a query, has failed, or `deadline` comes (kept
  // to the millisecond above it: that is how ::poll counts). A host name is resolved first, by
  // getaddrinfo, which no deadline bounds.
  static Result<Connection, ConnectError> connect(const std::string& conninfo, Deadline deadline);

  // Whether libpq can make sense of `conninfo`. Does no I/O.
  static bool can_parse(const std::string& conninfo);

  bool is_open() const { return handle_ != nullptr; }

  // False once libpq has seen the session end. It sees that when it next reads, so a session that
  // the server ended while nobody used it still counts as usable. Does no I/O.
  bool usable() const;

  // Usable, in no transaction, and nothing sent that is not answered and read to the end: no query
  // under way, unread result, COPY or pipeline. Does no I/O. Settings, prepared statements,
  // temporary tables and LISTEN are not looked at.
  bool clean() const;

  // Makes the connection clean: rolls back a transaction, open or failed, blocking until
  // `deadline` at most; sends nothing if it is clean. False: it could not (broken, busy, in a
  // pipeline, or too slow) and is now good for nothing but close().
  [[nodiscard]] bool reset(Deadline deadline);

  // Ends the session (libpq says goodbye and closes the socket). No effect if closed.
  void close() { handle_.reset(); }

  // For libpq calls; nullptr if closed. Never PQfinish it.
  PGconn* native() const { return handle_.get(); }

 private:
  struct Finish {
    void operator()(PGconn* connection) const;
  };
  explicit Connection(PGconn* connection) : handle_(connection) {}

  std::unique_ptr<PGconn, Finish> handle_;
};

}  // namespace poolproof
