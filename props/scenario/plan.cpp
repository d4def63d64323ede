#include "props/scenario/plan.hpp"

#include <fmt/format.h>

namespace poolproof::scenario {
namespace {

using world::Stream;

// Of a loan's choices.
constexpr std::size_t kThink = 0, kHold = 4, kChore = 6;
// Of the pool's: whether the run is an unusual one. Only there is a chore.
constexpr std::size_t kIsUnusual = 9;

// One loan, of which one choice is that number.
class One final : public world::Chooser {
 public:
  One(std::size_t choice, std::uint32_t number)
      : choice_(kChoicesOfPool + choice), number_(number) {}

  std::size_t next(std::span<const world::Candidate>) override { return 0; }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    if (stream == Stream::program) return 1;
    if (stream != Stream::workload) return 0;
    const std::size_t index = asked_++;
    if (index == kIsUnusual) return 1;
    if (index != choice_) return 0;
    count_ = count;
    return number_ < count ? number_ : 0;
  }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  const std::size_t choice_;
  const std::uint32_t number_;
  std::size_t asked_ = 0;
  std::uint32_t count_ = 0;
};

// The first number of that choice with which the loan is as wanted.
template <class IsWanted>
std::optional<std::uint32_t> number_of(std::size_t choice, const IsWanted& is_wanted) {
  Bounds bounds;
  bounds.callers = bounds.ops = 1;
  bounds.faults.reset();
  for (std::uint32_t number = 0, count = 1; number < count; ++number) {
    One one(choice, number);
    const Scenario scenario = draw(bounds, one);
    count = one.count();
    if (is_wanted(scenario.callers.front().front())) return number;
  }
  return std::nullopt;
}

}  // namespace

Planned::Planned(const Plan& plan, const Bounds& bounds)
    : bounds_(bounds), has_chore_(plan.chore != Chore::none) {
  const auto think = number_of(kThink, [&](const Loan& loan) { return loan.think == plan.think; });
  const auto hold = number_of(kHold, [&](const Loan& loan) { return loan.hold == plan.hold; });
  const auto chore = number_of(kChore, [&](const Loan& loan) { return loan.chore == plan.chore; });
  if (!think) problem_ = fmt::format("--think takes 0s or 10ms, not {}", to_text(plan.think));
  if (!hold) {
    problem_ = fmt::format("--hold takes 0s, 10ms, 20ms or 50ms, not {}", to_text(plan.hold));
  }
  think_ = think.value_or(0);
  hold_ = hold.value_or(0);
  chore_ = chore.value_or(0);
}

std::uint32_t Planned::workload(std::size_t index) const {
  if (index < kChoicesOfPool) return index == kIsUnusual && has_chore_ ? 1 : 0;
  const std::size_t loan = (index - kChoicesOfPool) / kChoicesOfLoan;
  const auto all_others = static_cast<std::size_t>((bounds_.callers - 1) * bounds_.ops);
  switch ((index - kChoicesOfPool) % kChoicesOfLoan) {
    case kThink: return think_;
    case kHold: return hold_;
    case kChore: return has_chore_ && loan == all_others ? chore_ : 0;
    default: return 0;
  }
}

// The caller of the chore is the last, and takes one loan.
std::uint32_t Planned::choose(Stream stream, std::uint32_t count) {
  if (stream == Stream::program) {
    const auto all_others = static_cast<std::size_t>((bounds_.callers - 1) * bounds_.ops);
    return !has_chore_ || programs_++ <= all_others ? 1 : 0;
  }
  if (stream != Stream::workload) return 0;
  const std::uint32_t number = workload(workloads_++);
  return number < count ? number : 0;
}

}  // namespace poolproof::scenario
