#include "props/adapters/ours.hpp"

#include <poolproof/pool.hpp>

#include <stop_token>
#include <string_view>

#include "props/adapters/libpq_query.hpp"

namespace poolproof::adapters {
namespace {

using std::chrono::milliseconds;

std::optional<std::chrono::nanoseconds> limit(std::int64_t ms) {
  if (ms < 0) return std::nullopt;
  return milliseconds(ms);
}

Pool& pool_at(void* pool) { return *static_cast<Pool*>(pool); }
Lease& lease_at(void* lease) { return *static_cast<Lease*>(lease); }
std::stop_source& source_at(void* token) { return *static_cast<std::stop_source*>(token); }

std::optional<ResetOnReturn> reset_named(std::string_view name) {
  if (name == "rollback") return ResetOnReturn::rollback;
  if (name == "commit") return ResetOnReturn::commit;
  if (name == "discard") return ResetOnReturn::discard;
  if (name == "none") return ResetOnReturn::none;
  return std::nullopt;
}

// What has no meaning for a class is to be fixed to what it does.
bool suits(PoolClass pool_class, const poolproof_pool_config& config) {
  switch (pool_class) {
    case PoolClass::queue_pool: break;
    case PoolClass::null_pool: return config.pool_size == 0;
    case PoolClass::static_pool:
    case PoolClass::assertion_pool: return config.pool_size == 1 && config.max_overflow == 0;
    case PoolClass::singleton_thread_pool: return config.max_overflow == 0;
  }
  return true;
}

template <PoolClass pool_class>
void* open_patient(const poolproof_pool_config* config, std::int64_t patience_ms) {
  const auto reset = reset_named(config->reset_on_return);
  if (!reset || !suits(pool_class, *config)) return nullptr;
  PoolOptions options{.conninfo = config->conninfo,
                      .pool_class = pool_class,
                      .pool_size = config->pool_size,
                      .max_overflow = config->max_overflow,
                      .timeout = limit(config->timeout_ms),
                      .recycle = limit(config->recycle_ms),
                      .use_lifo = config->lifo != 0,
                      .pre_ping = config->pre_ping != 0,
                      .reset_on_return = *reset,
                      .patience = milliseconds(patience_ms)};
  if (problem(options)) return nullptr;
  return new Pool(std::move(options));
}

template <PoolClass pool_class>
void* open(const poolproof_pool_config* config) {
  return open_patient<pool_class>(config, 0);
}

int outcome(Result<Lease, AcquireError> result, void** lease) {
  if (result) {
    *lease = new Lease(*std::move(result));
    return POOLPROOF_OK;
  }
  switch (result.error().kind) {
    case AcquireError::Kind::timeout: return POOLPROOF_TIMEOUT;
    case AcquireError::Kind::connect_failed: return POOLPROOF_CONNECT_FAILED;
    case AcquireError::Kind::closed: return POOLPROOF_CLOSED;
    case AcquireError::Kind::cancelled: return POOLPROOF_CANCELLED;
    case AcquireError::Kind::hook_failed:
    case AcquireError::Kind::given_up:
    case AcquireError::Kind::in_use:
    case AcquireError::Kind::inherited: break;
  }
  return POOLPROOF_FAILED;
}

int acquire(void* pool, std::int64_t timeout_ms, void** lease) {
  return outcome(
      timeout_ms < 0 ? pool_at(pool).acquire() : pool_at(pool).acquire(milliseconds(timeout_ms)),
      lease);
}

// -1 here means the pool's own timeout; the stop token's overload wants it spelled out.
int acquire_cancellable(void* pool, std::int64_t timeout_ms, void* token, void** lease) {
  const auto timeout =
      timeout_ms < 0 ? pool_at(pool).options().timeout : std::optional(milliseconds(timeout_ms));
  return outcome(pool_at(pool).acquire(timeout, source_at(token).get_token()), lease);
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  return libpq_query(lease_at(lease).native(), sql, first_value, size);
}

void release(void*, void* lease) { delete &lease_at(lease); }

void invalidate(void*, void* lease) { lease_at(lease).invalidate(); }
void invalidate_softly(void*, void* lease) { lease_at(lease).invalidate(Invalidation::soft); }
void invalidate_generation(void*, void* lease) {
  lease_at(lease).invalidate(Invalidation::generation);
}
void detach(void*, void* lease) { lease_at(lease).detach(); }

void* make_canceller(void*, void* lease) { return new Canceller(lease_at(lease).canceller()); }
void cancel_query(void* canceller) { (void)static_cast<Canceller*>(canceller)->request(); }
void free_canceller(void* canceller) { delete static_cast<Canceller*>(canceller); }

int leave_unread(void*, void* lease, const char* sql) {
  return libpq_send(lease_at(lease).native(), sql);
}
int leave_unsynced(void*, void* lease, const char* sql) {
  return libpq_send_unsynced(lease_at(lease).native(), sql);
}

void dispose(void* pool) { pool_at(pool).dispose(); }
void close(void* pool) { pool_at(pool).close(); }

void* make_token() { return new std::stop_source; }
void cancel(void* token) { source_at(token).request_stop(); }
void free_token(void* token) { delete &source_at(token); }

void destroy(void* pool) { delete &pool_at(pool); }

template <PoolClass pool_class>
constexpr const char* kName = "poolproof::Pool";
template <>
constexpr const char* kName<PoolClass::null_pool> = "poolproof::Pool, NullPool";
template <>
constexpr const char* kName<PoolClass::assertion_pool> = "poolproof::Pool, AssertionPool";

template <PoolClass pool_class>
constexpr poolproof_adapter kOurs{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = kName<pool_class>,
    .open = open<pool_class>,
    .acquire = acquire,
    .query = query,
    .release = release,
    .invalidate = invalidate,
    .dispose = dispose,
    .close = close,
    .destroy = destroy,
};

template <PoolClass pool_class>
constexpr poolproof_extension kOurExtension{
    .abi = POOLPROOF_EXTENSION_ABI,
    .open_patient = open_patient<pool_class>,
    .invalidate_softly = invalidate_softly,
    .invalidate_generation = invalidate_generation,
    .detach = detach,
    .make_token = make_token,
    .acquire_cancellable = acquire_cancellable,
    .cancel = cancel,
    .free_token = free_token,
    .make_canceller = make_canceller,
    .cancel_query = cancel_query,
    .free_canceller = free_canceller,
    .leave_unread = leave_unread,
    .leave_unsynced = leave_unsynced,
};

template <PoolClass pool_class>
OfClass of_class() {
  return {kOurs<pool_class>, kOurExtension<pool_class>};
}

}  // namespace

const poolproof_adapter& ours() { return kOurs<PoolClass::queue_pool>; }
const poolproof_extension& our_extension() { return kOurExtension<PoolClass::queue_pool>; }

std::optional<OfClass> ours_of_class(std::string_view name) {
  const auto pool_class = pool_class_named(name);
  if (!pool_class) return std::nullopt;
  switch (*pool_class) {
    case PoolClass::queue_pool: return of_class<PoolClass::queue_pool>();
    case PoolClass::null_pool: return of_class<PoolClass::null_pool>();
    case PoolClass::assertion_pool: return of_class<PoolClass::assertion_pool>();
    case PoolClass::static_pool:
    case PoolClass::singleton_thread_pool: break;
  }
  return std::nullopt;
}

}  // namespace poolproof::adapters
