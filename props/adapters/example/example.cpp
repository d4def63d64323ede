// A pool of your own behind <poolproof/adapter.h>: copy this file and put your pool in place of
// this one, which keeps every law but FAIR (see the README) on a server that answers.
#include <libpq-fe.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <poolproof/adapter.h>

namespace {

// ---- the pool: ordinary code, which knows nothing of poolproof ----

class ExamplePool {
 public:
  enum class Outcome : std::uint8_t { ok, timeout, connect_failed };
  using Clock = std::chrono::steady_clock;

  ExamplePool(std::string conninfo, int kept, int most, bool pings)
      : conninfo_(std::move(conninfo)), kept_(kept), most_(most), pings_(pings) {}
  ~ExamplePool() {
    for (PGconn* const connection : idle_) PQfinish(connection);
  }
  ExamplePool(const ExamplePool&) = delete;
  ExamplePool& operator=(const ExamplePool&) = delete;

  Outcome acquire(std::optional<Clock::time_point> deadline, PGconn*& connection) {
    std::unique_lock lock(mutex_);
    const auto available = [this] { return !idle_.empty() || open_ < most_; };
    if (!deadline) {
      changed_.wait(lock, available);
    } else if (!changed_.wait_until(lock, *deadline, available)) {
      return Outcome::timeout;
    }
    connection = nullptr;
    if (idle_.empty()) {
      ++open_;  // before the connect, which is unlocked: nobody else may take this place
    } else {
      connection = idle_.back();
      idle_.pop_back();
    }
    lock.unlock();
    if (connection == nullptr) {
      connection = PQconnectdb(conninfo_.c_str());
    } else if (pings_ && !answers(connection)) {
      PQreset(connection);
    }
    if (PQstatus(connection) == CONNECTION_OK) return Outcome::ok;
    close(connection);
    return Outcome::connect_failed;
  }

  void release(PGconn* connection) {
    if (PQtransactionStatus(connection) != PQTRANS_IDLE) PQclear(PQexec(connection, "ROLLBACK"));
    if (PQtransactionStatus(connection) == PQTRANS_IDLE && keep(connection)) return;
    close(connection);
  }

 private:
  static bool answers(PGconn* connection) {
    PQclear(PQexec(connection, "SELECT 1"));
    return PQstatus(connection) == CONNECTION_OK;
  }

  bool keep(PGconn* connection) {
    const std::lock_guard lock(mutex_);
    if (static_cast<int>(idle_.size()) == kept_) return false;
    idle_.push_back(connection);
    changed_.notify_one();
    return true;
  }

  void close(PGconn* connection) {
    PQfinish(connection);
    const std::lock_guard lock(mutex_);
    --open_;  // only now: the server counted it until it was closed
    changed_.notify_one();
  }

  const std::string conninfo_;
  const int kept_, most_;
  const bool pings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PGconn*> idle_;
  int open_ = 0;
};

// ---- the adapter: what poolproof asks for, in the words of the pool ----

struct Opened {
  ExamplePool pool;
  std::int64_t timeout_ms;  // of an acquire that names none
};

ExamplePool& pool_at(void* opened) { return static_cast<Opened*>(opened)->pool; }

// What the pool cannot do is refused, or it would be judged for what it never promised.
// `poolproof check` then wants --recycle never and --reset-on-return rollback.
void* open(const poolproof_pool_config* config) {
  if (config->pool_size < 1 || config->max_overflow < 0 || config->recycle_ms >= 0) return nullptr;
  if (std::string(config->reset_on_return) != "rollback") return nullptr;
  const int most = config->pool_size + config->max_overflow;
  return new Opened{{config->conninfo, config->pool_size, most, config->pre_ping != 0},
                    config->timeout_ms};
}

int acquire(void* opened, std::int64_t timeout_ms, void** lease) {
  if (timeout_ms < 0) timeout_ms = static_cast<Opened*>(opened)->timeout_ms;
  std::optional<ExamplePool::Clock::time_point> deadline;
  if (timeout_ms >= 0) deadline = ExamplePool::Clock::now() + std::chrono::milliseconds(timeout_ms);
  PGconn* connection = nullptr;
  const auto outcome = pool_at(opened).acquire(deadline, connection);
  *lease = connection;
  switch (outcome) {
    case ExamplePool::Outcome::ok: return POOLPROOF_OK;
    case ExamplePool::Outcome::timeout: return POOLPROOF_TIMEOUT;
    case ExamplePool::Outcome::connect_failed: break;
  }
  return POOLPROOF_CONNECT_FAILED;
}

int query(void*, void* lease, const char* sql, char* first_value, std::size_t size) {
  PGresult* const result = PQexec(static_cast<PGconn*>(lease), sql);
  const ExecStatusType status = PQresultStatus(result);
  const bool has_value = status == PGRES_TUPLES_OK && PQntuples(result) > 0;
  std::snprintf(first_value, size, "%s", has_value ? PQgetvalue(result, 0, 0) : "");
  PQclear(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ? POOLPROOF_OK : POOLPROOF_FAILED;
}

void release(void* opened, void* lease) { pool_at(opened).release(static_cast<PGconn*>(lease)); }

void destroy(void* opened) { delete static_cast<Opened*>(opened); }

// What is left out (invalidate, dispose, close) is left out of the scenarios.
const poolproof_adapter kAdapter = [] {
  poolproof_adapter adapter{};
  adapter.abi = POOLPROOF_ADAPTER_ABI;
  adapter.name = "example pool";
  adapter.open = open;
  adapter.acquire = acquire;
  adapter.query = query;
  adapter.release = release;
  adapter.destroy = destroy;
  return adapter;
}();

}  // namespace

extern "C" const poolproof_adapter* poolproof_adapter_get() { return &kAdapter; }
