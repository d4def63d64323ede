// A pool of your own behind <poolproof/adapter.h>: copy this file and its CMakeLists.txt, and put
// your pool in the place of ExamplePool.
#include <chrono>
#include <cstdio>
#include <string>

#include <poolproof/adapter.h>
#include "example_pool.hpp"

namespace {

struct Opened {
  ExamplePool pool;
  std::int64_t timeout_ms;  // of an acquire that names none
};

ExamplePool& pool_at(void* opened) { return static_cast<Opened*>(opened)->pool; }

// What the pool cannot do is refused, or it would be judged for what it never promised.
// `poolproof check` then wants --recycle never and --reset-on-return rollback.
void* open(const poolproof_pool_config* config) {
  if (config->pool_size < 1 || config->max_overflow < 0 || config->recycle_ms >= 0) return nullptr;
  if (std::string(config->reset_on_return) != "rollback") return nullptr;
  const int most = config->pool_size + config->max_overflow;
  return new Opened{{config->conninfo, config->pool_size, most, config->pre_ping != 0},
                    config->timeout_ms};
}

int acquire(void* opened, std::int64_t timeout_ms, void** lease) {
  if (timeout_ms < 0) timeout_ms = static_cast<Opened*>(opened)->timeout_ms;
  std::optional<ExamplePool::Clock::time_point> deadline;
  if (timeout_ms >= 0) deadline = ExamplePool::Clock::now() + std::chrono::milliseconds(timeout_ms);
  PGconn* connection = nullptr;
  const auto outcome = pool_at(opened).acquire(deadline, connection);
  *lease = connection;
  switch (outcome) {
    case ExamplePool::Outcome::ok: return POOLPROOF_OK;
    case ExamplePool::Outcome::timeout: return POOLPROOF_TIMEOUT;
    case ExamplePool::Outcome::connect_failed: break;
  }
  return POOLPROOF_CONNECT_FAILED;
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  PGresult* const result = PQexec(static_cast<PGconn*>(lease), sql);
  const ExecStatusType status = PQresultStatus(result);
  const bool has_value = status == PGRES_TUPLES_OK && PQntuples(result) > 0;
  std::snprintf(first_value, size, "%s", has_value ? PQgetvalue(result, 0, 0) : "");
  PQclear(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ? POOLPROOF_OK : POOLPROOF_FAILED;
}

void release(void* opened, void* lease) { pool_at(opened).release(static_cast<PGconn*>(lease)); }

void destroy(void* opened) { delete static_cast<Opened*>(opened); }

// What is NULL is left out of the scenarios.
constexpr poolproof_adapter kAdapter{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "example pool",
    .open = open,
    .acquire = acquire,
    .query = query,
    .release = release,
    .invalidate = nullptr,
    .dispose = nullptr,
    .close = nullptr,
    .destroy = destroy,
};

}  // namespace

extern "C" const poolproof_adapter* poolproof_adapter_get() { return &kAdapter; }
