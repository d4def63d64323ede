// The server stops in four ways, starts, fails over and is healed: what its clients see of it.
#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class ServerLife : public PostgresFixture {
 protected:
  // What a client hears that comes now: "in", or the last line of libpq's words.
  void come() {
    const Client client = connect();
    std::string said = message(client);
    if (!said.empty()) said.pop_back();
    said_.push_back(usable(client) ? "in" : said.substr(said.find(": ") + 2));
  }
  void ask_and_note(const Client& client, const std::string& sql = "SELECT 1") {
    said_.push_back(ask(client, sql));
  }
  Server& server() { return machine_.server; }

  std::vector<std::string> said_;
};

MATCHER(IsRefused, "") { return arg.find("Connection refused") != std::string::npos; }
MATCHER_P(IsTold, what, "") {
  return arg.find(std::string("FATAL:  ") + what) != std::string::npos;
}

TEST_F(ServerLife, ASmartShutdownWaitsForClientsAndTakesNoNewOnes) {
  EXPECT_EQ(run([&] {
              Client client = connect();
              server().shut_down(Shutdown::smart);
              come();
              ask_and_note(client);
              client.reset();
              come();
              sleep(100ms);
              come();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsTold("the database system is shutting down"), "1",
                                 IsTold("the database system is shutting down"), IsRefused()));
}

TEST_F(ServerLife, AFastShutdownEndsEverySession) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              server().shut_down(Shutdown::fast);
              come();
              ask_and_note(client);
              sleep(100ms);
              come();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsTold("the database system is shutting down"), "!", IsRefused()));
}

TEST_F(ServerLife, AnImmediateShutdownLeavesTimeForAWarningOnly) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              server().shut_down(Shutdown::immediate);
              come();
              ask_and_note(client);
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsRefused(), "!"));
  EXPECT_THAT(machine_.last_words(), HasSubstr("due to immediate shutdown command"));
}

TEST_F(ServerLife, ACrashEndsEverySessionAndTheServerStartsAgainByItself) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              server().shut_down(Shutdown::crash);
              come();
              ask_and_note(client);
              sleep(server().options().start_takes);
              come();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsTold("the database system is in recovery mode"), "!", "in"));
  EXPECT_THAT(machine_.last_words(), HasSubstr("because of crash of another server process"));
}

TEST_F(ServerLife, AServerThatStartsSaysSoUntilItRuns) {
  EXPECT_EQ(run([&] {
              server().shut_down(Shutdown::immediate);
              server().start();
              come();
              sleep(server().options().start_takes);
              come();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsTold("the database system is starting up"), "in"));
}

TEST_F(ServerLife, AServerThatIsStoppingStartsOnceItIsDown) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              server().shut_down(Shutdown::smart);
              server().start();
              come();
              sleep(100ms);
              come();
              sleep(1s);
              come();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsTold("the database system is shutting down"),
                                 IsTold("the database system is starting up"), "in"));
}

TEST_F(ServerLife, AfterAFailoverNobodyListensUntilTheStandbyIsPrimary) {
  bool usable_after = true;
  EXPECT_EQ(run([&] {
              const Client client = connect();
              server().fail_over();
              come();
              ask_and_note(client);
              usable_after = usable(client);
              sleep(server().options().promotion_takes);
              come();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsRefused(), "!", "in"));
  EXPECT_FALSE(usable_after);
}

TEST_F(ServerLife, HealsWhateverHasHappened) {
  const auto ways = std::vector<std::function<void()>>{
      [&] { server().shut_down(Shutdown::smart); },
      [&] { server().shut_down(Shutdown::fast); },
      [&] { server().shut_down(Shutdown::immediate); },
      [&] { server().shut_down(Shutdown::crash); },
      [&] { server().fail_over(); },
      [&] { server().limit(0); },
  };
  for (const auto& way : ways) {
    EXPECT_EQ(run([&] {
                const Client client = connect();
                way();
                server().heal();
                come();
                sleep(5s);
                come();
              }),
              Ending::finished);
  }
  EXPECT_THAT(said_, testing::AllOf(testing::SizeIs(12), testing::Each("in")));
}

TEST_F(ServerLife, IdleSessionsAreTerminated) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              server().terminate_idle(FaultKind::all_idle_killed);
              ask_and_note(client);
              come();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("!", "in"));
}

