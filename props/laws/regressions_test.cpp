// Schedules that have found a bug in our pool. Each must still fit the code (else what it tried is
// tried no more, and a new one is wanted), and break no law.
#include <gtest/gtest.h>

#include "props/check/search.hpp"

namespace poolproof {
namespace {

struct Regression {
  const char* name;
  const char* token;
};

constexpr Regression kRegressions[]{
    // A lease that was detached and needed no reset took the quick way back into the pool, as one
    // slot more than there were.
    {"DetachedConnectionCameBackIntoThePool", "pp1:FDTa36HkFfFqeE_eylDIA"},
    // With patience: a waiter was told of an idle slot and, before it had looked, was handed one
    // that came back to a full pool. Nobody was told of the idle one any more.
    {"WordOfAnIdleSlotDiedWithAHandOver", "pp1:FA8tVP0q-lX2q-nlN47XzD1foOYMJIRo6RrnZE"},
    // The server's mistake, not the pool's: bytes on a session that had fallen silent after its
    // greeting passed for a second start-up message, and counted as one more session.
    {"SilentSessionWasCountedTwice", "pp1:FBE3Ahy4kB6il29v0PlUSy5Llj4ZxhR"},
};

void PrintTo(const Regression& regression, std::ostream* out) { *out << regression.name; }

class Regressions : public testing::TestWithParam<Regression> {};

TEST_P(Regressions, BreakNoLaw) {
  const auto token = explore::parse_token(GetParam().token);
  ASSERT_TRUE(std::holds_alternative<explore::Token>(token)) << std::get<std::string>(token);
  const auto replayed =
      check::replay(check::ours(), std::get<explore::Token>(token), check::judged_laws());
  EXPECT_TRUE(replayed.fits);
  for (const auto& violation : replayed.violations) ADD_FAILURE() << violation.evidence;
}

INSTANTIATE_TEST_SUITE_P(Of, Regressions, testing::ValuesIn(kRegressions),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace poolproof
