// The same test body on the real machine, with its threads, locks and clocks, and in the world:
// what it sees must be the same. For tests only.
//
// A time-out on the real machine takes 2 ms, real ones: long enough for the kernel's timers, short
// enough for a test; no case depends on what happens meanwhile.
#pragma once

#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {

// What the calls of a body answered, in order.
using Answers = std::vector<int>;

struct SyncCase {
  const char* name;
  std::function<Answers()> body;
  Answers expected;
};

inline std::ostream& operator<<(std::ostream& out, const SyncCase& sync_case) {
  return out << sync_case.name;
}

class SyncFixture : public WorldFixture, public testing::WithParamInterface<SyncCase> {
 protected:
  void on_the_real_machine() { EXPECT_EQ(GetParam().body(), GetParam().expected); }

  void in_the_world() {
    Answers seen;
    EXPECT_EQ(run([&] { seen = GetParam().body(); }), Ending::finished) << refusal();
    EXPECT_EQ(seen, GetParam().expected) << "in the plainest run";
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      EXPECT_EQ(run_with_seed(seed, {[&] { seen = GetParam().body(); }}), Ending::finished)
          << refusal() << " with seed " << seed;
      EXPECT_EQ(seen, GetParam().expected) << "with seed " << seed;
    }
  }
};

// What another thread says of it.
template <class Call>
int elsewhere(Call call) {
  int answer = -1;
  std::thread([&] { answer = call(); }).join();
  return answer;
}

// A reading of that clock 2 ms from now.
inline timespec soon(clockid_t clock) {
  timespec reading{};
  clock_gettime(clock, &reading);
  reading.tv_nsec += 2'000'000;
  if (reading.tv_nsec >= 1'000'000'000) {
    reading.tv_nsec -= 1'000'000'000;
    ++reading.tv_sec;
  }
  return reading;
}

inline constexpr timespec kLongAgo{.tv_sec = 1, .tv_nsec = 0};
inline constexpr timespec kBeforeAllTime{.tv_sec = -1, .tv_nsec = 0};
inline constexpr timespec kNoReading{.tv_sec = 1, .tv_nsec = 1'000'000'000};

}  // namespace poolproof::world

// Both tests of a list of cases.
#define POOLPROOF_ON_BOTH_MACHINES(Suite, cases)                   \
  using Suite = SyncFixture;                                       \
  TEST_P(Suite, AreTheRealMachines) { on_the_real_machine(); }     \
  TEST_P(Suite, AreTheWorldsWhateverIsChosen) { in_the_world(); }  \
  INSTANTIATE_TEST_SUITE_P(Cases, Suite, testing::ValuesIn(cases), \
                           [](const auto& each) { return std::string(each.param.name); })
