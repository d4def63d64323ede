// A program that has both: libpqxx for what it has always done, and a pool for the rest.
#include <pqxx/pqxx>

#include <thread>
#include <vector>

#include <poolproof/transaction.hpp>

#include "integration/live_pool.hpp"

namespace poolproof::integration {
namespace {

class BesideLibpqxx : public LivePool {
 protected:
  int rows() { return std::stoi(ask("SELECT count(*) FROM orders")); }

  void SetUp() override {
    LivePool::SetUp();
    ask("CREATE TABLE orders(one int)");
  }
  ~BesideLibpqxx() override { ask("DROP TABLE orders"); }
};

TEST_F(BesideLibpqxx, BothHaveTransactionsOfTheirOwnOnOneServer) {
  Pool pool(options(1, 0));
  pqxx::connection theirs(options(1, 0).conninfo);
  const auto seen = in_transaction(pool, [&](PGconn* connection) {
    query(connection, "INSERT INTO orders VALUES (1)");
    pqxx::work work(theirs);
    work.exec0("INSERT INTO orders VALUES (2)");
    const auto count = work.exec1("SELECT count(*) FROM orders")[0].as<int>();
    work.abort();
    return count;
  });
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(*seen, 1) << "of its own row, and not of ours, which is not committed yet";
  EXPECT_EQ(rows(), 1);
}

TEST_F(BesideLibpqxx, WhatItThrowsOnALeaseGivesTheLeaseBack) {
  Pool pool(options(1, 0));
  pqxx::connection theirs(options(1, 0).conninfo);
  const auto run = [&](PGconn* connection) {
    query(connection, "INSERT INTO orders VALUES (1)");
    pqxx::work(theirs).exec("SELECT 1/0");
  };
  EXPECT_THROW((void)in_transaction(pool, run), pqxx::sql_error);
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(pool.status(), (PoolStatus{.size = 1, .idle = 1}));
}

TEST_F(BesideLibpqxx, ThreadsUseBothAtOnce) {
  Pool pool(options(2, 0));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      pqxx::connection theirs(options(1, 0).conninfo);
      for (int j = 0; j < 10; ++j) {
        EXPECT_TRUE(in_transaction(
            pool, [&](PGconn* connection) { query(connection, "INSERT INTO orders VALUES (1)"); }));
        pqxx::work work(theirs);
        work.exec0("INSERT INTO orders VALUES (2)");
        work.commit();
      }
    });
  }
  threads.clear();
  EXPECT_EQ(rows(), 80);
}

}  // namespace
}  // namespace poolproof::integration
