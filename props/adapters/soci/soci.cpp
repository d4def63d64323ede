// SOCI's connection_pool, used as its manual shows: every session is opened before the first lease,
// try_lease and give_back lend their positions.
//
// What a poolproof_pool_config says, in SOCI's words: the size is pool_size, and there is no
// overflow and no recycling: both are refused. pre_ping is what a careful user does, is_connected
// and reconnect after each lease. The pool resets nothing; "none" says so, and "rollback" is taken
// for the sake of CLEAN, which tells what one misses. Which free session comes first is not to be
// chosen: lifo is ignored.
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <cstdio>
#include <string>
#include <string_view>

#include <poolproof/adapter.h>

namespace {

struct Pool {
  soci::connection_pool sessions;
  int timeout_ms;  // -1: for ever, to SOCI as to us
  bool pre_ping;
};

Pool& pool_at(void* pool) { return *static_cast<Pool*>(pool); }

// A lease is a position.
std::size_t position_of(void* lease) { return *static_cast<std::size_t*>(lease); }

bool has_all(const poolproof_pool_config& config) {
  const std::string_view reset = config.reset_on_return;
  return config.pool_size >= 1 && config.max_overflow == 0 && config.recycle_ms < 0 &&
         (reset == "none" || reset == "rollback");
}

void* open(const poolproof_pool_config* config) {
  if (!has_all(*config)) return nullptr;
  const auto size = static_cast<std::size_t>(config->pool_size);
  auto* const pool = new Pool{soci::connection_pool(size), static_cast<int>(config->timeout_ms),
                              config->pre_ping != 0};
  for (std::size_t i = 0; i < size; ++i) {
    pool->sessions.at(i).open(soci::postgresql, config->conninfo);
  }
  return pool;
}

int acquire(void* pool, std::int64_t timeout_ms, void** lease) {
  Pool& self = pool_at(pool);
  std::size_t position = 0;
  const int timeout = timeout_ms < 0 ? self.timeout_ms : static_cast<int>(timeout_ms);
  if (!self.sessions.try_lease(position, timeout)) return POOLPROOF_TIMEOUT;
  soci::session& session = self.sessions.at(position);
  try {
    if (self.pre_ping && !session.is_connected()) session.reconnect();
  } catch (const soci::soci_error&) {
    self.sessions.give_back(position);
    return POOLPROOF_CONNECT_FAILED;
  }
  *lease = new std::size_t(position);
  return POOLPROOF_OK;
}

int query(void* pool, void* lease, const char* sql, char* first_value, std::size_t size) {
  std::string value;
  soci::indicator indicator = soci::i_null;
  try {
    pool_at(pool).sessions.at(position_of(lease)).once << sql, soci::into(value, indicator);
  } catch (const soci::soci_error&) {
    return POOLPROOF_FAILED;
  }
  std::snprintf(first_value, size, "%s", value.c_str());
  return POOLPROOF_OK;
}

void release(void* pool, void* lease) {
  pool_at(pool).sessions.give_back(position_of(lease));
  delete static_cast<std::size_t*>(lease);
}

void destroy(void* pool) { delete &pool_at(pool); }

constexpr poolproof_adapter kSoci{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "SOCI connection_pool",
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

extern "C" const poolproof_adapter* poolproof_adapter_get() { return &kSoci; }
