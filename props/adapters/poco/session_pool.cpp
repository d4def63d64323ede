// Poco::Data::SessionPool over Poco's PostgreSQL connector.
//
// What a poolproof_pool_config says, in Poco's words: maxSessions is pool_size; sessions above
// minSessions are closed by a timer, not on return, so there is no overflow: it is refused. So are
// recycling and resets but "none" and "rollback" (what the connector's reset does is for CLEAN to
// tell). pre_ping is always on: get() is said to purge the idle sessions that are not connected
// (DEAD tells whether it does). get() never waits: a pool without a free session says so at once,
// whatever the timeout, so EARLY, LATE and WAKE say nothing of it.
#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/SessionPool.h>
#include <Poco/ThreadPool.h>

#include <cstdio>
#include <string_view>

#include <poolproof/adapter.h>

namespace {

using Poco::Data::Session;
using Poco::Data::SessionPool;

SessionPool& pool_at(void* pool) { return *static_cast<SessionPool*>(pool); }
Session& session_at(void* lease) { return *static_cast<Session*>(lease); }

bool has_all(const poolproof_pool_config& config) {
  const std::string_view reset = config.reset_on_return;
  return config.pool_size >= 1 && config.max_overflow == 0 && config.recycle_ms < 0 &&
         (reset == "none" || reset == "rollback");
}

void* open(const poolproof_pool_config* config) {
  if (!has_all(*config)) return nullptr;
  static const bool registered = [] {
    Poco::Data::PostgreSQL::Connector::registerConnector();
    return true;
  }();
  static_cast<void>(registered);
  return new SessionPool("postgresql", config->conninfo, 1, config->pool_size);
}

int acquire(void* pool, std::int64_t, void** lease) {
  try {
    *lease = new Session(pool_at(pool).get());
    return POOLPROOF_OK;
  } catch (const Poco::Data::SessionPoolExhaustedException&) {
    return POOLPROOF_TIMEOUT;
  } catch (const Poco::InvalidAccessException&) {
    return POOLPROOF_CLOSED;
  } catch (const Poco::Exception&) {
    return POOLPROOF_CONNECT_FAILED;
  }
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  using namespace Poco::Data::Keywords;
  try {
    Poco::Data::Statement statement(session_at(lease));
    statement << sql;
    statement.execute();
    const Poco::Data::RecordSet rows(statement);
    const bool has_value = rows.columnCount() > 0 && rows.rowCount() > 0;
    std::snprintf(first_value, size, "%s",
                  has_value ? rows.value(0, 0).convert<std::string>().c_str() : "");
    return POOLPROOF_OK;
  } catch (const Poco::Exception&) {
    return POOLPROOF_FAILED;
  }
}

void release(void*, void* lease) { delete &session_at(lease); }

void close(void* pool) { pool_at(pool).shutdown(); }

// The timer's thread is one of Poco's default thread pool, which outlives the pool: it is ended
// here, as at the end of a program.
void destroy(void* pool) {
  delete &pool_at(pool);
  Poco::ThreadPool::defaultPool().stopAll();
}

constexpr poolproof_adapter kSessionPool{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "Poco::Data::SessionPool",
    .open = open,
    .acquire = acquire,
    .query = query,
    .release = release,
    .invalidate = nullptr,
    .dispose = nullptr,
    .close = close,
    .destroy = destroy,
};

}  // namespace

extern "C" const poolproof_adapter* poolproof_adapter_get() { return &kSessionPool; }
