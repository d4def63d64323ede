// The extended query protocol and pipelines, as libpq's callers use them. Each answer and SQLSTATE
// is what a live PostgreSQL 15 gives.
#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using testing::ElementsAre;

class ExtendedProtocol : public PostgresFixture {
 protected:
  using Parameters = std::vector<const char*>;

  void with_client(const std::function<void(PGconn*)>& task) {
    EXPECT_EQ(run([&] {
                const Client client = connect();
                task(client.get());
              }),
              Ending::finished)
        << refusal();
  }

  static std::string ask_with(PGconn* client, const char* sql, const Parameters& parameters) {
    return gist(PQexecParams(client, sql, static_cast<int>(parameters.size()), nullptr,
                             parameters.data(), nullptr, nullptr, 0));
  }

  // What is there, up to the end of one statement's results.
  void drain(PGconn* client) {
    while (PGresult* const result = PQgetResult(client)) {
      switch (PQresultStatus(result)) {
        case PGRES_PIPELINE_SYNC: answers_.emplace_back("sync"); break;
        case PGRES_PIPELINE_ABORTED: answers_.emplace_back("aborted"); break;
        default: answers_.push_back(gist(result)); continue;
      }
      PQclear(result);
      return;
    }
  }

  std::vector<std::string> answers_;
};

TEST_F(ExtendedProtocol, TakesParameters) {
  with_client([&](PGconn* client) {
    answers_.push_back(ask_with(client, "SELECT $1", {"text"}));
    answers_.push_back(ask_with(client, "SELECT $1::int + 1", {"41"}));
    answers_.push_back(ask_with(client, "SELECT $1::int", {"x"}));
    answers_.push_back(ask_with(client, "SELECT $1 IS NULL", {nullptr}));
    answers_.push_back(ask_with(client, "SELECT $1", {}));
  });
  EXPECT_THAT(answers_, ElementsAre("text", "42", "!22P02", "t", "!08P01"));
}

TEST_F(ExtendedProtocol, SpeaksBinaryWhereItIsAsked) {
  std::string bytes;
  Oid type = 0;
  with_client([&](PGconn* client) {
    const char parameter[] = {0, 0, 1, 0};
    const char* const values[] = {parameter};
    const int sizes[] = {sizeof parameter}, formats[] = {1};
    PGresult* const result =
        PQexecParams(client, "SELECT $1::int4", 1, nullptr, values, sizes, formats, 1);
    bytes.assign(PQgetvalue(result, 0, 0), static_cast<std::size_t>(PQgetlength(result, 0, 0)));
    type = PQftype(result, 0);
    PQclear(result);
  });
  EXPECT_EQ(bytes, std::string("\0\0\1\0", 4));
  EXPECT_EQ(type, 23U);
}

TEST_F(ExtendedProtocol, KeepsPreparedStatements) {
  with_client([&](PGconn* client) {
    answers_.push_back(gist(PQprepare(client, "s", "SELECT $1::int8", 0, nullptr)));
    const char* const values[] = {"7"};
    for (int i = 0; i < 2; ++i) {
      answers_.push_back(gist(PQexecPrepared(client, "s", 1, values, nullptr, nullptr, 0)));
    }
    PGresult* const described = PQdescribePrepared(client, "s");
    answers_.push_back(std::to_string(PQparamtype(described, 0)) + " " + PQfname(described, 0));
    PQclear(described);
    answers_.push_back(gist(PQprepare(client, "s", "SELECT 1", 0, nullptr)));
    answers_.push_back(gist(PQexec(client, "EXECUTE s(8)")));
    answers_.push_back(gist(PQexec(client, "DEALLOCATE s")));
    answers_.push_back(gist(PQexecPrepared(client, "s", 1, values, nullptr, nullptr, 0)));
  });
  EXPECT_THAT(answers_,
              ElementsAre("", "7", "7", "20 int8", "!42P05", "8", "DEALLOCATE", "!26000"));
}

TEST_F(ExtendedProtocol, TakesOneStatementAtATime) {
  with_client([&](PGconn* client) {
    answers_.push_back(ask_with(client, "SELECT 1; SELECT 2", {}));
    answers_.push_back(ask_with(client, "nonsense", {}));
    answers_.push_back(ask_with(client, "", {}));
    answers_.push_back(ask_with(client, "SELECT * FROM nowhere", {}));
    answers_.push_back(ask_with(client, "SELECT 1/0", {}));
    answers_.push_back(ask_with(client, "SELECT 1", {}));
  });
  EXPECT_THAT(answers_, ElementsAre("!42601", "!42601", "empty", "!42P01", "!22012", "1"));
}

TEST_F(ExtendedProtocol, RefusesEverythingInAFailedTransactionButItsEnd) {
  with_client([&](PGconn* client) {
    for (const char* sql : {"BEGIN", "SELECT 1/0", "SELECT 1", "COMMIT", "SELECT 1"}) {
      answers_.push_back(ask_with(client, sql, {}));
    }
  });
  EXPECT_THAT(answers_, ElementsAre("BEGIN", "!22012", "!25P02", "ROLLBACK", "1"));
}

TEST_F(ExtendedProtocol, AnswersAPipelineInOrder) {
  with_client([&](PGconn* client) {
    PQenterPipelineMode(client);
    for (const char* sql : {"SELECT 1", "SELECT 2"}) {
      PQsendQueryParams(client, sql, 0, nullptr, nullptr, nullptr, nullptr, 0);
    }
    PQpipelineSync(client);
    for (int i = 0; i < 3; ++i) drain(client);
    answers_.emplace_back(PQexitPipelineMode(client) == 1 ? "left" : "still in it");
  });
  EXPECT_THAT(answers_, ElementsAre("1", "2", "sync", "left"));
}

TEST_F(ExtendedProtocol, SkipsTheRestOfAPipelineAfterAnError) {
  with_client([&](PGconn* client) {
    PQenterPipelineMode(client);
    for (const char* sql : {"CREATE TEMP TABLE t (a int)", "SELECT 1/0", "SELECT 2"}) {
      PQsendQueryParams(client, sql, 0, nullptr, nullptr, nullptr, nullptr, 0);
    }
    PQpipelineSync(client);
    PQsendQueryParams(client, "SELECT count(*) FROM t", 0, nullptr, nullptr, nullptr, nullptr, 0);
    PQpipelineSync(client);
    for (int i = 0; i < 7; ++i) drain(client);
  });
  EXPECT_THAT(answers_, ElementsAre("CREATE TABLE", "!22012", "aborted", "sync", "!42P01", "sync"))
      << "up to the Sync it was one transaction";
}

TEST_F(ExtendedProtocol, GivesRowsOneByOne) {
  with_client([&](PGconn* client) {
    PQsendQueryParams(client, "SELECT generate_series(1, 3)", 0, nullptr, nullptr, nullptr, nullptr,
                      0);
    PQsetSingleRowMode(client);
    while (PGresult* const result = PQgetResult(client)) {
      answers_.push_back(PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "end");
      PQclear(result);
    }
  });
  EXPECT_THAT(answers_, ElementsAre("1", "2", "3", "end"));
}

TEST_F(ExtendedProtocol, TellsTheObserverWhatIsExecuted) {
  with_client([&](PGconn* client) { ask_with(client, "SELECT $1", {"1"}); });
  EXPECT_THAT(seen(), ElementsAre("1 opened", "1: SELECT $1", "1 ended by the client"));
}

}  // namespace
}  // namespace poolproof::world::postgres
