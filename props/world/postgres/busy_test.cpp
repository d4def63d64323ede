// A session that is at work for a while: what ends it, what waits for it, and what observers see.
#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class BusySession : public PostgresFixture {
 protected:
  void queried(SessionId, std::string_view, const SessionState& before) override {
    found_ = before;
  }

  // The answers to these queries of one session.
  std::vector<std::string> ask_in_turn(const std::vector<std::string>& queries) {
    std::vector<std::string> answers;
    EXPECT_EQ(run([&] {
                const Client client = connect();
                for (const std::string& sql : queries) answers.push_back(ask(client, sql));
              }),
              Ending::finished)
        << refusal();
    return answers;
  }

  SessionState found_;  // by the last statement
  std::vector<std::string> answers_;
};

TEST_F(BusySession, IsCancelledByTheKeyThatItsClientWasGiven) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              PQsendQuery(client.get(), "SELECT pg_sleep(10)");
              sleep(1s);
              PGcancel* const cancel = PQgetCancel(client.get());
              char why[256];
              PQcancel(cancel, why, sizeof why);
              PQfreeCancel(cancel);
              while (PGresult* const result = PQgetResult(client.get())) {
                answers_.push_back(gist(result));
              }
              answers_.push_back(ask(client, "SELECT 1"));
            }),
            Ending::finished)
      << refusal();
  EXPECT_THAT(answers_, ElementsAre("!57014", "1"));
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(BusySession, IsNotCancelledWhenItIsDone) {
  EXPECT_EQ(run([&] {
              const Client client = connect(), other = connect();
              answers_.push_back(ask(other, "SELECT pg_cancel_backend(1)"));
              answers_.push_back(ask(client, "SELECT 1"));
            }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("t", "1"));
}

TEST_F(BusySession, IsTerminatedInTheMiddleOfItsStatement) {
  EXPECT_EQ(run({[&] { answers_ = ask_all(connect(), "SELECT pg_sleep(10)"); },
                 [&] {
                   sleep(1s);
                   ask(connect(), "SELECT pg_terminate_backend(1)");
                 }}),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("!57P01", "!"));
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(BusySession, TimesOut) {
  EXPECT_THAT(ask_in_turn({"SET statement_timeout = '50ms'", "SELECT pg_sleep(1)", "SELECT 1"}),
              ElementsAre("SET", "!57014", "1"));
  EXPECT_EQ(elapsed(), 50ms);
}

TEST_F(BusySession, IsEndedWhenItStaysIdleForTooLong) {
  std::string message_in_transaction;
  const auto idle = [&](const std::string& setting, const std::string& begin) {
    std::string said;
    EXPECT_EQ(run([&] {
                const Client client = connect();
                ask(client, "SET " + setting + " = 100");
                ask(client, begin);
                sleep(1s);
                ask(client, "SELECT 1");
                said = machine_.last_words() + message(client);
              }),
              Ending::finished);
    return said;
  };
  EXPECT_THAT(idle("idle_in_transaction_session_timeout", "BEGIN"),
              HasSubstr("terminating connection due to idle-in-transaction timeout"));
  EXPECT_THAT(idle("idle_session_timeout", "SELECT 1"),
              HasSubstr("terminating connection due to idle-session timeout"));
}

TEST_F(BusySession, TakesWhatComesMeanwhileAfterwards) {
  bool busy = false;
  EXPECT_EQ(run([&] {
              const Client client = connect();
              PQsendQuery(client.get(), "SELECT pg_sleep(1)");
              PQflush(client.get());
              const std::string next = std::string("Q\0\0\0\x0dSELECT 2\0", 14);
              ::send(PQsocket(client.get()), next.data(), next.size(), 0);
              busy = found_.busy;
              sleep(2s);
            }),
            Ending::finished)
      << refusal();
  EXPECT_TRUE(busy);
  EXPECT_FALSE(found_.as_new());
}

// ---- advisory locks ----

TEST_F(BusySession, WaitsForAnAdvisoryLockUntilItIsFree) {
  EXPECT_EQ(run({[&] {
                   const Client client = connect();
                   ask(client, "SELECT pg_advisory_lock(1)");
                   sleep(1s);
                   answers_.push_back(ask(client, "SELECT pg_advisory_unlock(1)"));
                 },
                 [&] {
                   const Client client = connect();
                   sleep(1ms);
                   answers_.push_back(ask(client, "SELECT pg_try_advisory_lock(1)"));
                   answers_.push_back("got it" + ask(client, "SELECT pg_advisory_lock(1)"));
                 }}),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("f", "t", "got it"));
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(BusySession, FreesItsLocksWhenItEnds) {
  EXPECT_EQ(run({[&] {
                   const Client client = connect();
                   ask(client, "SELECT pg_advisory_lock(1)");
                   sleep(100ms);
                 },
                 [&] {
                   const Client client = connect();
                   sleep(1ms);
                   ask(client, "SELECT pg_advisory_lock(1)");
                 }}),
            Ending::finished);
  EXPECT_EQ(elapsed(), 100ms);
}

TEST_F(BusySession, IsToldOfADeadlock) {
  const auto take = [&](const char* first, const char* second) {
    return [this, first, second] {
      const Client client = connect();
      ask(client, std::string("SELECT pg_advisory_lock(") + first + ")");
      sleep(1ms);
      answers_.push_back(ask(client, std::string("SELECT pg_advisory_lock(") + second + ")"));
    };
  };
  EXPECT_EQ(run({take("1", "2"), take("2", "1")}), Ending::finished);
  EXPECT_THAT(answers_, testing::UnorderedElementsAre("!40P01", ""));
}

// ---- notifications and notices ----

TEST_F(BusySession, HearsOfNotificationsWhenItIsInNoTransaction) {
  EXPECT_EQ(run([&] {
              const Client listener = connect(), speaker = connect();
              for (const char* sql : {"LISTEN news", "BEGIN"}) ask(listener, sql);
              for (const char* sql : {"BEGIN", "NOTIFY news, 'late'", "ROLLBACK"})
                ask(speaker, sql);
              ask(speaker, "SELECT pg_notify('news', 'now')");
              const auto heard = [&] {
                PQconsumeInput(listener.get());
                PGnotify* const notify = PQnotifies(listener.get());
                answers_.emplace_back(notify == nullptr ? "nothing" : notify->extra);
                PQfreemem(notify);
              };
              heard();
              ask(listener, "COMMIT");
              heard();
              heard();
            }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("nothing", "now", "nothing"));
}

// ---- COPY ----

TEST_F(BusySession, CopiesInAndOut) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              ask(client, "CREATE TEMP TABLE t (a int, b text)");
              PQclear(PQexec(client.get(), "COPY t FROM STDIN"));
              PQputCopyData(client.get(), "1\tone\n2\t\\N\n", 11);
              PQputCopyEnd(client.get(), nullptr);
              answers_.push_back(gist(PQgetResult(client.get())));
              PQgetResult(client.get());
              PQclear(PQexec(client.get(), "COPY t TO STDOUT"));
              char* line = nullptr;
              while (PQgetCopyData(client.get(), &line, 0) > 0) {
                answers_.emplace_back(line);
                PQfreemem(line);
              }
              PQclear(PQgetResult(client.get()));
              PQgetResult(client.get());
              PQclear(PQexec(client.get(), "COPY t FROM STDIN"));
              PQputCopyEnd(client.get(), "never mind");
              answers_.push_back(gist(PQgetResult(client.get())));
              PQgetResult(client.get());
              answers_.push_back(ask(client, "SELECT count(*) FROM t"));
            }),
            Ending::finished)
      << refusal();
  EXPECT_THAT(answers_, ElementsAre("COPY 2", "1\tone\n", "2\t\\N\n", "!57014", "2"));
}

