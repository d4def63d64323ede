// How events and answers read in a counterexample, and when an acquire must end.
#include "model/event.hpp"

#include <gtest/gtest.h>

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;

constexpr CallerId kAnn{1};
constexpr ConnectionId kFirst{1};

TEST(Event, ReadsAsAClause) {
  EXPECT_EQ(to_string(Acquire{kAnn, 250ms}), "caller 1 acquires, timeout 250ms");
  EXPECT_EQ(to_string(Acquire{kAnn, std::nullopt}), "caller 1 acquires, waiting for ever");
  EXPECT_EQ(to_string(Connected{kAnn}), "the connect for caller 1 succeeds");
  EXPECT_EQ(to_string(ConnectFailed{kAnn}), "the connect for caller 1 fails");
  EXPECT_EQ(to_string(Release{kAnn}), "caller 1 releases");
  EXPECT_EQ(to_string(Invalidate{kAnn}), "caller 1 invalidates its connection");
  EXPECT_EQ(to_string(Advance{Time{2s}}), "time advances to 2s");
}

TEST(Answer, ReadsAsAClause) {
  EXPECT_EQ(to_string(Granted{kAnn, kFirst}), "caller 1 is granted connection 1");
  EXPECT_EQ(to_string(TimedOut{kAnn}), "caller 1 times out");
  EXPECT_EQ(to_string(ConnectionError{kAnn}), "caller 1 gets the connect error");
  EXPECT_EQ(to_string(OpenConnection{kAnn}), "open a connection for caller 1");
  EXPECT_EQ(to_string(AbandonConnect{kAnn}), "abandon the connect for caller 1");
  EXPECT_EQ(to_string(CloseConnection{kFirst}), "close connection 1");
}

TEST(Deadline, IsTheTimeoutAfterTheAsking) {
  EXPECT_EQ(deadline(PoolConfig{}, {kAnn, 2s}, Time{3s}), Time{5s});
  EXPECT_EQ(deadline(PoolConfig{}, {kAnn, std::nullopt}, Time{3s}), kNever);
}

TEST(Deadline, OfAnAcquireThatDoesNotWaitIsThatOfThePool) {
  EXPECT_EQ(deadline({.timeout = 5s}, {kAnn, 0s}, Time{3s}), Time{8s});
  EXPECT_EQ(deadline({.timeout = std::nullopt}, {kAnn, 0s}, Time{3s}), kNever);
  EXPECT_EQ(deadline({.timeout = 0s}, {kAnn, 0s}, Time{3s}), Time{33s});
}

TEST(Deadline, IsNeverIfItLiesPastTheEndOfTime) {
  EXPECT_EQ(deadline(PoolConfig{}, {kAnn, kNever - Time{3s}}, Time{3s}), kNever);
  EXPECT_EQ(deadline(PoolConfig{}, {kAnn, Duration::max()}, Time{3s}), kNever);
}

}  // namespace
}  // namespace poolproof::model