TEST_F(ServerLife, IsAsNewInTheNextRun) {
  EXPECT_EQ(run([&] { server().shut_down(Shutdown::immediate); }), Ending::finished);
  EXPECT_EQ(run([&] { come(); }), Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in"));
}

// ---- cancel requests ----

class CancelRequests : public ServerLife {
 protected:
  static bool cancel(const Client& client) {
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> request(PQgetCancel(client.get()),
                                                                     PQfreeCancel);
    char error[256];
    return PQcancel(request.get(), error, sizeof error) == 1;
  }
  bool sent_ = false;
};

TEST_F(CancelRequests, DoNothingToAnIdleSession) {
  EXPECT_EQ(run([&] {
              const Client client = connect();
              sent_ = cancel(client);
              ask_and_note(client);
            }),
            Ending::finished);
  EXPECT_TRUE(sent_);
  EXPECT_THAT(said_, ElementsAre("1"));
  EXPECT_THAT(seen(), ElementsAre("1 opened", "2 opened", "2 asks to cancel 1",
                                  "2 finds nothing to cancel at 1", "2 ended by the server",
                                  "1: SELECT 1", "1 ended by the client"));
}

TEST_F(CancelRequests, EndTheStatementThatRuns) {
  Client client;
  EXPECT_EQ(run({[&] {
                   client = connect();
                   ask_and_note(client, "SELECT pg_sleep(10)");
                   ask_and_note(client);
                   client.reset();
                 },
                 [&] {
                   sleep(1s);
                   sent_ = cancel(client);
                 }}),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("!57014", "1"));
  EXPECT_THAT(seen(), Contains("2 cancels a statement of 1"));
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(CancelRequests, MeetTheNextStatementIfTheyComeLate) {
  ServerOptions options;
  options.cancel_delay = 2s;
  server().configure(options);
  Client client;
  EXPECT_EQ(run({[&] {
                   client = connect();
                   ask_and_note(client, "SELECT pg_sleep(2)");
                   ask_and_note(client, "SELECT pg_sleep(5)");
                   client.reset();
                 },
                 [&] {
                   sleep(1s);
                   sent_ = cancel(client);
                 }}),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("", "!57014")) << "the first, which was meant, ended by itself";
}

TEST_F(CancelRequests, ReturnOnlyOnceTheSignalWasSent) {
  ServerOptions options;
  options.cancel_delay = 7ms;
  server().configure(options);
  EXPECT_EQ(run([&] { sent_ = cancel(connect()); }), Ending::finished);
  EXPECT_TRUE(sent_);
  EXPECT_EQ(elapsed(), 7ms);
}

TEST_F(CancelRequests, ComeLateWhereThatFaultStrikes) {
  EXPECT_EQ(run(Choices{.faults = {1}},
                [&] {
                  allow(FaultKind::late_cancel);
                  sent_ = cancel(connect());
                }),
            Ending::finished);
  EXPECT_TRUE(sent_);
  EXPECT_EQ(elapsed(), 30ms);
  EXPECT_THAT(seen(), Contains("1 struck by late_cancel"));
}

TEST_F(CancelRequests, ThatComeLateHitTheNextStatementThatTakesTime) {
  Client client;
  EXPECT_EQ(run(Choices{.faults = {1}}, {[&] {
                                           allow(FaultKind::late_cancel);
                                           client = connect();
                                           ask_and_note(client, "SELECT pg_sleep(0.01)");
                                           ask_and_note(client, "SELECT 1");
                                           ask_and_note(client, "SELECT pg_sleep(0.01)");
                                           client.reset();
                                         },
                                         [&] {
                                           sleep(5ms);
                                           sent_ = cancel(client);
                                         }}),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("", "1", "!57014"));
  EXPECT_EQ(elapsed(), 10ms) << "and not later than that";
}

// ---- faults ----

class ServerOutages : public ServerLife {
 protected:
  // A client whose second query meets the fault; what the next client hears then, and two seconds
  // later.
  void meet(FaultKind kind) {
    EXPECT_EQ(run(Choices{.faults = {0, 1}},
                  [&] {
                    allow(kind);
                    const Client client = connect();
                    ask_and_note(client);
                    ask_and_note(client);
                    machine_.faults.allow({});
                    come();
                    sleep(2s);
                    come();
                  }),
              Ending::finished);
    EXPECT_THAT(seen(), Contains(HasSubstr("struck by")));
  }
};

TEST_F(ServerOutages, CanBeAFastShutdown) {
  meet(FaultKind::shutdown_fast);
  EXPECT_THAT(said_, ElementsAre("1", "!", IsTold("the database system is shutting down"), "in"));
}

TEST_F(ServerOutages, CanBeAnImmediateShutdown) {
  meet(FaultKind::shutdown_immediate);
  EXPECT_THAT(said_, ElementsAre("1", "!", IsRefused(), "in"));
}

TEST_F(ServerOutages, CanBeACrashInAQuery) {
  meet(FaultKind::crash);
  EXPECT_THAT(said_,
              ElementsAre("1", "!", IsTold("the database system is in recovery mode"), "in"));
}

TEST_F(ServerOutages, CanBeAFailover) {
  meet(FaultKind::failover);
  EXPECT_THAT(said_, ElementsAre("1", "!", IsRefused(), "in"));
}

TEST_F(ServerOutages, CanBeASmartShutdownThatEndsFastWhenItsOperatorIsTiredOfWaiting) {
  EXPECT_EQ(run(Choices{.faults = {0, 1}},
                [&] {
                  allow(FaultKind::shutdown_smart);
                  const Client client = connect();
                  come();
                  ask_and_note(client);
                  sleep(2s);
                  ask_and_note(client);
                  come();
                }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre(IsTold("the database system is shutting down"), "1", "!", "in"));
}

}  // namespace
}  // namespace poolproof::world::postgres
