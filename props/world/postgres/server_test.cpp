// What the real libpq finds when it talks to the simulated server.
#include <gtest/gtest.h>
#include <poll.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SimulatedServer : public PostgresFixture {
 protected:
  std::string answer_;
  std::vector<std::string> answers_;
};

// ---- sessions ----

TEST_F(SimulatedServer, AnswersLibpq) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              answer_ = ask(client, "SELECT 1");
            }),
            Ending::finished);
  EXPECT_EQ(answer_, "1");
  EXPECT_THAT(seen(), ElementsAre("1 opened", "1: SELECT 1", "1 ended by the client"));
  EXPECT_EQ(elapsed(), 0ms);
}

TEST_F(SimulatedServer, SaysOfItselfWhatPostgres15Says) {
  int version = 0;
  std::string encoding, conforming;
  EXPECT_EQ(run([&] {
              const Client client = connect();
              version = PQserverVersion(client.get());
              encoding = PQparameterStatus(client.get(), "client_encoding");
              conforming = PQparameterStatus(client.get(), "standard_conforming_strings");
            }),
            Ending::finished);
  EXPECT_EQ(version / 10'000, 15);
  EXPECT_EQ(encoding, "UTF8");
  EXPECT_EQ(conforming, "on");
}

TEST_F(SimulatedServer, GivesEachSessionAProcessNumberOfItsOwn) {
  std::vector<int> known;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run([&] {
                const Client first = connect(), second = connect();
                for (const Client* client : {&first, &second}) {
                  known.push_back(PQbackendPID(client->get()));
                  answers_.push_back(ask(*client, "SELECT pg_backend_pid()"));
                }
              }),
              Ending::finished);
  }
  EXPECT_THAT(known, ElementsAre(1, 2, 1, 2)) << "and counts anew in each run";
  EXPECT_THAT(answers_, ElementsAre("1", "2", "1", "2"));
}

TEST_F(SimulatedServer, LetsAClientConnectStepByStep) {
  bool polled = false, connected = false;
  EXPECT_EQ(run([&] {
              const Client client(PQconnectStart(kConninfo));
              PostgresPollingStatusType status = PGRES_POLLING_WRITING;
              while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
                pollfd socket{PQsocket(client.get()), POLLIN, 0};
                if (status == PGRES_POLLING_WRITING) socket.events = POLLOUT;
                polled = poll(&socket, 1, -1) == 1;
                status = PQconnectPoll(client.get());
              }
              connected = status == PGRES_POLLING_OK;
            }),
            Ending::finished);
  EXPECT_TRUE(polled);
  EXPECT_TRUE(connected);
}

TEST_F(SimulatedServer, IsUnwillingToEncryptAndGoesOnInTheClear) {
  bool encrypted = true;
  EXPECT_EQ(run([&] {
              const Client client(
                  PQconnectdb("hostaddr=127.0.0.1 user=app dbname=app password=none sslmode=prefer "
                              "gssencmode=disable"));
              encrypted = PQsslInUse(client.get()) != 0;
              answer_ = ask(client, "SELECT 1");
            }),
            Ending::finished)
      << refusal();
  EXPECT_FALSE(encrypted);
  EXPECT_EQ(answer_, "1");
}

TEST_F(SimulatedServer, RefusesAClientThatInsistsOnEncryption) {
  EXPECT_EQ(run([&] {
              const Client client(PQconnectdb(
                  "hostaddr=127.0.0.1 user=app dbname=app password=none sslmode=require"));
              answer_ = message(client);
            }),
            Ending::finished)
      << refusal();
  EXPECT_THAT(answer_, HasSubstr("server does not support SSL, but SSL was required"));
  EXPECT_THAT(seen(), ElementsAre("1 opened", "1 ended by the client"));
}

