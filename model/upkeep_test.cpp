// What a pool does between leases and at its end, and the settings for that.
#include "model/pool_fixture.hpp"

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using Upkeep = PoolModel;

TEST_F(Upkeep, AConnectionLivesAsMuchLessThanRecycleAsWasDrawn) {
  pool({.pool_size = 2, .recycle = 10s, .recycle_jitter = 4s});
  acquire(kAnn);
  acquire(kBen);
  happens(Connected{kAnn, 4s});
  happens(Connected{kBen, 0s});
  release(kAnn);
  release(kBen);
  time_is(7s);
  EXPECT_THAT(acquire(kAnn), ElementsAre(CloseConnection{kFirst}, OpenConnection{kAnn}));
  EXPECT_THAT(acquire(kBen), ElementsAre(Granted{kBen, kSecond}));
}

TEST_F(Upkeep, NoMoreIsDrawnThanTheJitter) {
  pool({.recycle = 10s, .recycle_jitter = 4s});
  acquire(kAnn);
  EXPECT_TRUE(illegal(config(), state(), Connected{kAnn, 5s}));
}

TEST_F(Upkeep, MaintainClosesWhatHasBeenIdleForLongerThanIdleTimeout) {
  pool({.pool_size = 2, .idle_timeout = 5s});
  leave_idle(kAnn);
  time_is(5s);
  EXPECT_THAT(happens(Maintain{kDan}), ElementsAre(Done{kDan})) << "not before it is over";
  time_is(6s);
  EXPECT_THAT(happens(Maintain{kDan}), ElementsAre(CloseConnection{kFirst}, Done{kDan}));
}

TEST_F(Upkeep, MaintainKeepsMinIdleOfThem) {
  pool({.pool_size = 2, .idle_timeout = 5s, .min_idle = 1});
  lease_new(kAnn);
  leave_idle(kBen);
  release(kAnn);
  time_is(6s);
  EXPECT_THAT(happens(Maintain{kDan}), ElementsAre(CloseConnection{kSecond}, Done{kDan}));
}

TEST_F(Upkeep, MaintainOpensWhatIsMissingToMinIdleOneAfterTheOther) {
  pool({.pool_size = 3, .max_overflow = 0, .min_idle = 2});
  EXPECT_THAT(happens(Maintain{kDan}), ElementsAre(OpenConnection{kDan}));
  EXPECT_THAT(connected(kDan), ElementsAre(OpenConnection{kDan}));
  EXPECT_THAT(connected(kDan), ElementsAre(Done{kDan}));
  EXPECT_EQ(status(config(), state()), (Status{.size = 2, .idle = 2}));
}

TEST_F(Upkeep, MaintainReplacesWhatIsTooOld) {
  pool({.pool_size = 1, .recycle = 5s, .min_idle = 1});
  leave_idle(kAnn);
  time_is(6s);
  EXPECT_THAT(happens(Maintain{kDan}), ElementsAre(CloseConnection{kFirst}, OpenConnection{kDan}));
}

TEST_F(Upkeep, WarmUpEndsWithWhatHasKeptItFromThat) {
  pool({.pool_size = 2});
  happens(WarmUp{kDan, 2});
  connected(kDan);
  EXPECT_THAT(connect_failed(kDan), ElementsAre(ConnectionError{kDan}));
  EXPECT_EQ(status(config(), state()), (Status{.size = 1, .idle = 1}));
}

TEST_F(Upkeep, WhoWaitsHasPrecedenceOverAWarmUp) {
  pool({.pool_size = 1, .max_overflow = 0});
  happens(WarmUp{kDan, 1});
  EXPECT_THAT(acquire(kAnn), IsEmpty());
  EXPECT_THAT(connected(kDan), ElementsAre(Granted{kAnn, kFirst}, Done{kDan}));
}

TEST_F(Upkeep, NoConnectIsBegunForAWhileAfterOneFailed) {
  pool({.connect_backoff = 8s});
  acquire(kAnn);
  happens(ConnectFailed{kAnn, 2s});
  time_is(5s);
  EXPECT_THAT(acquire(kAnn), ElementsAre(ConnectionError{kAnn}));
  time_is(6s);
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
}

TEST_F(Upkeep, EachFurtherFailureDoublesThePauseAndASuccessEndsIt) {
  pool({.connect_backoff = 20s});
  acquire(kAnn);
  connect_failed(kAnn);
  time_is(20s);
  acquire(kAnn);
  connect_failed(kAnn);
  time_is(49s);
  EXPECT_THAT(acquire(kAnn), ElementsAre(ConnectionError{kAnn})) << "30 s at most";
  time_is(50s);
  acquire(kAnn);
  connected(kAnn);
  EXPECT_THAT(acquire(kBen), ElementsAre(OpenConnection{kBen}));
}

TEST_F(Upkeep, UpToAQuarterOfThePauseIsDrawnAndNoMore) {
  pool({.connect_backoff = 8s});
  acquire(kAnn);
  EXPECT_TRUE(illegal(config(), state(), ConnectFailed{kAnn, 2001ms}));
  connect_failed(kAnn);
  time_is(8s);
  acquire(kAnn);
  EXPECT_TRUE(illegal(config(), state(), ConnectFailed{kAnn, 4001ms}));
  happens(ConnectFailed{kAnn, 4s});
  time_is(20s);
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
}

TEST_F(Upkeep, ThoseWhoWereConnectingAllAlongAreOneFailure) {
  pool({.connect_backoff = 8s});
  acquire(kAnn);
  acquire(kBen);
  connect_failed(kAnn);
  time_is(4s);
  connect_failed(kBen);
  time_is(8s);
  EXPECT_THAT(acquire(kAnn), ElementsAre(OpenConnection{kAnn}));
}

TEST_F(Upkeep, DrainWaitsForTheLastLease) {
  pool({.pool_size = 2});
  lease_new(kAnn);
  lease_new(kBen);
  detach(kBen);
  EXPECT_THAT(happens(Drain{kDan, 10s}), IsEmpty());
  EXPECT_THAT(release(kAnn), ElementsAre(CloseConnection{kFirst}));
  EXPECT_THAT(release(kBen), ElementsAre(CloseConnection{kSecond}, Done{kDan}));
}

TEST_F(Upkeep, DrainGivesUpAtItsDeadline) {
  pool({.pool_size = 1});
  lease_new(kAnn);
  happens(Drain{kDan, 10s});
  EXPECT_THAT(time_is(9s), IsEmpty());
  EXPECT_THAT(time_is(10s), ElementsAre(TimedOut{kDan}));
  EXPECT_THAT(happens(Drain{kDan, 0s}), ElementsAre(TimedOut{kDan}));
}

TEST_F(Upkeep, DrainOfAPoolThatIsEmptyIsDoneAtOnce) {
  pool({});
  leave_idle(kAnn);
  EXPECT_THAT(happens(Drain{kDan, 0s}), ElementsAre(CloseConnection{kFirst}, Done{kDan}));
  EXPECT_THAT(acquire(kAnn), ElementsAre(Closed{kAnn}));
}

}  // namespace
}  // namespace poolproof::model
