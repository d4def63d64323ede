#include "props/adapters/ours.hpp"

#include <poolproof/pool.hpp>

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

void* open(const poolproof_pool_config* config) {
  PoolOptions options{.conninfo = config->conninfo,
                      .pool_size = config->pool_size,
                      .max_overflow = config->max_overflow,
                      .timeout = limit(config->timeout_ms),
                      .recycle = limit(config->recycle_ms)};
  if (problem(options)) return nullptr;
  return new Pool(std::move(options));
}

int acquire(void* pool, std::int64_t timeout_ms, void** lease) {
  auto result =
      timeout_ms < 0 ? pool_at(pool).acquire() : pool_at(pool).acquire(milliseconds(timeout_ms));
  if (result) {
    *lease = new Lease(*std::move(result));
    return POOLPROOF_OK;
  }
  switch (result.error().kind) {
    case AcquireError::Kind::timeout: return POOLPROOF_TIMEOUT;
    case AcquireError::Kind::connect_failed: return POOLPROOF_CONNECT_FAILED;
  }
  return POOLPROOF_FAILED;
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  return libpq_query(lease_at(lease).native(), sql, first_value, size);
}

void release(void*, void* lease) { delete &lease_at(lease); }

void invalidate(void*, void* lease) { lease_at(lease).invalidate(); }

void destroy(void* pool) { delete &pool_at(pool); }

constexpr poolproof_adapter kOurs{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "poolproof::Pool",
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

const poolproof_adapter& ours() { return kOurs; }

}  // namespace poolproof::adapters
