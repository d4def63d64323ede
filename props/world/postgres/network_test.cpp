// libpq over the simulated network: the ways to reach a server, and each fault of the network as it
// comes through to libpq's caller.
#include <gtest/gtest.h>
#include <poll.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kBase =
    " user=app dbname=app password=none sslmode=disable gssencmode=disable";

class Network : public PostgresFixture {
 protected:
  static Client reach(const std::string& where) {
    return Client(PQconnectdb((where + kBase).c_str()));
  }

  // As the manual says to connect without blocking.
  static Client reach_without_blocking(const std::string& where) {
    Client client(PQconnectStart((where + kBase).c_str()));
    auto wants = PGRES_POLLING_WRITING;
    while (wants == PGRES_POLLING_WRITING || wants == PGRES_POLLING_READING) {
      const short events = wants == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
      pollfd each{PQsocket(client.get()), events, 0};
      if (poll(&each, 1, -1) < 0) continue;
      wants = PQconnectPoll(client.get());
    }
    return client;
  }

  Ending run_with(FaultKind kind, std::vector<std::uint32_t> strikes, Body task) {
    return run(Choices{.faults = std::move(strikes)}, [this, kind, task = std::move(task)] {
      allow(kind);
      task();
    });
  }

  void note(const Client& client) {
    answers_.push_back(usable(client) ? ask(client, "SELECT 1") : "unusable");
    message_ = message(client);
  }
  std::uint32_t times_struck(FaultKind kind) const {
    return machine_.faults.struck()[static_cast<std::size_t>(kind)];
  }

  std::vector<std::string> answers_;
  std::string message_;
};

TEST_F(Network, LeadsToTheServerByPathAddressAndName) {
  std::vector<std::string> hosts;
  EXPECT_EQ(run([&] {
              for (const char* const where :
                   {"host=/simulated", "hostaddr=192.0.2.1", "host=primary", "host=localhost",
                    "hostaddr=2001:db8::1", "host=standby port=6432"}) {
                for (const bool blocks : {true, false}) {
                  const Client client = blocks ? reach(where) : reach_without_blocking(where);
                  note(client);
                  hosts.emplace_back(PQhostaddr(client.get()));
                }
              }
            }),
            Ending::finished);
  EXPECT_THAT(answers_, testing::Each("1"));
  EXPECT_THAT(hosts, ElementsAre("", "", "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "::1",
                                 "::1", "2001:db8::1", "2001:db8::1", "192.0.2.2", "192.0.2.2"));
}

TEST_F(Network, KnowsNoOtherNames) {
  EXPECT_EQ(run([&] { note(reach("host=db.example.com")); }), Ending::finished);
  EXPECT_THAT(answers_, ElementsAre("unusable"));
  EXPECT_THAT(message_, HasSubstr("could not translate host name \"db.example.com\""));
}

struct ConnectFault {
  FaultKind kind;
  const char* message;
  Duration after;
};

class ConnectFaults : public Network, public testing::WithParamInterface<ConnectFault> {};

TEST_P(ConnectFaults, FailAConnectToTheOnlyHost) {
  for (const bool blocks : {true, false}) {
    run_with(GetParam().kind, {1}, [&] {
      note(blocks ? reach("hostaddr=192.0.2.1") : reach_without_blocking("hostaddr=192.0.2.1"));
    });
    EXPECT_THAT(message_, HasSubstr(GetParam().message));
    EXPECT_EQ(elapsed(), GetParam().after);
    EXPECT_EQ(times_struck(GetParam().kind), 1U);
  }
  EXPECT_THAT(answers_, ElementsAre("unusable", "unusable"));
}

TEST_P(ConnectFaults, OfTheFirstHostLeadToTheSecond) {
  if (GetParam().kind == FaultKind::connect_reset)
    GTEST_SKIP() << "libpq gives up in the handshake";
  std::string host;
  for (const bool blocks : {true, false}) {
    run_with(GetParam().kind, {1, 0}, [&] {
      const Client client =
          blocks ? reach("host=primary,standby") : reach_without_blocking("host=primary,standby");
      host = PQhost(client.get());
      note(client);
    });
    EXPECT_EQ(host, "standby");
  }
  EXPECT_THAT(answers_, ElementsAre("1", "1"));
}

