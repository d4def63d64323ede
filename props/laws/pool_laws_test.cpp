// The laws as properties of our pool: they hold for whatever callers do, whatever goes wrong and
// however the threads are scheduled. RapidCheck draws the choices themselves, so that it can shrink
// them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "props/check/run.hpp"
#include "props/check/story_text.hpp"

namespace poolproof {
namespace {

using check::Runner;
using check::RunResult;
using scenario::Bounds;
using world::Stream;

// Takes any numbers for choices: each counts modulo the number of ways there are. Past the end: 0.
class Folded final : public world::Chooser {
 public:
  using Numbers = std::array<std::vector<std::uint8_t>, world::kStreams>;

  explicit Folded(Numbers numbers) : numbers_(std::move(numbers)) {}

  std::size_t next(std::span<const world::Candidate> candidates) override {
    return choose(Stream::schedule, static_cast<std::uint32_t>(candidates.size()));
  }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    const auto index = static_cast<std::size_t>(stream);
    std::size_t& at = at_[index];
    if (at == numbers_[index].size()) return 0;
    const std::uint8_t number = numbers_[index][at++];
    if (stream == Stream::program) return number % 8 == 0 ? 0 : 1;  // most loans are taken
    return number % count;
  }

 private:
  const Numbers numbers_;
  std::array<std::size_t, world::kStreams> at_{};
};

Folded::Numbers any_numbers() {
  Folded::Numbers numbers;
  for (auto& stream : numbers) {
    stream = *rc::gen::resize(
        300, rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 64)));
  }
  return numbers;
}

Runner& runner() {
  static Runner instance(check::ours());
  return instance;
}

void requires_no_violation(const RunResult& run) {
  if (!run.violations.empty()) {
    RC_LOG() << check::to_text(check::story(run)) << model::id(run.violations[0].law) << ": "
             << run.violations[0].evidence << '\n';
  }
  RC_ASSERT(run.violations.empty());
  RC_ASSERT(run.ending == world::Ending::finished);
}

RC_GTEST_PROP(OurPool, KeepsEveryLaw, ()) {
  Bounds bounds;
  bounds.callers = *rc::gen::inRange(1, 6);
  bounds.ops = *rc::gen::inRange(1, 5);
  Folded chooser(any_numbers());
  requires_no_violation(runner().run(bounds, chooser));
}

RC_GTEST_PROP(OurPool, KeepsEveryLawWithoutLimits, ()) {
  Bounds bounds;
  bounds.pool_size = *rc::gen::element(0, 1);
  bounds.max_overflow = -1;
  bounds.timeout = scenario::Limit{};
  Folded chooser(any_numbers());
  requires_no_violation(runner().run(bounds, chooser));
}

RC_GTEST_PROP(OurPool, IsAFunctionOfItsSchedule, ()) {
  const auto numbers = any_numbers();
  Folded once(numbers);
  const auto hash = runner().run(Bounds{}, once).hash;
  Folded again(numbers);
  RC_ASSERT(runner().run(Bounds{}, again).hash == hash);
}

}  // namespace
}  // namespace poolproof
