// A small pool over libpq: ordinary code, which knows nothing of poolproof. On a server that
// answers it keeps every law but FAIR: whoever comes while a waiter wakes up may be served first.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  // The answer itself is looked at: libpq may call a connection good whose server has gone.
  static bool answers(PGconn* connection) {
    PGresult* const result = PQexec(connection, "SELECT 1");
    const bool answered = PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    return answered;
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