INSTANTIATE_TEST_SUITE_P(
    Each, ConnectFaults,
    testing::Values(ConnectFault{FaultKind::connect_refused, "Connection refused", 0s},
                    ConnectFault{FaultKind::connect_unreachable, "No route to host", 0s},
                    ConnectFault{FaultKind::connect_timed_out, "Connection timed out", 127s},
                    ConnectFault{FaultKind::connect_reset, "server closed the connection", 0s}),
    [](const auto& each) {
      return std::string(kFaults[static_cast<std::size_t>(each.param.kind)].name);
    });

// ---- what libpq takes in its stride ----

class HarmlessFaults : public Network, public testing::WithParamInterface<FaultKind> {};

TEST_P(HarmlessFaults, AreNotNoticedByItsCaller) {
  class Always final : public Chooser {
   public:
    explicit Always(std::uint32_t how) : how_(how) {}

   private:
    std::size_t next(std::span<const Candidate>) override { return 0; }
    std::uint32_t choose(Stream stream, std::uint32_t count) override {
      if (stream != Stream::faults) return 0;
      return count == 2 ? 1 : std::min(how_, count - 1);
    }
    std::uint32_t how_;
  };
  for (std::uint32_t how = 0; how < 4; ++how) {
    Always always(how);
    for (const char* const where : {"host=/simulated", "hostaddr=192.0.2.1"}) {
      answers_.clear();
      EXPECT_EQ(run_under(always, {[&] {
                            allow(GetParam());
                            const Client client = reach(where);
                            note(client);
                            answers_.push_back(ask(client, "SELECT 1/0"));
                            answers_.push_back(ask(client, "SELECT pg_sleep(0.01)"));
                            answers_.push_back(ask(client, "BEGIN"));
                          }}),
                Ending::finished);
      EXPECT_THAT(answers_, ElementsAre("1", "!22012", "", "BEGIN"));
      EXPECT_GT(times_struck(GetParam()), 0U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, HarmlessFaults,
                         testing::Values(FaultKind::short_read, FaultKind::short_write,
                                         FaultKind::interrupted, FaultKind::would_block,
                                         FaultKind::slow_network),
                         [](const auto& each) {
                           return std::string(kFaults[static_cast<std::size_t>(each.param)].name);
                         });

TEST_F(Network, TakesAQueryInPiecesFromANonBlockingClient) {
  std::vector<int> flushes;
  run(Choices{.faults = {1, 1, 1, 0}}, [&] {  // four bytes, then one, then the rest
    const Client client = reach("hostaddr=192.0.2.1");
    PQsetnonblocking(client.get(), 1);
    allow(FaultKind::short_write);
    PQsendQuery(client.get(), "SELECT 1");
    for (;;) {
      flushes.push_back(PQflush(client.get()));
      if (flushes.back() != 1) break;
      pollfd each{PQsocket(client.get()), POLLOUT, 0};
      poll(&each, 1, -1);
    }
    answers_.push_back(gist(PQgetResult(client.get())));
  });
  EXPECT_THAT(flushes, ElementsAre(1, 0));
  EXPECT_THAT(answers_, ElementsAre("1"));
}

TEST_F(Network, LosesAHalfOpenConnectionWhenTheKernelGivesUp) {
  run_with(FaultKind::half_open, {0, 1}, [&] { note(reach("hostaddr=192.0.2.1")); });
  EXPECT_THAT(answers_, ElementsAre("!"));
  EXPECT_THAT(message_, HasSubstr("Connection timed out"));
  EXPECT_EQ(elapsed(), 924'600ms);
}

TEST_F(Network, LosesAHalfOpenConnectionWhenItIsHealed) {
  run(Choices{.faults = {0, 1}}, {[&] {
                                    allow(FaultKind::half_open);
                                    note(reach("hostaddr=192.0.2.1"));
                                  },
                                  [&] {
                                    sleep(10s);
                                    machine_.net.heal();
                                  }});
  EXPECT_THAT(answers_, ElementsAre("!"));
  EXPECT_THAT(message_, HasSubstr("server closed the connection unexpectedly"));
  EXPECT_EQ(elapsed(), 10s);
  EXPECT_EQ(seen().back(), "1 ended by the client") << "the server has been told";
}

}  // namespace
}  // namespace poolproof::world::postgres
