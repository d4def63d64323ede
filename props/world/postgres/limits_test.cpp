// How many sessions the server lets in, and when a place is free again.
#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Limits : public PostgresFixture {
 protected:
  // Three places, one of them for superusers: app, postgres (superuser), single (one session);
  // databases app and narrow (one session).
  Limits() { machine_.server.configure(options()); }

  static ServerOptions options() {
    ServerOptions options;
    options.max_connections = 3;
    options.superuser_reserved_connections = 1;
    options.roles = {{.name = "app"},
                     {.name = "postgres", .superuser = true},
                     {.name = "single", .connection_limit = 1}};
    options.databases = {{"app"}, {"narrow", 1}};
    return options;
  }

  // Connects and keeps the session; what came of it, in the last line of libpq's words.
  void come(const std::string& more) {
    clients_.push_back(connect(more));
    const std::string said = message(clients_.back());
    const auto colon = said.rfind("FATAL:  ");
    said_.push_back(usable(clients_.back())      ? "in"
                    : colon == std::string::npos ? said
                                                 : said.substr(colon + 8, said.size() - colon - 9));
  }
  void go(std::size_t which) { clients_[which].reset(); }

  std::vector<Client> clients_;
  std::vector<std::string> said_;
};

constexpr const char* kReserved =
    "remaining connection slots are reserved for non-replication superuser connections";

TEST_F(Limits, KeepTheLastPlacesForSuperusers) {
  EXPECT_EQ(run([&] {
              for (const char* who :
                   {"user=app", "user=app", "user=app", "user=postgres", "user=postgres"}) {
                come(who);
              }
              clients_.clear();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in", "in", kReserved, "in", "sorry, too many clients already"));
}

TEST_F(Limits, AreARolesOwn) {
  EXPECT_EQ(run([&] {
              come("user=single");
              come("user=single");
              go(0);
              come("user=single");
              clients_.clear();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in", "too many connections for role \"single\"", "in"));
}

TEST_F(Limits, AreADatabasesOwnAndSuperusersDoNotCare) {
  EXPECT_EQ(run([&] {
              come("dbname=narrow");
              come("dbname=narrow");
              come("dbname=narrow user=postgres");
              go(0);
              come("dbname=narrow");
              clients_.clear();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in", "too many connections for database \"narrow\"", "in",
                                 "too many connections for database \"narrow\""))
      << "a superuser's session counts, though it is let in";
}

TEST_F(Limits, CanBeLoweredAndAreHealed) {
  EXPECT_EQ(run([&] {
              come("");
              machine_.server.limit(1);
              come("");
              machine_.server.heal();
              come("");
              clients_.clear();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in", "sorry, too many clients already", "in"));
}

TEST_F(Limits, CountAPlaceUntilItsProcessHasExited) {
  ServerOptions lagging = options();
  lagging.release_lag = 10ms;
  machine_.server.configure(lagging);
  EXPECT_EQ(run([&] {
              come("");
              come("");
              go(0);
              come("");
              sleep(10ms);
              come("");
              clients_.clear();
            }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in", "in", kReserved, "in"));
}

TEST_F(Limits, CountAPlaceForLongerWhereThatFaultStrikes) {
  EXPECT_EQ(run(Choices{.faults = {1}},
                [&] {
                  allow(FaultKind::release_lag);
                  come("");
                  come("");
                  go(0);
                  come("");
                  sleep(20ms);
                  come("");
                  clients_.clear();
                }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in", "in", kReserved, "in"));
  EXPECT_THAT(seen(), Contains("1 struck by release_lag"));
}

TEST_F(Limits, DoNotCountAClientThatHasNotSaidWhoItIs) {
  EXPECT_EQ(run(Choices{.faults = {1, 1, 1, 0}},
                [&] {
                  allow(FaultKind::connect_hung);
                  for (int i = 0; i < 3; ++i) clients_.push_back(connect("connect_timeout=2"));
                  come("");
                  clients_.clear();
                }),
            Ending::finished);
  EXPECT_THAT(said_, ElementsAre("in"));
}

}  // namespace
}  // namespace poolproof::world::postgres
