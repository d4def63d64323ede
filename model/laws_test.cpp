// The laws by name, and that the first one broken is the one reported.
#include "model/laws.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolproof::model {
namespace {

using testing::Optional;

TEST(Laws, EachIsFoundByItsId) {
  for (int i = 0; i <= static_cast<int>(LawId::tend); ++i) {
    const auto law = static_cast<LawId>(i);
    EXPECT_THAT(law_named(id(law)), Optional(law));
    EXPECT_TRUE(sentence(law).ends_with('.'));
  }
}

TEST(Laws, AreSpelledAsInReports) {
  EXPECT_EQ(id(LawId::cap), "CAP");
  EXPECT_EQ(sentence(LawId::race), "No data race in the pool's own memory.");
  EXPECT_EQ(law_named("cap"), std::nullopt);
  EXPECT_EQ(law_named(""), std::nullopt);
}

TEST(Laws, FirstOneBrokenIsReported) {
  const PoolConfig config{.pool_size = 1, .max_overflow = 0};
  const State nobody = initial(config);
  const Event silence = Advance{nobody.now};
  EXPECT_EQ(broken_law({config, nobody, silence, {nobody, {}}}), std::nullopt);
  EXPECT_THAT(broken_law({config, nobody, silence, {nobody, {TimedOut{CallerId{1}}}}}),
              Optional(LawId::early));
}

}  // namespace
}  // namespace poolproof::model
