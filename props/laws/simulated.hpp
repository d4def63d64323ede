// What the library's examples share: a simulated machine in which a pool of ours runs, and what its
// server sees.
#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include <poolproof/pool.hpp>

#include "props/explore/tape.hpp"
#include "props/world/machine.hpp"

namespace poolproof {

class Simulated : public testing::Test, protected world::Observer {
 protected:
  // Under the plainest schedule: nobody is interrupted, nothing goes wrong.
  void run(const std::function<void()>& body) {
    explore::Plainest plainest;
    EXPECT_EQ(machine_.run(plainest, *this, body), world::Ending::finished)
        << machine_.scheduler.refusal();
  }

  static PoolOptions options() {
    return {.conninfo = "host=/simulated user=app dbname=app password=none sslmode=disable"};
  }

  world::TaskId spawn(std::function<void()> body) {
    return machine_.scheduler.spawn(std::move(body));
  }
  void join(world::TaskId task) { machine_.scheduler.join(task); }
  // In a thread of its own, to its end.
  void elsewhere(std::function<void()> body) { join(spawn(std::move(body))); }
  void sleep(world::Duration duration) {
    machine_.scheduler.sleep_until(machine_.scheduler.now() + duration);
  }
  world::Duration now() const { return machine_.scheduler.now().time_since_epoch(); }

  // No connect gets through until start().
  void stop_server() { machine_.server.shut_down(world::postgres::Shutdown::fast); }
  void start_server() { machine_.server.start(); }

  // What the server has seen.
  int open() const { return open_; }
  int most_open() const { return most_open_; }
  int ever_opened() const { return ever_opened_; }

  static int session(const Lease& lease) { return PQbackendPID(lease.native()); }
  static bool works(const Lease& lease) {
    PGresult* const result = PQexec(lease.native(), "SELECT 1");
    const bool sound = PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    return sound;
  }

  world::Machine machine_;

 private:
  void quiet(world::Time, world::Time) override {}
  void opened(world::postgres::SessionId) override {
    ++ever_opened_;
    most_open_ = std::max(most_open_, ++open_);
  }
  void ended(world::postgres::SessionId, EndedBy) override { --open_; }
  void used(world::postgres::SessionId) override {}
  void queried(world::postgres::SessionId, std::string_view,
               const world::postgres::SessionState&) override {}
  void struck(world::FaultKind, world::Place) override {}

  int open_ = 0;
  int most_open_ = 0;
  int ever_opened_ = 0;
};

}  // namespace poolproof
