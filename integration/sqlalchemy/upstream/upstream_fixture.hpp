// The fixture of the ported tests: a stage to play on, and from model::PoolModel the verbs to say
// on the model alone what concurrency keeps TwinPool from saying in lock-step. For tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "integration/sqlalchemy/upstream/stage.hpp"
#include "integration/sqlalchemy/upstream/twin_pool.hpp"
#include "model/pool_fixture.hpp"

namespace poolproof::upstream {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = AcquireError::Kind;
using Body = Stage::Body;

class UpstreamTest : public model::PoolModel {
 protected:
  // The test's own code, as a task.
  void run(const Body& body) {
    EXPECT_EQ(stage_.run(body), world::Ending::finished) << stage_.refusal();
  }

  // The same with threads, in many orders: plainly, and by chance; with waiters that nobody may
  // overtake, and with patient ones, who are told to look again.
  void run_in_many_orders(const Body& body) {
    constexpr std::uint64_t kOrders = 25;
    for (const Duration patience : {Duration(0ms), Duration(100ms)}) {
      patience_ = patience;
      run(body);
      for (std::uint64_t seed = 0; seed < kOrders; ++seed) {
        SCOPED_TRACE("patience " + model::to_string(patience) + ", seed " + std::to_string(seed));
        EXPECT_EQ(stage_.run(body, seed), world::Ending::finished) << stage_.refusal();
      }
    }
    patience_ = {};
  }

  // Of a test with threads, whose pool has no model beside it.
  PoolOptions options(PoolOptions options) const {
    options.patience = patience_;
    return Stage::reaching_the_server(std::move(options));
  }

  // `count` times the same.
  static std::vector<Body> threads(int count, const Body& body) {
    return std::vector<Body>(static_cast<std::size_t>(count), body);
  }

  // An exception that the test knows again.
  static std::exception_ptr known_exception() {
    return std::make_exception_ptr(std::runtime_error("hi"));
  }

  Stage stage_;

 private:
  Duration patience_{};
};

// Upstream's class of this name is three files here.
class UpstreamQueuePoolTest : public UpstreamTest {};

// What upstream calls status: (size, checkedin, overflow, checkedout).
struct Counts {
  int size, checkedin, overflow, checkedout;
  friend bool operator==(const Counts&, const Counts&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Counts& counts) {
    return out << '(' << counts.size << ", " << counts.checkedin << ", " << counts.overflow << ", "
               << counts.checkedout << ')';
  }
};
inline Counts status(const TwinPool& pool) {
  return {pool.size(), pool.checkedin(), pool.overflow(), pool.checkedout()};
}

}  // namespace poolproof::upstream
