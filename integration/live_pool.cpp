#include "integration/live_pool.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "integration/private_postgres.hpp"

namespace poolproof::integration {
namespace {

class ServerEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    auto started = PrivatePostgres::start();
    ASSERT_TRUE(started) << started.error();
    server.emplace(*std::move(started));
  }
  void TearDown() override { server.reset(); }

  static inline std::optional<PrivatePostgres> server;
};

const testing::Environment* const server_environment =
    testing::AddGlobalTestEnvironment(new ServerEnvironment);  // gtest deletes it

std::string server_conninfo() {
  return ServerEnvironment::server ? ServerEnvironment::server->conninfo() : "";
}

}  // namespace

std::string query(PGconn* connection, const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, sql.c_str()),
                                                             &PQclear);
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK: return "";
    case PGRES_TUPLES_OK: return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
    default: return std::string("ERROR ") + PQerrorMessage(connection);
  }
}

int backend_of(const Lease& lease) { return PQbackendPID(lease.native()); }

Lease acquired(Pool& pool) {
  auto lease = pool.acquire(std::chrono::seconds(30));
  if (!lease) ADD_FAILURE() << lease.error().message;
  return *std::move(lease);
}

LivePool::LivePool() {
  auto connected = Connection::connect(server_conninfo(), std::nullopt);
  if (connected) observer_ = *std::move(connected);
}

void LivePool::SetUp() { ASSERT_TRUE(observer_.usable()) << "no server"; }

std::string LivePool::name() {
  return testing::UnitTest::GetInstance()->current_test_info()->name();
}

PoolOptions LivePool::options(int pool_size, int max_overflow) {
  return {.conninfo = server_conninfo() + " application_name=" + name(),
          .pool_size = pool_size,
          .max_overflow = max_overflow};
}

std::string LivePool::ask(const std::string& sql) { return query(observer_.native(), sql); }

int LivePool::server_connections() {
  return std::stoi(
      ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + name() + "'"));
}

}  // namespace poolproof::integration
