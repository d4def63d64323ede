// Who is let in, as libpq finds out.
#include "props/world/postgres/authentication.hpp"

#include <gtest/gtest.h>

#include "props/world/postgres/postgres_fixture.hpp"

namespace poolproof::world::postgres {
namespace {

using testing::HasSubstr;

class ServerAuthentication : public PostgresFixture {
 protected:
  // What libpq says of a connect with these, or of its first query.
  std::string connect_with(ServerOptions options, const std::string& credentials) {
    machine_.server.configure(std::move(options));
    std::string said;
    EXPECT_EQ(run([&] {
                const Client client(PQconnectdb(
                    ("host=/simulated sslmode=disable gssencmode=disable " + credentials).c_str()));
                said = usable(client) ? ask(client, "SELECT current_user") : message(client);
              }),
              Ending::finished)
        << refusal();
    return said;
  }

  static ServerOptions with(AuthenticationMethod method) {
    return {.authentication = method, .roles = {{"app", "secret"}}, .databases = {{"app"}}};
  }

  static constexpr AuthenticationMethod kAll[] = {AuthenticationMethod::cleartext,
                                                  AuthenticationMethod::md5,
                                                  AuthenticationMethod::scram_sha_256};
};

TEST_F(ServerAuthentication, LetsInWhoKnowsThePassword) {
  for (const auto method : kAll) {
    EXPECT_EQ(connect_with(with(method), "user=app dbname=app password=secret"), "app");
  }
}

TEST_F(ServerAuthentication, RefusesWhoDoesNot) {
  for (const auto method : kAll) {
    for (const char* who : {"user=app password=guess", "user=nobody password=secret dbname=app"}) {
      EXPECT_THAT(connect_with(with(method), who),
                  HasSubstr("FATAL:  password authentication failed for user"));
    }
  }
}

TEST_F(ServerAuthentication, RefusesARoleOrADatabaseThatIsNotThere) {
  const auto trust = with(AuthenticationMethod::trust);
  EXPECT_THAT(connect_with(trust, "user=nobody dbname=app"),
              HasSubstr("FATAL:  role \"nobody\" does not exist"));
  EXPECT_THAT(connect_with(trust, "user=app dbname=nowhere"),
              HasSubstr("FATAL:  database \"nowhere\" does not exist"));
}

TEST_F(ServerAuthentication, TrustsEverybodyIfNothingElseIsSaid) {
  EXPECT_EQ(connect_with({}, "user=somebody dbname=somewhere"), "somebody");
}

TEST_F(ServerAuthentication, AsksForAsManyRoundsAsItIsTold) {
  auto options = with(AuthenticationMethod::scram_sha_256);
  options.scram_iterations = 4096;
  EXPECT_EQ(connect_with(options, "user=app password=secret"), "app");
}

TEST_F(ServerAuthentication, TakesSettingsFromTheStartUpMessage) {
  machine_.server.configure({});
  std::string shown, reset, refused;
  EXPECT_EQ(run([&] {
              const Client client = connect("application_name=pool options='-c work_mem=8MB'");
              shown = PQparameterStatus(client.get(), "application_name");
              ask(client, "SET work_mem = 64");
              ask(client, "RESET ALL");
              reset = ask(client, "SHOW work_mem");
              refused = message(connect("options='-c nonsense=1'"));
            }),
            Ending::finished);
  EXPECT_EQ(shown, "pool");
  EXPECT_EQ(reset, "8MB") << "it is what RESET goes back to";
  EXPECT_THAT(refused, HasSubstr("FATAL:  unrecognized configuration parameter \"nonsense\""));
}

// RFC 7677, section 3, with its own nonces and salt.
TEST(Scram, IsThatOfTheStandard) {
  ScramSecrets secrets;
  Scram scram(secrets, "pencil",
              std::string("\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12"
                          "\x36\xfa\x81",
                          16),
              "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", 4096);
  EXPECT_EQ(scram.first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  EXPECT_EQ(scram.last("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                       "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

}  // namespace
}  // namespace poolproof::world::postgres
