// Poco::ObjectPool over libpq connections, with a factory that does in each of its steps what
// Poco's documentation gives that step to do.
//
// What a poolproof_pool_config says, in Poco's words: capacity is pool_size, peakCapacity is
// pool_size + max_overflow; pre_ping is done in activateObject, which may throw; a transaction left
// open is rolled back in deactivateObject; an invalidated connection is not valid when it is
// returned. There is no recycling, no unlimited pool and no other reset: they are refused. The pool
// is always a stack: lifo is ignored.
#include <Poco/Exception.h>
#include <Poco/ObjectPool.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "props/adapters/libpq_query.hpp"

namespace {

struct Connection {
  explicit Connection(const std::string& conninfo) : native(PQconnectdb(conninfo.c_str())) {}
  ~Connection() { PQfinish(native); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool is_good() const { return PQstatus(native) == CONNECTION_OK; }

  PGconn* native;
  bool invalidated = false;
};

struct DeadConnection : std::exception {};

// NOLINTBEGIN(readability-identifier-naming): as Poco calls them
class Factory {
 public:
  Factory(const char* conninfo, bool pre_ping, bool rollback)
      : conninfo_(conninfo), pre_ping_(pre_ping), rollback_(rollback) {}

  Connection* createObject() {
    auto connection = std::make_unique<Connection>(conninfo_);
    if (!connection->is_good()) throw Poco::IOException("cannot connect");
    return connection.release();
  }

  bool validateObject(Connection* connection) {
    return connection->is_good() && !connection->invalidated;
  }

  void activateObject(Connection* connection) {
    if (!pre_ping_) return;
    PQclear(PQexec(connection->native, ""));
    if (!connection->is_good()) throw DeadConnection();
  }

  void deactivateObject(Connection* connection) {
    if (!rollback_ || PQtransactionStatus(connection->native) == PQTRANS_IDLE) return;
    PQclear(PQexec(connection->native, "ROLLBACK"));
  }

  void destroyObject(Connection* connection) { delete connection; }

 private:
  std::string conninfo_;
  bool pre_ping_, rollback_;
};
// NOLINTEND(readability-identifier-naming)

struct Pool {
  Poco::ObjectPool<Connection, Connection*, Factory> connections;
  std::int64_t timeout_ms;
};

Pool& pool_at(void* pool) { return *static_cast<Pool*>(pool); }
Connection* connection_at(void* lease) { return static_cast<Connection*>(lease); }

bool has_all(const poolproof_pool_config& config) {
  const std::string_view reset = config.reset_on_return;
  return config.pool_size >= 1 && config.max_overflow >= 0 && config.recycle_ms < 0 &&
         (reset == "none" || reset == "rollback");
}

void* open(const poolproof_pool_config* config) {
  if (!has_all(*config)) return nullptr;
  const auto capacity = static_cast<std::size_t>(config->pool_size);
  const auto peak = capacity + static_cast<std::size_t>(config->max_overflow);
  const Factory factory(config->conninfo, config->pre_ping != 0,
                        std::string_view(config->reset_on_return) == "rollback");
  return new Pool{{factory, capacity, peak}, config->timeout_ms};
}

using Clock = std::chrono::steady_clock;

// borrowObject has no way to wait for ever: who wants to asks again.
Connection* borrow(Pool& pool, std::optional<Clock::time_point> deadline) {
  if (deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
    return pool.connections.borrowObject(std::max<long>(0, left.count()));
  }
  constexpr long kHour = 3'600'000;
  Connection* connection = nullptr;
  while (connection == nullptr) connection = pool.connections.borrowObject(kHour);
  return connection;
}

// A dead connection costs the caller no more than another try.
int acquire(void* pool, std::int64_t timeout_ms, void** lease) {
  Pool& self = pool_at(pool);
  if (timeout_ms < 0) timeout_ms = self.timeout_ms;
  std::optional<Clock::time_point> deadline;
  if (timeout_ms >= 0) deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    try {
      *lease = borrow(self, deadline);
      return *lease == nullptr ? POOLPROOF_TIMEOUT : POOLPROOF_OK;
    } catch (const DeadConnection&) {
      continue;
    } catch (const Poco::IOException&) {
      return POOLPROOF_CONNECT_FAILED;
    }
  }
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  return poolproof::adapters::libpq_query(connection_at(lease)->native, sql, first_value, size);
}

void release(void* pool, void* lease) {
  pool_at(pool).connections.returnObject(connection_at(lease));
}

void invalidate(void*, void* lease) { connection_at(lease)->invalidated = true; }

void destroy(void* pool) { delete &pool_at(pool); }

constexpr poolproof_adapter kObjectPool{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "Poco::ObjectPool",
    .open = open,
    .acquire = acquire,
    .query = query,
    .release = release,
    .invalidate = invalidate,
    .dispose = nullptr,
    .close = nullptr,
    .destroy = destroy,
};

}  // namespace

extern "C" const poolproof_adapter* poolproof_adapter_get() { return &kObjectPool; }
