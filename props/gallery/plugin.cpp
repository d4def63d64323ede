// A correct pool, of which the build chooses the design: that is how its slots go from hand to
// hand, Turnstile. What is done with the connection in a slot is the same in all of them.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <poolproof/adapter.h>
#include <poolproof/connection.hpp>

#include POOLPROOF_DESIGN
#include "props/adapters/libpq_query.hpp"

namespace poolproof::gallery {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr std::int64_t kConnectLimit = 30'000;  // of whoever does not want to wait for others

struct GalleryPool {
  explicit GalleryPool(const poolproof_pool_config& config)
      : conninfo(config.conninfo),
        pings(config.pre_ping != 0),
        timeout_ms(config.timeout_ms),
        slots(static_cast<std::size_t>(config.pool_size)),
        turnstile(config.pool_size) {}

  const std::string conninfo;
  const bool pings;
  const std::int64_t timeout_ms;
  std::vector<Connection> slots;  // each is its holder's; closed: EMPTY
  Turnstile turnstile;
};

struct GalleryLease {
  int slot;
  Connection& connection;
};

GalleryPool& pool_at(void* pool) { return *static_cast<GalleryPool*>(pool); }
GalleryLease& lease_at(void* lease) { return *static_cast<GalleryLease*>(lease); }

Deadline after(std::int64_t ms) {
  return ms < 0 ? std::nullopt : Deadline(steady_clock::now() + milliseconds(ms));
}

void* open(const poolproof_pool_config* config) {
  if (config->pool_size < 1 || config->max_overflow != 0 || config->recycle_ms >= 0) return nullptr;
  if (std::string_view(config->reset_on_return) != "rollback") return nullptr;
  return new GalleryPool(*config);
}

int prepare(GalleryPool& pool, Connection& connection, Deadline deadline) {
  if (connection.is_open() && pool.pings) {
    const auto ping = connection.ping(deadline);
    if (ping != Connection::Ping::alive) connection.close();
    if (ping == Connection::Ping::timed_out) return POOLPROOF_TIMEOUT;
  }
  if (connection.is_open()) return POOLPROOF_OK;
  auto made = Connection::connect(pool.conninfo, deadline);
  if (made) {
    connection = *std::move(made);
    return POOLPROOF_OK;
  }
  return made.error().kind == ConnectError::Kind::timed_out ? POOLPROOF_TIMEOUT
                                                            : POOLPROOF_CONNECT_FAILED;
}

int acquire(void* opened, std::int64_t timeout_ms, void** lease) {
  GalleryPool& pool = pool_at(opened);
  if (timeout_ms < 0) timeout_ms = pool.timeout_ms;
  const Deadline deadline = after(timeout_ms);
  const auto slot = pool.turnstile.enter(deadline);
  if (!slot) return POOLPROOF_TIMEOUT;
  Connection& connection = pool.slots[static_cast<std::size_t>(*slot)];
  const std::int64_t own = pool.timeout_ms == 0 ? kConnectLimit : pool.timeout_ms;
  const int outcome = prepare(pool, connection, timeout_ms == 0 ? after(own) : deadline);
  if (outcome == POOLPROOF_OK) {
    *lease = new GalleryLease{*slot, connection};
  } else {
    pool.turnstile.leave(*slot);
  }
  return outcome;
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  return adapters::libpq_query(lease_at(lease).connection.native(), sql, first_value, size);
}

void release(void* opened, void* lease) {
  const std::unique_ptr<GalleryLease> ended(&lease_at(lease));
  GalleryPool& pool = pool_at(opened);
  const std::int64_t own = pool.timeout_ms == 0 ? kConnectLimit : pool.timeout_ms;
  Connection& connection = ended->connection;
  if (!connection.usable() || !connection.reset(ResetOnReturn::rollback, after(own))) {
    connection.close();
  }
  pool.turnstile.leave(ended->slot);
}

void destroy(void* pool) { delete &pool_at(pool); }

constexpr poolproof_adapter kAdapter{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = Turnstile::kName,
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
}  // namespace poolproof::gallery

extern "C" const poolproof_adapter* poolproof_adapter_get() {
  return &poolproof::gallery::kAdapter;
}
