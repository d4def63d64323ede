// Each fault as libpq sees it, and that none strikes unless it is allowed and chosen.
#include "props/world/faults.hpp"

#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class ServerFaults : public PostgresFixture {
 protected:
  // With this fault allowed, and the choices whether it strikes.
  Ending run_with(FaultKind kind, std::vector<std::uint32_t> strikes, Body task) {
    return run(Choices{.faults = std::move(strikes)}, [this, kind, task = std::move(task)] {
      allow(kind);
      task();
    });
  }

  std::uint32_t times_struck(FaultKind kind) const {
    return machine_.faults.struck()[static_cast<std::size_t>(kind)];
  }

  bool usable_ = true;
  std::string message_;
  std::vector<std::string> answers_;
};

TEST_F(ServerFaults, DoNotStrikeUnlessTheyAreAllowed) {
  class Always final : public Chooser {
    std::size_t next(std::span<const Candidate>) override { return 0; }
    std::uint32_t choose(Stream, std::uint32_t count) override { return count - 1; }
  } always;
  EXPECT_EQ(run_under(always, {[&] { answers_.push_back(ask(connect(), "SELECT 1")); }}),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1"));
  EXPECT_THAT(machine_.faults.struck(), testing::Each(0U));
}

TEST_F(ServerFaults, RefuseAConnection) {
  EXPECT_EQ(run_with(FaultKind::connect_refused, {1, 0},
                     [&] {
                       const Client refused = connect();
                       usable_ = usable(refused);
                       message_ = message(refused);
                       answers_.push_back(ask(connect(), "SELECT 1"));
                     }),
            Ending::finished);
  EXPECT_FALSE(usable_);
  EXPECT_THAT(message_, HasSubstr("Connection refused"));
  EXPECT_THAT(answers_, ElementsAre("1")) << "the next one is let in";
  EXPECT_EQ(times_struck(FaultKind::connect_refused), 1U);
  EXPECT_EQ(seen().front(), "0 struck by connect_refused") << "without having been opened";
}

TEST_F(ServerFaults, LeaveAConnectionHangingUntilTheServerGivesUp) {
  EXPECT_EQ(run_with(FaultKind::connect_hung, {1},
                     [&] {
                       const Client hung = connect();
                       usable_ = usable(hung);
                       message_ = message(hung);
                     }),
            Ending::finished);
  EXPECT_FALSE(usable_);
  EXPECT_THAT(message_, HasSubstr("server closed the connection unexpectedly"));
  EXPECT_EQ(elapsed(), 60s);
}

TEST_F(ServerFaults, LeaveAConnectionHangingUntilTheClientGivesUp) {
  EXPECT_EQ(run_with(FaultKind::connect_hung, {1},
                     [&] {
                       const Client hung = connect("connect_timeout=5");
                       usable_ = usable(hung);
                       message_ = message(hung);
                     }),
            Ending::finished);
  EXPECT_FALSE(usable_);
  EXPECT_THAT(message_, HasSubstr("timeout expired"));
  EXPECT_EQ(elapsed(), 5s);
  EXPECT_EQ(seen().back(), "1 ended by the client");
}

TEST_F(ServerFaults, RefuseASessionForWantOfRoom) {
  EXPECT_EQ(run_with(FaultKind::too_many_connections, {1, 0},
                     [&] {
                       const Client refused = connect();
                       usable_ = usable(refused);
                       message_ = message(refused);
                       answers_.push_back(ask(connect(), "SELECT 1"));
                     }),
            Ending::finished);
  EXPECT_FALSE(usable_);
  EXPECT_THAT(message_, HasSubstr("FATAL:  sorry, too many clients already"));
  EXPECT_THAT(answers_, ElementsAre("1"));
  EXPECT_THAT(seen(), testing::Contains("1 ended by the server"));
}

TEST_F(ServerFaults, RefuseASessionWhileTheServerStarts) {
  EXPECT_EQ(run_with(FaultKind::starting_up, {1}, [&] { message_ = message(connect()); }),
            Ending::finished);
  EXPECT_THAT(message_, HasSubstr("FATAL:  the database system is starting up"));
}

TEST_F(ServerFaults, RefuseAGoodPassword) {
  EXPECT_EQ(run_with(FaultKind::bad_password, {1}, [&] { message_ = message(connect()); }),
            Ending::finished);
  EXPECT_THAT(message_, HasSubstr("FATAL:  password authentication failed for user \"app\""));
}

TEST_F(ServerFaults, LetAClientWaitToBeLetIn) {
  EXPECT_EQ(run_with(FaultKind::slow_authentication, {1},
                     [&] { answers_.push_back(ask(connect(), "SELECT 1")); }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1"));
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(ServerFaults, SayAWordToASessionThatIsIdle) {
  std::string zone;
  EXPECT_EQ(run_with(FaultKind::notice, {1, 0, 1, 1},
                     [&] {
                       const Client client = connect();
                       ask(client, "SELECT 1");
                       PQconsumeInput(client.get());
                       ask(client, "SELECT 2");
                       answers_.push_back(ask(client, "SELECT 3"));
                       zone = PQparameterStatus(client.get(), "TimeZone");
                     }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("3"));
  EXPECT_EQ(machine_.last_words(), "WARNING:  the server has something to say");
  EXPECT_EQ(zone, "Etc/UTC");
}

TEST_F(ServerFaults, KillASessionInAQuery) {
  EXPECT_EQ(run_with(FaultKind::killed_in_query, {0, 1},
                     [&] {
                       const Client client = connect();
                       answers_ = ask_all(client, "SELECT 1");
                       for (auto& each : ask_all(client, "SELECT 2")) answers_.push_back(each);
                       usable_ = usable(client);
                       message_ = message(client);
                     }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1", "!57P01", "!")) << "the error, then the lost connection";
  EXPECT_FALSE(usable_);
  EXPECT_THAT(message_, HasSubstr("terminating connection due to administrator command"));
  EXPECT_THAT(seen(), ElementsAre("1 opened", "1: SELECT 1", "1: SELECT 2",
                                  "1 struck by killed_in_query", "1 ended by the server"));
}

// libpq has read the FATAL together with the answer and, idle by then, takes it for a notice.
TEST_F(ServerFaults, KillASessionAfterItsAnswerAndTheNextQueryFindsOut) {
  EXPECT_EQ(run_with(FaultKind::killed_idle, {1},
                     [&] {
                       const Client client = connect();
                       answers_.push_back(ask(client, "SELECT 1"));
                       answers_.push_back(usable(client) ? "usable" : "not usable");
                       ask(client, "SELECT 2");
                       message_ = message(client);
                       usable_ = usable(client);
                     }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1", "usable"));
  EXPECT_FALSE(usable_);
  EXPECT_THAT(message_, HasSubstr("server closed the connection unexpectedly"));
  EXPECT_EQ(machine_.last_words(), "FATAL:  terminating connection due to administrator command");
}

TEST_F(ServerFaults, KillASessionSoThatAGlanceAtTheSocketFindsOut) {
  int consumed = -1;
  EXPECT_EQ(run_with(FaultKind::killed_idle, {1},
                     [&] {
                       const Client client = connect();
                       ask(client, "SELECT 1");
                       while ((consumed = PQconsumeInput(client.get())) == 1 && usable(client)) {
                       }
                       usable_ = usable(client);
                     }),
            Ending::finished);
  EXPECT_FALSE(usable_);
}

TEST_F(ServerFaults, SlowAnAnswerDown) {
  Duration connected{};
  EXPECT_EQ(run_with(FaultKind::slow_answer, {1, 0, 1},
                     [&] {
                       const Client client = connect();
                       connected = elapsed();
                       answers_.push_back(ask(client, "SELECT 1"));
                       answers_.push_back(std::to_string(elapsed() / 1ms));
                       answers_.push_back(ask(client, "SELECT 2"));
                     }),
            Ending::finished);
  EXPECT_EQ(connected, 15ms);
  EXPECT_THAT(answers_, ElementsAre("1", "15", "2"));
  EXPECT_EQ(elapsed(), 30ms);
  EXPECT_EQ(times_struck(FaultKind::slow_answer), 2U);
}

TEST_F(ServerFaults, AreForgottenInTheNextRun) {
  const auto connects = [&] { usable_ = usable(connect()); };
  run_with(FaultKind::connect_refused, {1}, connects);
  EXPECT_FALSE(usable_);
  EXPECT_EQ(run(Choices{}, connects), Ending::finished);
  EXPECT_TRUE(usable_);
  EXPECT_EQ(times_struck(FaultKind::connect_refused), 0U);
}

}  // namespace
}  // namespace poolproof::world::postgres
