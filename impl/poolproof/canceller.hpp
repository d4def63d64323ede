// Cancelling the statement that runs on a lease, from another thread than the one that waits for
// it.
//
//   Canceller canceller = lease.canceller();
//   std::jthread watch([&] { if (takes_too_long()) canceller.request(); });
//   PQclear(PQexec(lease.native(), "SELECT slow()"));  // ERROR 57014 if it was in time
//
// A request travels to the server on a connection of its own, and what it meets there is whatever
// that session does by then. So a connection for which one was tried is closed when its lease ends,
// whatever came of it: the end of that other connection would be the server's word that nothing is
// under way any more, but libpq 15 does not tell it from one that the network has broken off.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <poolproof/connection.hpp>
#include <poolproof/export.hpp>

namespace poolproof {

class Cancelling;

// Of one lease. Copies are of the same lease; they may outlive it, and the pool. Thread-safe.
class POOLPROOF_API Canceller {
 public:
  // What came of a request.
  struct Outcome {
    // Whether it may have met a statement.
    enum class Kind {
      requested,  // the server has heard of it, unless the network broke off: no promise that the
                  // statement ends before it would anyway
      failed,     // nobody knows whether the server has or will: `message` is libpq's
      over,       // so is the lease, or its connection is closed: nothing was tried
    };
    Kind kind;            // what came of it
    std::string message;  // libpq's, if it failed
  };

  // Asks the server to cancel the statement that runs on the lease; if none runs, nothing comes of
  // it. Blocks until the server has closed the connection that the request came on, as PQcancel
  // does: without a deadline, and always unencrypted. Whoever uses the lease meanwhile, gives it
  // back or closes the pool does not wait for that.
  [[nodiscard]] Outcome request() const;

 private:
  friend class Lease;
  explicit Canceller(std::shared_ptr<Cancelling> lease) : lease_(std::move(lease)) {}

  std::shared_ptr<Cancelling> lease_;
};

}  // namespace poolproof