// ---- what a statement finds ----

TEST_F(BusySession, ShowsWhatWasLeftOnIt) {
  const auto finds = [&](std::vector<std::string> queries) {
    queries.emplace_back("SELECT 1");
    ask_in_turn(queries);
    return found_;
  };
  EXPECT_TRUE(finds({}).as_new());
  EXPECT_TRUE(finds({"LISTEN a"}).listening);
  EXPECT_TRUE(finds({"CREATE TEMP TABLE t (a int)"}).temp_tables);
  EXPECT_TRUE(finds({"PREPARE p AS SELECT 1"}).prepared);
  EXPECT_TRUE(finds({"DECLARE c CURSOR WITH HOLD FOR SELECT 1"}).cursors);
  EXPECT_TRUE(finds({"SELECT pg_advisory_lock(1)"}).advisory_locks);
  EXPECT_TRUE(finds({"SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)"}).as_new());
  EXPECT_TRUE(finds({"BEGIN", "SELECT pg_advisory_xact_lock(1)", "COMMIT"}).as_new());
  EXPECT_TRUE(finds({"LISTEN a", "CREATE TEMP TABLE t (a int)", "PREPARE p AS SELECT 1",
                     "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SELECT pg_advisory_lock(1)",
                     "SET work_mem = 64", "DISCARD ALL"})
                  .as_new());
  EXPECT_TRUE(finds({"BEGIN", "LISTEN a", "CREATE TEMP TABLE t (a int)", "ROLLBACK"}).as_new());
}

