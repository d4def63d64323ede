// Poco::Data::SessionPool over Poco's PostgreSQL connector.
//
// What a poolproof_pool_config says, in Poco's words: maxSessions is pool_size; sessions above
// minSessions are closed by a timer, not on return, so there is no overflow: it is refused. So are
// recycling and resets but "none" and "rollback" (what the connector's reset does is for CLEAN to
// tell). pre_ping is always on: get() is said to purge the idle sessions that are not connected
// (DEAD tells whether it does). get() never waits: a pool without a free session says so at once,
// whatever the timeout, so EARLY says nothing of it. shutdown() ends the sessions that are out
// under their users: close is left out.
#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/PostgreSQL/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/SessionPool.h>
#include <Poco/ThreadPool.h>

#include <optional>
#include <string_view>

#include "props/adapters/libpq_query.hpp"

namespace {

using Poco::Data::Session;
using Poco::Data::SessionPool;

// The timer of a SessionPool runs in Poco's default thread pool. That lives as long as the process,
// longer than a run, so here each run has its own: see defaultPool below.
struct Pool {
  explicit Pool(const poolproof_pool_config& config);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  Poco::ThreadPool threads;
  std::optional<SessionPool> sessions;
};

Poco::ThreadPool* threads_of_this_run = nullptr;

Pool::Pool(const poolproof_pool_config& config) {
  threads_of_this_run = &threads;
  sessions.emplace("postgresql", config.conninfo, 1, config.pool_size);
}

Pool::~Pool() {
  sessions.reset();
  threads.stopAll();
}

SessionPool& pool_at(void* pool) { return *static_cast<Pool*>(pool)->sessions; }
Session& session_at(void* lease) { return *static_cast<Session*>(lease); }

bool has_all(const poolproof_pool_config& config) {
  const std::string_view reset = config.reset_on_return;
  return config.pool_size >= 1 && config.max_overflow == 0 && config.recycle_ms < 0 &&
         (reset == "none" || reset == "rollback");
}

void* open(const poolproof_pool_config* config) {
  if (!has_all(*config)) return nullptr;
  return new Pool(*config);
}

int acquire(void* pool, std::int64_t, void** lease) {
  try {
    *lease = new Session(pool_at(pool).get());
    return POOLPROOF_OK;
  } catch (const Poco::Data::SessionPoolExhaustedException&) {
    return POOLPROOF_TIMEOUT;
  } catch (const Poco::Exception&) {
    return POOLPROOF_CONNECT_FAILED;
  }
}

// Not through a Poco::Data::Statement: that names each prepared statement with a UUID, and Poco's
// UUIDGenerator spins until the clock has moved once it has made 100 at one instant. Here the clock
// does not move while a thread runs.
int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  try {
    auto* const handle = Poco::Data::PostgreSQL::Utility::handle(session_at(lease));
    return poolproof::adapters::libpq_query(*handle, sql, first_value, size);
  } catch (const Poco::Exception&) {
    return POOLPROOF_FAILED;
  }
}

void release(void*, void* lease) { delete &session_at(lease); }

void destroy(void* pool) { delete static_cast<Pool*>(pool); }

constexpr poolproof_adapter kSessionPool{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "Poco::Data::SessionPool",
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

// Found before the library's own, because a plugin's symbols are looked up before those of what it
// needs.
Poco::ThreadPool& Poco::ThreadPool::defaultPool() { return *threads_of_this_run; }

// Once in a process: done in the first run it would make that differ from the others.
extern "C" const poolproof_adapter* poolproof_adapter_get() {
  Poco::Data::PostgreSQL::Connector::registerConnector();
  return &kSessionPool;
}
