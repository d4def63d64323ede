// The fixture of the simulated server's tests: Debian's libpq as the client, and what the server
// told its observer, a line each. The verbs are for use inside tasks; they never fail a test.
// For tests only; may include props/world, GoogleTest and libpq.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "props/world/world_fixture.hpp"

namespace poolproof::world::postgres {

class PostgresFixture : public WorldFixture {
 protected:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  using Client = std::unique_ptr<PGconn, Finish>;

  static constexpr const char* kConninfo =
      "host=/simulated user=app dbname=app password=none sslmode=disable gssencmode=disable";

  static Client connect(const std::string& more = {}) {
    return Client(PQconnectdb((std::string(kConninfo) + " " + more).c_str()));
  }

  // Of one answer: the first value of its row, "empty", the tag of a command, or of an error "!"
  // and its SQLSTATE, if it has one.
  static std::string gist(PGresult* result) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> owned(result, PQclear);
    switch (PQresultStatus(result)) {
      case PGRES_TUPLES_OK: return PQgetvalue(result, 0, 0);
      case PGRES_EMPTY_QUERY: return "empty";
      case PGRES_COMMAND_OK: return PQcmdStatus(result);
      default: break;
    }
    const char* const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return std::string("!") + (sqlstate == nullptr ? "" : sqlstate);
  }
  // The last answer to a query string.
  static std::string ask(const Client& client, const std::string& sql) {
    return gist(PQexec(client.get(), sql.c_str()));
  }
  // All of them.
  static std::vector<std::string> ask_all(const Client& client, const std::string& sql) {
    std::vector<std::string> answers;
    PQsendQuery(client.get(), sql.c_str());
    while (PGresult* const result = PQgetResult(client.get())) answers.push_back(gist(result));
    return answers;
  }

  static bool usable(const Client& client) { return PQstatus(client.get()) == CONNECTION_OK; }
  static std::string message(const Client& client) { return PQerrorMessage(client.get()); }

  // Only this fault can happen; whether it does is a choice of the run's stream of faults.
  void allow(FaultKind kind) {
    machine_.faults.allow(FaultSet{}.set(static_cast<std::size_t>(kind)));
  }

  // What the server saw, in one line each: "1 opened", "1: SELECT 1", "1 ended by the client". A
  // query that finds settings of its session altered says so: "1: SELECT 1 (altered)".
  const std::vector<std::string>& seen() const { return seen_; }

  void note(SessionId session, std::string_view what) {
    seen_.push_back(std::to_string(static_cast<int>(session)) + std::string(what));
  }

 private:
  void opened(SessionId session) override { note(session, " opened"); }
  void ended(SessionId session, EndedBy by) override {
    note(session, by == EndedBy::client ? " ended by the client" : " ended by the server");
  }
  void used(SessionId) override {}
  void queried(SessionId session, std::string_view sql, const SessionState& before) override {
    note(session, ": " + std::string(sql) + (before.altered ? " (altered)" : ""));
  }
  void cancel_requested(SessionId asking, SessionId target) override {
    note(asking, " asks to cancel " + std::to_string(static_cast<int>(target)));
  }
  void cancelled(SessionId asking, SessionId target, bool hit) override {
    note(asking, (hit ? " cancels a statement of " : " finds nothing to cancel at ") +
                     std::to_string(static_cast<int>(target)));
  }
  void struck(FaultKind fault, Place place) override {
    note(SessionId{place.connection},
         " struck by " + std::string(kFaults[static_cast<std::size_t>(fault)].name));
  }

  std::vector<std::string> seen_;
};

}  // namespace poolproof::world::postgres
