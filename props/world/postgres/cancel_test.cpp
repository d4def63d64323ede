// Cancel requests, what is busy, and what a session keeps for whoever comes next.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ACancelRequest : public PostgresFixture {
 protected:
  // Runs a query of 10 ms, and another task that cancels it after so long. The signal is sent at
  // once, or some milliseconds late.
  Ending cancel_after(Duration when, bool late = false) {
    return run(Choices{.faults = {late ? 1U : 0U}}, [this, when] {
      allow(FaultKind::late_cancel);
      const Client client = connect();
      PGcancel* const cancel = PQgetCancel(client.get());
      const TaskId other = machine_.scheduler.spawn([this, cancel, when] {
        sleep(when);
        char why[256];
        sent_ = PQcancel(cancel, why, sizeof why) == 1;
        done_ = elapsed();
      });
      answers_.push_back(ask(client, "SELECT pg_sleep(0.01)"));
      answered_ = elapsed();
      answers_.push_back(ask(client, "SELECT 1"));
      machine_.scheduler.join(other);
      PQfreeCancel(cancel);
    });
  }

  void started(SessionId session) override { note(session, " started"); }
  void cancel_requested(SessionId asking, SessionId target) override {
    note(asking, " is to cancel " + std::to_string(static_cast<int>(target)));
  }
  void cancelled(SessionId asking, SessionId target, bool hit) override {
    note(asking, (hit ? " hits " : " misses ") + std::to_string(static_cast<int>(target)));
  }

  bool sent_ = false;
  Duration answered_{}, done_{};
  std::vector<std::string> answers_;
};

TEST_F(ACancelRequest, EndsTheQueryThatRuns) {
  EXPECT_EQ(cancel_after(5ms), Ending::finished);
  EXPECT_TRUE(sent_);
  EXPECT_THAT(answers_, ElementsAre("!57014", "1"));
  EXPECT_EQ(answered_, 5ms);
  EXPECT_THAT(seen(), ElementsAre("1 opened", "1 started", "1: SELECT pg_sleep(0.01)", "2 opened",
                                  "2 is to cancel 1", "2 hits 1", "2 ended by the server",
                                  "1: SELECT 1", "1 ended by the client"));
}

TEST_F(ACancelRequest, MissesASessionThatIsIdle) {
  EXPECT_EQ(cancel_after(10ms), Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("", "1"));
  EXPECT_THAT(seen(), testing::Contains("2 misses 1"));
}

TEST_F(ACancelRequest, IsOverWhenItsSignalIsSent) {
  EXPECT_EQ(cancel_after(5ms, true), Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("", "1"));
  EXPECT_EQ(done_, 35ms);
}

TEST_F(ACancelRequest, WithoutTheSecretIsIgnored) {
  std::string answer;
  EXPECT_EQ(run([&] {
              const Client client = connect();
              const TaskId other = machine_.scheduler.spawn([] {
                const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
                const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/simulated"};
                ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
                const char request[] = "\0\0\0\20\4\322\26\56\0\0\0\1\0\0\0\7";
                send(fd, request, 16, 0);
                char byte;
                EXPECT_EQ(recv(fd, &byte, 1, 0), 0);
                close(fd);
              });
              answer = ask(client, "SELECT pg_sleep(0.01)");
              machine_.scheduler.join(other);
            }),
            Ending::finished);
  EXPECT_EQ(answer, "");
  EXPECT_THAT(seen(), testing::Contains("2 is to cancel 1"));
  EXPECT_THAT(seen(), Not(testing::Contains("2 hits 1")));
}

class ASession : public PostgresFixture {
 protected:
  SessionState state() const { return machine_.server.state_of(SessionId{1}); }
};

TEST_F(ASession, KeepsWhatOutlivesAStatementUntilDiscardAll) {
  using Trace = bool SessionState::*;
  const std::pair<const char*, Trace> traces[]{
      {"SET search_path TO app", &SessionState::altered},
      {"LISTEN news", &SessionState::listening},
      {"CREATE TEMP TABLE scratch (id int)", &SessionState::temp_tables},
      {"PREPARE find AS SELECT 1", &SessionState::prepared},
      {"DECLARE rows CURSOR WITH HOLD FOR SELECT 1", &SessionState::cursors},
      {"SELECT pg_advisory_lock(1)", &SessionState::advisory_locks}};
  for (const auto& [sql, trace] : traces) {
    EXPECT_EQ(run([&, sql = sql, trace = trace] {
                const Client client = connect();
                EXPECT_FALSE(state().*trace) << sql;
                EXPECT_THAT(ask(client, sql), Not(HasSubstr("!"))) << sql;
                EXPECT_TRUE(state().*trace) << sql;
                ask(client, "DISCARD ALL");
                EXPECT_FALSE(state().*trace) << sql;
              }),
              Ending::finished);
  }
}

TEST_F(ASession, IsBusyUntilItsQueryIsAnswered) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              PQsendQuery(client.get(), "SELECT pg_sleep(0.01)");
              PQflush(client.get());
              EXPECT_TRUE(state().busy);
              sleep(10ms);
              yield();
              EXPECT_FALSE(state().busy);
            }),
            Ending::finished);
}

TEST_F(ASession, CopiesUntilItIsToldOfAnEnd) {
  std::vector<std::string> answers;
  EXPECT_EQ(run([&] {
              const Client client = connect();
              ask(client, "CREATE TABLE events (line text)");
              for (const char* const failure : {static_cast<const char*>(nullptr), "no more"}) {
                PGresult* const begun = PQexec(client.get(), "COPY events FROM STDIN");
                EXPECT_EQ(PQresultStatus(begun), PGRES_COPY_IN);
                PQclear(begun);
                EXPECT_TRUE(state().copying);
                PQputCopyData(client.get(), "1\n", 2);
                PQputCopyEnd(client.get(), failure);
                while (PGresult* const each = PQgetResult(client.get())) {
                  answers.push_back(gist(each));
                }
                EXPECT_FALSE(state().copying);
              }
              answers.push_back(ask(client, "SELECT 1"));
            }),
            Ending::finished);
  EXPECT_THAT(answers, ElementsAre("COPY 1", "!57014", "1"));
}

}  // namespace
}  // namespace poolproof::world::postgres
