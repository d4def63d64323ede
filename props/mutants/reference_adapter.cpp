// The reference pool behind the adapter, once for each defect.
#include <utility>

#include "props/adapters/libpq_query.hpp"
#include "props/mutants/reference_pool.hpp"

namespace poolproof::mutants {
namespace {

using SlotPtr = ReferencePool::SlotPtr;

ReferencePool& pool_at(void* pool) { return *static_cast<ReferencePool*>(pool); }
SlotPtr& lease_at(void* lease) { return *static_cast<SlotPtr*>(lease); }

template <Defect kDefect>
void* open(const poolproof_pool_config* config) {
  return new ReferencePool(*config, kDefect);
}

int acquire(void* pool, std::int64_t timeout_ms, void** lease) {
  SlotPtr slot;
  const auto timeout = timeout_ms < 0
                           ? pool_at(pool).default_timeout()
                           : ReferencePool::Timeout(std::chrono::milliseconds(timeout_ms));
  const int result = pool_at(pool).acquire(timeout, slot);
  if (result == POOLPROOF_OK) *lease = new SlotPtr(std::move(slot));
  return result;
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  return adapters::libpq_query(lease_at(lease)->connection.native(), sql, first_value, size);
}

void release(void* pool, void* lease) {
  pool_at(pool).release(std::move(lease_at(lease)));
  delete &lease_at(lease);
}

void invalidate(void* pool, void* lease) { pool_at(pool).invalidate(*lease_at(lease)); }
void dispose(void* pool) { pool_at(pool).dispose(); }
void close(void* pool) { pool_at(pool).close(); }

void destroy(void* pool) { delete &pool_at(pool); }

template <Defect kDefect>
constexpr poolproof_adapter kAdapter{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "reference pool",
    .open = open<kDefect>,
    .acquire = acquire,
    .query = query,
    .release = release,
    .invalidate = invalidate,
    .dispose = dispose,
    .close = close,
    .destroy = destroy,
};

template <std::size_t... kIndex>
const poolproof_adapter& adapter_of(Defect defect, std::index_sequence<kIndex...>) {
  static constexpr std::array kAdapters{&kAdapter<Defect::none>, &kAdapter<kDefects[kIndex]>...};
  return *kAdapters[static_cast<std::size_t>(defect)];
}

}  // namespace

const poolproof_adapter& reference_pool(Defect defect) {
  return adapter_of(defect, std::make_index_sequence<kDefects.size()>());
}

}  // namespace poolproof::mutants
