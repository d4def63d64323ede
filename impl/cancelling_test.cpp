// What a lease and its cancellers share, without a server.
#include "impl/cancelling.hpp"

#include <gtest/gtest.h>

namespace poolproof {
namespace {

using Kind = Canceller::Outcome::Kind;

TEST(Cancelling, OfAConnectionThatIsClosedTriesNothing) {
  Cancelling cancelling(Connection().cancel_key());
  EXPECT_EQ(cancelling.request().kind, Kind::over);
  EXPECT_FALSE(cancelling.end());
}

TEST(Cancelling, SaysAtItsEndThatNothingWasTried) {
  Cancelling cancelling(nullptr);
  EXPECT_FALSE(cancelling.end());
  EXPECT_FALSE(cancelling.end()) << "twice is once";
  EXPECT_EQ(cancelling.request().kind, Kind::over);
}

}  // namespace
}  // namespace poolproof
