// The stack pool with the types that the build chooses, as a plugin for `poolproof check --pool`.
#include "props/adapters/libpq_query.hpp"
#include "props/laws/lock_free/stack_pool.hpp"

namespace {

namespace lock_free = poolproof::lock_free;
// NOLINTBEGIN(misc-unused-using-decls): of each two the build takes one
using lock_free::Tagged;
using lock_free::Untagged;
// NOLINTEND(misc-unused-using-decls)
using AtomicCounter = std::atomic<int>;
using PlainCounter = int;
using Pool = lock_free::StackPool<POOLPROOF_HEAD, POOLPROOF_COUNTER>;

Pool& pool_at(void* pool) { return *static_cast<Pool*>(pool); }
Pool::Slot& lease_at(void* lease) { return *static_cast<Pool::Slot*>(lease); }

void* open(const poolproof_pool_config* config) { return new Pool(*config); }

int acquire(void* pool, std::int64_t timeout_ms, void** lease) {
  Pool::Slot* slot = nullptr;
  const int result = pool_at(pool).acquire(timeout_ms, slot);
  *lease = slot;
  return result;
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  return poolproof::adapters::libpq_query(lease_at(lease).connection, sql, first_value, size);
}

void release(void* pool, void* lease) { pool_at(pool).release(lease_at(lease)); }
void destroy(void* pool) { delete &pool_at(pool); }

constexpr poolproof_adapter kAdapter{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "lock-free stack pool",
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
