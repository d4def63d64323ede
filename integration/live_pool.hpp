// What live tests share: one private server a test binary, a pool of one's own on it, and a
// connection outside of any pool, to ask the server what it sees.
#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <string>

#include <poolproof/pool.hpp>

namespace poolproof::integration {

// The first field of the answer; "" if there is none; "ERROR" and why if it failed.
std::string query(PGconn* connection, const std::string& sql);

// The server process that serves this lease: which connection it is.
int backend_of(const Lease& lease);

// A lease; if there is none the test fails, and this process with it.
Lease acquired(Pool& pool);

class LivePool : public testing::Test {
 protected:
  LivePool();
  void SetUp() override;

  // The name that tells connections of this test from others at the server: the test's own.
  static std::string name();

  static PoolOptions options(int pool_size, int max_overflow);

  // query() on the connection outside of the pool.
  std::string ask(const std::string& sql);

  // How many connections this test's pools have, by pg_stat_activity.
  int server_connections();

  // Waits for what the server does in its own time. Each look is a round trip, so it does not spin.
  template <class Condition>
  bool comes_true(Condition condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      ask("SELECT 1");
    }
    return true;
  }

 private:
  Connection observer_;
};

}  // namespace poolproof::integration