// ---- SQLSTATEs, each as a live PostgreSQL 15 gives it ----

TEST_F(BusySession, FailsAsPostgresDoes) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"nonsense"}, "!42601"},
      {{"SELECT * FROM nowhere"}, "!42P01"},
      {{"SELECT nothing"}, "!42703"},
      {{"SELECT nothing()"}, "!42883"},
      {{"SELECT 'x'::int"}, "!22P02"},
      {{"SELECT 2147483647 + 1"}, "!22003"},
      {{"EXECUTE nothing"}, "!26000"},
      {{"FETCH c"}, "!34000"},
      {{"SAVEPOINT s"}, "!25P01"},
      {{"BEGIN", "RELEASE s"}, "!3B001"},
      {{"PREPARE p AS SELECT 1", "PREPARE p AS SELECT 1"}, "!42P05"},
      {{"DECLARE c CURSOR FOR SELECT 1"}, "!25P01"},
      {{"BEGIN READ ONLY", "CREATE TABLE t (a int)"}, "!25006"},
      {{"SET default_transaction_read_only = on", "CREATE TABLE t (a int)"}, "!25006"},
      {{"SET nonsense = 1"}, "!42704"},
      {{"SET statement_timeout = 'soon'"}, "!22023"},
      {{"SET max_connections = 5"}, "!55P02"},
      {{"SET log_statement = 'all'"}, "!42501"},
      {{"BEGIN", "VACUUM"}, "!25001"},
      {{"BEGIN", "SELECT 1", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"}, "!25001"},
      {{"SELECT pg_notify('', '')"}, "!22023"},
      {{"COMMIT AND CHAIN"}, "!25P01"},
      {{"CREATE TEMP TABLE t (a int)", "CREATE TEMP TABLE t (a int)"}, "!42P07"},
  };
  for (const auto& [queries, sqlstate] : cases) {
    EXPECT_EQ(ask_in_turn(queries).back(), sqlstate) << queries.back();
  }
}

TEST_F(BusySession, SucceedsAsPostgresDoes) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"SELECT 1 + 2 * 3"}, "7"},
      {{"SELECT 'a' || 'b'"}, "ab"},
      {{"SELECT current_database()"}, "app"},
      {{"SELECT pg_is_in_recovery()"}, "f"},
      {{"SELECT now()"}, "2026-01-01 00:00:00+00"},
      {{"SELECT count(*) FROM generate_series(1, 5)"}, "5"},
      {{"SHOW transaction_isolation"}, "read committed"},
      {{"BEGIN ISOLATION LEVEL SERIALIZABLE", "SHOW transaction_isolation"}, "serializable"},
      {{"SET statement_timeout = 61000", "SHOW statement_timeout"}, "61s"},
      {{"BEGIN", "SET LOCAL work_mem = 64", "COMMIT", "SHOW work_mem"}, "4MB"},
      {{"BEGIN", "SAVEPOINT s", "SELECT 1/0", "ROLLBACK TO s", "SELECT 1"}, "1"},
      {{"CREATE TEMP TABLE t (a int)", "INSERT INTO t VALUES (1), (2)"}, "INSERT 0 2"},
      {{"CREATE TEMP TABLE t (a int)", "INSERT INTO t VALUES (1), (2)", "DELETE FROM t WHERE a = 1",
        "SELECT a FROM t"},
       "2"},
      {{"DECLARE c CURSOR WITH HOLD FOR SELECT generate_series(1, 3)", "FETCH 2 FROM c",
        "FETCH ALL FROM c"},
       "3"},
      {{"SELECT pg_advisory_unlock(1)"}, "f"},
      {{"DISCARD TEMP"}, "DISCARD TEMP"},
  };
  for (const auto& [queries, answer] : cases) {
    EXPECT_EQ(ask_in_turn(queries).back(), answer) << queries.back();
  }
}

}  // namespace
}  // namespace poolproof::world::postgres
