// What a pool tells of itself, in the form in which others read it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include <poolproof/held_lease.hpp>
#include <poolproof/metrics.hpp>

namespace poolproof {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Reports, ALeaseIsToldByThePlaceThatAcquiredIt) {
  const HeldLease lease{
      .acquired_at = {"orders.cpp", 42}, .acquired_by = {}, .held_for = 12500ms, .backend = 4711};
  EXPECT_EQ(to_string(lease), "orders.cpp:42 has held server process 4711 for 12.5 s");
}

TEST(Reports, APlaceIsThatOfTheCall) {
  const Place here = Place::here();
  EXPECT_EQ(here.line, __LINE__ - 1);
  EXPECT_THAT(here.file, HasSubstr("reports_test.cpp"));
}

PoolMetrics some() {
  PoolMetrics metrics;
  metrics.status = {.size = 3, .idle = 1, .checked_out = 2, .waiting = 4};
  metrics.leases = 10;
  metrics.waits = 3;
  metrics.waited = 1530ms;
  metrics.waits_in[3] = 2;      // up to 25 ms
  metrics.waits_in.back() = 1;  // longer than all
  metrics.errors[static_cast<std::size_t>(AcquireError::Kind::timeout)] = 1;
  metrics.connects = 5;
  return metrics;
}

TEST(Reports, AreWhatPrometheusReads) {
  const std::string text = to_prometheus(some(), "app");
  for (const char* line :
       {"# TYPE poolproof_checked_out gauge\npoolproof_checked_out{pool=\"app\"} 2\n",
        "poolproof_waiting{pool=\"app\"} 4\n",
        "# TYPE poolproof_leases_total counter\npoolproof_leases_total{pool=\"app\"} 10\n",
        "poolproof_acquire_errors_total{pool=\"app\",kind=\"timeout\"} 1\n",
        "poolproof_acquire_errors_total{pool=\"app\",kind=\"inherited\"} 0\n",
        "poolproof_connects_total{pool=\"app\"} 5\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

// Eleven acquires in all, ten leases and an error; three waited.
TEST(Reports, HaveAHistogramThatAddsUp) {
  const std::string text = to_prometheus(some(), "app");
  for (const char* line : {"_bucket{pool=\"app\",le=\"0.001\"} 8\n", "le=\"0.01\"} 8\n",
                           "le=\"0.025\"} 10\n", "le=\"30\"} 10\n", "le=\"+Inf\"} 11\n",
                           "_sum{pool=\"app\"} 1.53\n", "_count{pool=\"app\"} 11\n"}) {
    EXPECT_THAT(text, HasSubstr("poolproof_acquire_wait_seconds")) << line;
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Reports, HaveASumThatStillGrowsAfterMonths) {
  PoolMetrics metrics;
  metrics.waited = 1234567s + 890ms;
  EXPECT_THAT(to_prometheus(metrics, "app"), HasSubstr("_sum{pool=\"app\"} 1234567.89\n"));
}

TEST(Reports, HaveEachMetricOnceWithAHelpAndAType) {
  std::istringstream lines(to_prometheus(some(), "app"));
  std::set<std::string> named;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# HELP ")) continue;
    EXPECT_TRUE(named.insert(line.substr(7, line.find(' ', 7) - 7)).second) << line;
  }
  EXPECT_EQ(named.size(), 14U);
}

TEST(Reports, KeepALabelInItsQuotes) {
  EXPECT_THAT(to_prometheus({}, "a\"b\\c\nd"), HasSubstr("{pool=\"a\\\"b\\\\c\\nd\"} "));
}

}  // namespace
}  // namespace poolproof
