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
// What a canceller of the adapter is: the pool is there for as long.
struct Canceller {
  ReferencePool& pool;
  std::shared_ptr<ReferencePool::Cancelling> cancelling;
};

void* make_canceller(void* pool, void* lease) {
  return new Canceller{pool_at(pool), ReferencePool::make_cancelling(*lease_at(lease))};
}
void cancel_query(void* canceller) {
  const auto& self = *static_cast<Canceller*>(canceller);
  self.pool.cancel(self.cancelling);
}
void free_canceller(void* canceller) { delete static_cast<Canceller*>(canceller); }

int leave_unread(void*, void* lease, const char* sql) {
  return adapters::libpq_send(lease_at(lease)->connection.native(), sql);
}
int leave_unsynced(void*, void* lease, const char* sql) {
  return adapters::libpq_send_unsynced(lease_at(lease)->connection.native(), sql);
}

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

constexpr poolproof_extension kExtension = [] {
  poolproof_extension extension{};
  extension.abi = POOLPROOF_EXTENSION_ABI;
  extension.make_canceller = make_canceller;
  extension.cancel_query = cancel_query;
  extension.free_canceller = free_canceller;
  extension.leave_unread = leave_unread;
  extension.leave_unsynced = leave_unsynced;
  return extension;
}();

template <std::size_t... kIndex>
const poolproof_adapter& adapter_of(Defect defect, std::index_sequence<kIndex...>) {
  static constexpr std::array kAdapters{&kAdapter<Defect::none>, &kAdapter<kDefects[kIndex]>...};
  return *kAdapters[static_cast<std::size_t>(defect)];
}

}  // namespace

const poolproof_adapter& reference_pool(Defect defect) {
  return adapter_of(defect, std::make_index_sequence<kDefects.size()>());
}

const poolproof_extension& reference_extension() { return kExtension; }

}  // namespace poolproof::mutants
