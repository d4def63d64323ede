// A digest is the same for the same model, and another for one that does anything else.
#include "model/digest.hpp"

#include <gtest/gtest.h>

namespace poolproof::model {
namespace {

using namespace std::chrono_literals;

Scope scope() {
  return {.config = {.pool_size = 1, .max_overflow = 1, .timeout = 10ms}, .callers = 2};
}

TEST(ADigest, IsTheSameTwice) { EXPECT_EQ(digest(scope()), digest(scope())); }

TEST(ADigest, DiffersWithTheScope) {
  Scope other = scope();
  other.config.max_overflow = 0;
  EXPECT_NE(digest(other), digest(scope()));
  other = scope();
  other.callers = 1;
  EXPECT_NE(digest(other), digest(scope()));
}

Step says_it_twice(const PoolConfig& config, const State& state, const Event& event,
                   const Failures& failures) {
  Step step = model::step(config, state, event, failures);
  if (std::holds_alternative<Release>(event)) step.answers.push_back(step.answers.front());
  return step;
}

Step closes_what_could_stay(const PoolConfig& config, const State& state, const Event& event,
                            const Failures& failures) {
  Step step = model::step(config, state, event, failures);
  if (std::holds_alternative<Release>(event)) step.after.idle.clear();
  return step;
}

TEST(ADigest, DiffersWithWhatTheModelAnswersAndWithWhereItGoes) {
  EXPECT_NE(digest(scope(), &says_it_twice), digest(scope()));
  EXPECT_NE(digest(scope(), &closes_what_could_stay), digest(scope()));
}

}  // namespace
}  // namespace poolproof::model
