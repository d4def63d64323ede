// An answer that comes to harm, at any byte of any message, as libpq sees it; and what goes wrong
// for all sessions at once.
#include "props/world/postgres/sabotage.hpp"

#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t kMessages = 4;  // of the answer to SELECT 1: T, D, C, Z
constexpr std::uint32_t kCuts = 6;

class Sabotage : public PostgresFixture {
 protected:
  // With this fault allowed. The choices: whether it strikes; and if so in which message, counted
  // from the last, and where in it.
  Ending run_with(FaultKind kind, std::vector<std::uint32_t> choices, Body task) {
    return run(Choices{.faults = std::move(choices)}, [this, kind, task = std::move(task)] {
      allow(kind);
      task();
    });
  }

  void heal_at(Duration when) {
    machine_.scheduler.at(Time(when), [this] { machine_.server.heal(); });
  }

  bool usable_ = true;
  std::string message_;
  std::vector<std::string> answers_;
};

TEST_F(Sabotage, LetsTheResultThroughAndNotTheReadyForQuery) {
  EXPECT_EQ(run_with(FaultKind::broken_off, {0, 1, 0, 0},
                     [&] {
                       const Client client = connect();
                       answers_ = ask_all(client, "SELECT 1");
                       usable_ = usable(client);
                     }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1", "!"));
  EXPECT_FALSE(usable_);
  EXPECT_THAT(seen(), Contains("1 struck by broken_off"));
}

TEST_F(Sabotage, IsSeenWhereverItStrikesAnAnswer) {
  for (std::uint32_t message = 0; message < kMessages; ++message) {
    for (std::uint32_t cut = 0; cut < kCuts; ++cut) {
      const bool whole = message == 0 && cut + 1 == kCuts;
      const auto ending = run_with(FaultKind::reset, {0, 1, message, cut}, [&] {
        const Client client = connect();
        ask_all(client, "SELECT 1");
        usable_ = usable(client);
      });
      EXPECT_EQ(ending, Ending::finished);
      EXPECT_EQ(usable_, whole) << message << " " << cut;
    }
  }
}

TEST_F(Sabotage, FailsTheConnectWhereverItStrikesTheStartUp) {
  for (std::uint32_t message = 0; message < 15; ++message) {
    for (std::uint32_t cut = 0; cut + 1 < kCuts; ++cut) {
      const auto ending = run_with(FaultKind::broken_off, {1, message, cut}, [&] {
        const Client client = connect();
        usable_ = usable(client);
        message_ = PQerrorMessage(client.get());
      });
      EXPECT_EQ(ending, Ending::finished);
      EXPECT_FALSE(usable_) << message << " " << cut;
      EXPECT_THAT(message_, HasSubstr("server closed the connection unexpectedly"));
    }
  }
}

TEST_F(Sabotage, LeavesTheClientOfASilentConnectionWaitingForEver) {
  EXPECT_EQ(run_with(FaultKind::silent, {0, 1, 0, 0}, [&] { ask_all(connect(), "SELECT 1"); }),
            Ending::deadlock);
}

TEST_F(Sabotage, EndsASilentConnectionWhenTheNetworkHeals) {
  EXPECT_EQ(run_with(FaultKind::silent, {0, 1, 0, 0},
                     [&] {
                       heal_at(3s);
                       const Client client = connect();
                       answers_ = ask_all(client, "SELECT 1");
                       usable_ = usable(client);
                     }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("1", "!"));
  EXPECT_FALSE(usable_);
  EXPECT_EQ(elapsed(), 3s);
}

TEST_F(Sabotage, LosesAQueryBeforeTheServerHasReadIt) {
  EXPECT_EQ(run_with(FaultKind::query_lost, {1},
                     [&] {
                       const Client client = connect();
                       answers_ = ask_all(client, "SELECT 1");
                       usable_ = usable(client);
                     }),
            Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("!"));
  EXPECT_FALSE(usable_);
  EXPECT_THAT(seen(), Not(Contains("1: SELECT 1")));
}

class AllAtOnce : public Sabotage {
 protected:
  Server& server() { return machine_.server; }
};

TEST_F(AllAtOnce, IdleSessionsAreKilledAndThoseInATransactionAreNot) {
  run(Choices{}, [&] {
    const Client idle = connect();
    const Client busy = connect();
    ask(busy, "BEGIN");
    server().terminate_idle(FaultKind::all_idle_killed);
    answers_ = {ask(idle, "SELECT 1"), ask(busy, "SELECT 2")};
  });
  EXPECT_THAT(answers_, ElementsAre("!", "2"));
  EXPECT_THAT(seen(), Contains("1 struck by all_idle_killed"));
}

TEST_F(AllAtOnce, EverySessionIsKilled) {
  run(Choices{}, [&] {
    const Client idle = connect();
    const Client busy = connect();
    ask(busy, "BEGIN");
    server().terminate_all(FaultKind::restart_storm);
    answers_ = {ask(idle, "SELECT 1"), ask(busy, "SELECT 2")};
  });
  EXPECT_THAT(answers_, ElementsAre("!", "!"));
}

TEST_F(AllAtOnce, TheServerTurnsAwayWhoComesUntilItHeals) {
  using Door = Server::Door;
  run(Choices{}, [&] {
    for (const Door door : {Door::refuses, Door::full, Door::starting_up}) {
      server().set_door(door, FaultKind::restart_storm);
      answers_.push_back(message(connect()));
    }
    server().heal();
    usable_ = usable(connect());
  });
  EXPECT_THAT(answers_, ElementsAre(HasSubstr("Connection refused"), HasSubstr("too many clients"),
                                    HasSubstr("starting up")));
  EXPECT_TRUE(usable_);
}

TEST_F(AllAtOnce, EveryStartUpIsSlow) {
  run(Choices{}, [&] {
    server().set_door(Server::Door::slow, FaultKind::slow_login_storm);
    usable_ = usable(connect());
  });
  EXPECT_TRUE(usable_);
  EXPECT_EQ(elapsed(), 40ms);
}

TEST_F(AllAtOnce, OneIdleSessionOfSeveralIsStruck) {
  run(Choices{}, [&] {
    const Client first = connect();
    const Client second = connect();
    usable_ = server().strike_idle(FaultKind::killed_idle, 3);
    answers_ = {ask(first, "SELECT 1"), ask(second, "SELECT 2")};
  });
  EXPECT_TRUE(usable_);
  EXPECT_THAT(answers_, ElementsAre("1", "!"));
}

}  // namespace
}  // namespace poolproof::world::postgres
