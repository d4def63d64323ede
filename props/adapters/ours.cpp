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

PoolOptions options_of(const poolproof_pool_config& config) {
  PoolOptions options;
  options.conninfo = config.conninfo;
  options.pool_size = config.pool_size;
  options.max_overflow = config.max_overflow;
  options.timeout = limit(config.timeout_ms);
  options.recycle = limit(config.recycle_ms);
  options.use_lifo = config.lifo != 0;
  options.pre_ping = config.pre_ping != 0;
  return options;
}

void* open_if_sound(PoolOptions options, const poolproof_pool_config& config) {
  const auto reset = reset_named(config.reset_on_return);
  if (!reset) return nullptr;
  options.reset_on_return = *reset;
  if (problem(options)) return nullptr;
  return new Pool(std::move(options));
}

void* open(const poolproof_pool_config* config) {
  return open_if_sound(options_of(*config), *config);
}

void* open_patient(const poolproof_pool_config* config, std::int64_t patience_ms) {
  PoolOptions options = options_of(*config);
  options.patience = milliseconds(patience_ms);
  return open_if_sound(std::move(options), *config);
}

void* open_with(const poolproof_pool_config* config, const poolproof_pool_settings* settings) {
  const auto pool_class = pool_class_named(settings->pool_class);
  if (!pool_class) return nullptr;
  PoolOptions options = options_of(*config);
  options.pool_class = *pool_class;
  options.patience = milliseconds(settings->patience_ms);
  options.recycle_jitter = milliseconds(settings->recycle_jitter_ms);
  options.idle_timeout = limit(settings->idle_timeout_ms);
  options.min_idle = settings->min_idle;
  options.connect_backoff = milliseconds(settings->connect_backoff_ms);
  options.track_leases = settings->track_leases != 0;
  return open_if_sound(std::move(options), *config);
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
    case AcquireError::Kind::in_use: return POOLPROOF_IN_USE;
    case AcquireError::Kind::hook_failed:
    case AcquireError::Kind::given_up:
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

void maintain(void* pool) { pool_at(pool).maintain(); }
void warm_up(void* pool, std::uint32_t count, std::int64_t timeout_ms) {
  (void)pool_at(pool).warm_up(count, limit(timeout_ms));
}
int drain(void* pool, std::int64_t timeout_ms) {
  return pool_at(pool).drain(limit(timeout_ms)) ? POOLPROOF_OK : POOLPROOF_TIMEOUT;
}
std::uint32_t held_longer_than(void* pool, std::int64_t ms) {
  return static_cast<std::uint32_t>(pool_at(pool).held_longer_than(milliseconds(ms)).size());
}

void* make_token() { return new std::stop_source; }
void cancel(void* token) { source_at(token).request_stop(); }
void free_token(void* token) { delete &source_at(token); }

void destroy(void* pool) { delete &pool_at(pool); }

constexpr poolproof_adapter kOurs{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "poolproof::Pool",
    .open = open,
    .acquire = acquire,
    .query = query,
    .release = release,
    .invalidate = invalidate,
    .dispose = dispose,
    .close = close,
    .destroy = destroy,
};

constexpr poolproof_extension kOurExtension{
    .abi = POOLPROOF_EXTENSION_ABI,
    .open_patient = open_patient,
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
    .open_with = open_with,
    .maintain = maintain,
    .warm_up = warm_up,
    .drain = drain,
    .held_longer_than = held_longer_than,
};

}  // namespace

const poolproof_adapter& ours() { return kOurs; }
const poolproof_extension& our_extension() { return kOurExtension; }

}  // namespace poolproof::adapters