TEST_F(SimulatedServer, IsNotMovedByTheEnvironment) {
  setenv("PGHOST", "elsewhere.invalid", 1);
  setenv("PGOPTIONS", "-c geqo=off", 1);
  EXPECT_EQ(run([&] {
              const Client client(PQconnectdb("host=/simulated user=app dbname=app password=none"));
              answer_ = PQoptions(client.get());
            }),
            Ending::finished);
  EXPECT_STREQ(getenv("PGHOST"), "elsewhere.invalid") << "it is there again after the run";
  unsetenv("PGHOST");
  unsetenv("PGOPTIONS");
  EXPECT_EQ(answer_, "");
}

// ---- statements ----

TEST_F(SimulatedServer, AnswersSeveralStatementsOfOneQuery) {
  EXPECT_EQ(run([&] { answers_ = ask_all(connect(), "SELECT 1; SET app.a = 1; SELECT 2"); }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1", "SET", "2"));
}

TEST_F(SimulatedServer, StopsAtTheFirstErrorOfAQuery) {
  EXPECT_EQ(run([&] { answers_ = ask_all(connect(), "SELECT 1; SELECT 1/0; SELECT 2"); }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1", "!22012"));
}

TEST_F(SimulatedServer, AnswersAnEmptyQuery) {
  EXPECT_EQ(run([&] { answers_ = ask_all(connect(), " ; "); }), Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("empty"));
}

TEST_F(SimulatedServer, TakesAsLongAsItIsToldToSleep) {
  std::vector<Duration> when;
  EXPECT_EQ(run([&] {
              const Client client = connect();
              for (const char* sql : {"SELECT pg_sleep(0.25)", "SELECT 1"}) {
                answers_.push_back(ask(client, sql));
                when.push_back(elapsed());
              }
            }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("", "1"));
  EXPECT_THAT(when, ElementsAre(250ms, 250ms));
}

TEST_F(SimulatedServer, LetsOtherSessionsWorkWhileOneSleeps) {
  std::string order;
  EXPECT_EQ(run({[&] {
                   const Client client = connect();
                   ask(client, "SELECT pg_sleep(1)");
                   order += "slow ";
                 },
                 [&] {
                   const Client client = connect();
                   sleep(1ms);
                   ask(client, "SELECT 1");
                   order += "quick ";
                 }}),
            Ending::finished);
  EXPECT_EQ(order, "quick slow ");
  EXPECT_EQ(elapsed(), 1s);
}

// ---- transactions ----

class ServerTransactions : public PostgresFixture {
 protected:
  // What libpq knows of the transaction after each of these queries.
  std::vector<PGTransactionStatusType> after(const std::vector<std::string>& queries) {
    std::vector<PGTransactionStatusType> result;
    EXPECT_EQ(run([&] {
                const Client client = connect();
                for (const std::string& sql : queries) {
                  answers_.push_back(ask(client, sql));
                  result.push_back(PQtransactionStatus(client.get()));
                }
              }),
              Ending::finished);
    return result;
  }

  std::vector<std::string> answers_;
};

TEST_F(ServerTransactions, AreOpenFromBeginToTheirEnd) {
  EXPECT_THAT(after({"SELECT 1", "BEGIN", "SELECT 1", "COMMIT", "start transaction", "rollback"}),
              ElementsAre(PQTRANS_IDLE, PQTRANS_INTRANS, PQTRANS_INTRANS, PQTRANS_IDLE,
                          PQTRANS_INTRANS, PQTRANS_IDLE));
  EXPECT_THAT(answers_, ElementsAre("1", "BEGIN", "1", "COMMIT", "START TRANSACTION", "ROLLBACK"));
}

TEST_F(ServerTransactions, RefuseEverythingAfterAnErrorUntilTheirEnd) {
  EXPECT_THAT(
      after({"BEGIN", "SELECT 1/0", "SELECT 1", "COMMIT", "SELECT 1"}),
      ElementsAre(PQTRANS_INTRANS, PQTRANS_INERROR, PQTRANS_INERROR, PQTRANS_IDLE, PQTRANS_IDLE));
  EXPECT_THAT(answers_, ElementsAre("BEGIN", "!22012", "!25P02", "ROLLBACK", "1"))
      << "a failed transaction cannot be committed";
}

TEST_F(ServerTransactions, AreNotNeededForAnError) {
  EXPECT_THAT(after({"SELECT 1/0", "SELECT 1"}), ElementsAre(PQTRANS_IDLE, PQTRANS_IDLE));
  EXPECT_THAT(answers_, ElementsAre("!22012", "1"));
}

TEST_F(ServerTransactions, AreEndedWithAWarningWhenThereIsNone) {
  after({"ROLLBACK"});
  EXPECT_THAT(answers_, ElementsAre("ROLLBACK"));
  EXPECT_EQ(machine_.last_words(), "WARNING:  there is no transaction in progress");
  answers_.clear();
  after({"BEGIN; BEGIN"});
  EXPECT_THAT(answers_, ElementsAre("BEGIN"));
  EXPECT_EQ(machine_.last_words(), "WARNING:  there is already a transaction in progress");
}

// ---- ends ----

class EndOfASession : public SimulatedServer {};

TEST_F(EndOfASession, IsSeenByAnotherThatTerminatesIt) {
  bool alive_before = false, readable = false, alive_after = true;
  EXPECT_EQ(run([&] {
              const Client victim = connect(), killer = connect();
              answers_.push_back(ask(killer, "SELECT pg_terminate_backend(1)"));
              alive_before = usable(victim);  // libpq has not looked yet
              pollfd socket{PQsocket(victim.get()), POLLIN, 0};
              readable = poll(&socket, 1, 0) == 1;  // but who looks can know
              answers_.push_back(ask(victim, "SELECT 1"));
              answer_ = message(victim);
              alive_after = usable(victim);
            }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("t", testing::StartsWith("!")));
  EXPECT_THAT(answer_, HasSubstr("terminating connection due to administrator command"));
  EXPECT_TRUE(alive_before);
  EXPECT_TRUE(readable);
  EXPECT_FALSE(alive_after);
  EXPECT_THAT(seen(), ElementsAre("1 opened", "2 opened", "2: SELECT pg_terminate_backend(1)",
                                  "1 ended by the server", "2 ended by the client"));
}

TEST_F(EndOfASession, MayBeItsOwnWish) {
  bool alive = true;
  EXPECT_EQ(run([&] {
              const Client client = connect();
              answers_ = ask_all(client, "SELECT pg_terminate_backend(1)");
              alive = usable(client);
            }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("!57P01", "!")) << "the error, then the lost connection";
  EXPECT_FALSE(alive);
}

TEST_F(EndOfASession, ComesOnceHoweverOftenItIsAskedFor) {
  EXPECT_EQ(run([&] {
              const Client victim = connect(), killer = connect();
              ask(killer, "SELECT pg_terminate_backend(1)");
              ask(killer, "SELECT pg_terminate_backend(1)");
              answers_ = ask_all(victim, "SELECT 1");
            }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("!57P01", "!"));
}

TEST_F(EndOfASession, OfNobodyIsNoError) {
  EXPECT_EQ(run([&] { answer_ = ask(connect(), "SELECT pg_terminate_backend(99)"); }),
            Ending::finished);
  EXPECT_EQ(answer_, "f");
  EXPECT_EQ(machine_.last_words(), "WARNING:  PID 99 is not a PostgreSQL backend process");
  EXPECT_THAT(seen(), ElementsAre("1 opened", testing::_, "1 ended by the client"));
}

// A client that dies closes its socket without a word: the server must know, too.
TEST_F(EndOfASession, IsTheClosingOfItsSocketIfThereWasNoTerminate) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              close(PQsocket(client.get()));  // libpq cannot say Terminate any more
            }),
            Ending::finished);
  EXPECT_THAT(seen(), ElementsAre("1 opened", "1 ended by the client"));
}

}  // namespace
}  // namespace poolproof::world::postgres
