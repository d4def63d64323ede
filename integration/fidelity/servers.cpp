#include "integration/fidelity/servers.hpp"

#include <libpq-fe.h>
#include <signal.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace poolproof::integration::fidelity {
namespace {

constexpr int kMaxConnections = 12;

constexpr std::string_view kAccess =
    "local all plain password\n"
    "local all hashed md5\n"
    "local all unset md5\n"
    "local all scrammed scram-sha-256\n"
    "local all all trust\n";

constexpr std::array kSetUp{
    "CREATE ROLE app LOGIN",
    "CREATE ROLE single LOGIN CONNECTION LIMIT 1",
    "CREATE ROLE locked NOLOGIN",
    "CREATE ROLE unset LOGIN",
    "SET password_encryption = 'md5'",
    "CREATE ROLE hashed LOGIN PASSWORD 'secret'",
    "SET password_encryption = 'scram-sha-256'",
    "CREATE ROLE plain LOGIN PASSWORD 'secret'",
    "CREATE ROLE scrammed LOGIN PASSWORD 'secret'",
    "CREATE DATABASE app OWNER app",
    "CREATE DATABASE narrow OWNER app CONNECTION LIMIT 1",
};

void set_up(const std::string& conninfo) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> admin(PQconnectdb(conninfo.c_str()), PQfinish);
  for (const char* sql : kSetUp) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(admin.get(), sql), PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      throw std::runtime_error(std::string(sql) + ": " + PQerrorMessage(admin.get()));
    }
  }
}

}  // namespace

world::postgres::ServerOptions simulated_options() {
  using world::postgres::AuthenticationMethod;
  using world::postgres::Role;
  world::postgres::ServerOptions options;
  options.max_connections = kMaxConnections;
  options.scram_iterations = 4096;
  options.roles = {
      {.name = "app"},
      {.name = "postgres", .superuser = true},
      {.name = "single", .connection_limit = 1},
      {.name = "locked", .can_log_in = false},
      {.name = "unset", .authentication = AuthenticationMethod::md5},
      {.name = "hashed", .password = "secret", .authentication = AuthenticationMethod::md5},
      {.name = "plain", .password = "secret", .authentication = AuthenticationMethod::cleartext},
      {.name = "scrammed",
       .password = "secret",
       .authentication = AuthenticationMethod::scram_sha_256},
  };
  options.databases = {{"app"}, {"postgres"}, {"narrow", 1}};
  return options;
}

void give_order(world::postgres::Server& simulated, std::string_view what) {
  using world::postgres::SessionId;
  using world::postgres::Shutdown;
  if (what.starts_with("crash ")) {
    return simulated.crash(SessionId{std::atoi(std::string(what.substr(6)).c_str())});
  }
  simulated.shut_down(what == "smart"  ? Shutdown::smart
                      : what == "fast" ? Shutdown::fast
                                       : Shutdown::immediate);
}

LiveServer::LiveServer() {
  auto started = PrivatePostgres::start(
      {.max_connections = kMaxConnections,
       .settings = {"timezone=UTC", "superuser_reserved_connections=3", "autovacuum=off"},
       .access = std::string(kAccess)});
  if (!started) throw std::runtime_error(started.error());
  postgres_ = std::make_unique<PrivatePostgres>(std::move(*started));
  set_up(postgres_->conninfo());
}

void LiveServer::order(std::string_view what) const {
  if (what.starts_with("crash ")) {
    kill(std::atoi(std::string(what.substr(6)).c_str()), SIGKILL);
    return;
  }
  pid_t postmaster = 0;
  std::ifstream(postgres_->folder() + "/data/postmaster.pid") >> postmaster;
  kill(postmaster, what == "smart" ? SIGTERM : what == "fast" ? SIGINT : SIGQUIT);
}

Transcript LiveServer::play(const Conversation& conversation) const {
  return fidelity::play(conversation, {postgres_->folder() + "/.s.PGSQL.5432",
                                       [this](std::string_view what) { order(what); }});
}

}  // namespace poolproof::integration::fidelity
