#include <libpq-fe.h>
#include <poolproof/settings.hpp>
#include <poolproof/transaction.hpp>

#include <cstdio>

int main() {
  auto options = poolproof::read_settings(poolproof::settings_of_environment());
  if (!options) return std::fprintf(stderr, "%s\n", options.error().c_str()), 2;
  poolproof::Pool pool(*std::move(options));

  if (auto lease = pool.acquire()) {
    PGresult* const result = PQexec(lease->native(), "SELECT 6 * 7");
    std::printf("six times seven is %s\n", PQgetvalue(result, 0, 0));
    PQclear(result);
  } else {
    return std::fprintf(stderr, "%s\n", lease.error().message.c_str()), 1;
  }  // the connection is back in the pool

  auto done = poolproof::in_transaction(pool, [](PGconn* connection) {
    PQclear(PQexec(connection, "CREATE TEMP TABLE t(one int)"));
  });
  std::printf("%s; %s\n", done ? "committed" : done.error().message.c_str(),
              to_string(pool.status()).c_str());
}
