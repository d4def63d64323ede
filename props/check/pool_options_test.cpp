// The options of a pool that a run could have had otherwise.
#include "props/check/pool_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "props/scenario/scenario.hpp"

namespace poolproof::check {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

model::PoolConfig pool_of(const explore::Tape& tape) {
  explore::Plainest plainest;
  explore::Replay replay(tape, plainest);
  return scenario::draw({}, replay).pool;
}

std::vector<std::string> texts(const std::vector<PoolOption>& options) {
  std::vector<std::string> texts;
  for (const PoolOption& each : options) texts.push_back(each.text);
  return texts;
}

TEST(PoolOptions, AreThoseOfTheRunEachWithItsOtherValues) {
  const auto options = pool_options({}, {});
  EXPECT_THAT(texts(options),
              ElementsAre("pool_size 1", "max_overflow 1", "timeout 50ms", "recycle never"));
  EXPECT_THAT(options[0].others, SizeIs(2));
  for (const explore::Tape& other : options[1].others) {
    EXPECT_EQ(pool_of(other).pool_size, 1);
    EXPECT_NE(pool_of(other).max_overflow, 1);
  }
}

TEST(PoolOptions, ThatAreFixedAreNone) {
  scenario::Bounds bounds;
  bounds.pool_size = 1;
  bounds.recycle = scenario::Limit{};
  EXPECT_THAT(texts(pool_options(bounds, {})), ElementsAre("max_overflow 1", "timeout 50ms"));
}

}  // namespace
}  // namespace poolproof::check
