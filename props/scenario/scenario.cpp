#include "props/scenario/scenario.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;
using world::Stream;

// Small, so that callers must wait for each other.
constexpr std::array<int, 6> kPoolSizes{1, 1, 1, 1, 2, 3};
constexpr std::array<int, 4> kOverflows{1, 1, 0, 2};
constexpr std::array<Limit, 3> kTimeouts{Limit{50ms}, Limit{20ms}, Limit{}};
constexpr std::array<Limit, 3> kRecycles{Limit{}, Limit{20ms}, Limit{0ms}};
constexpr std::array<Duration, 3> kThinks{0ms, 0ms, 10ms};
constexpr std::array<Duration, 5> kHolds{0ms, 0ms, 10ms, 20ms, 50ms};
constexpr std::array<std::optional<Duration>, 4> kLoanTimeouts{std::nullopt, 10ms, 20ms, 0ms};
constexpr std::array<Use, 6> kUses{Use::query,
                                   Use::query,
                                   Use::query,
                                   Use::failing_query,
                                   Use::open_transaction,
                                   Use::broken_transaction};
constexpr std::array<bool, 6> kInvalidates{false, true, false, false, false, false};

template <class Values>
auto one_of(const Values& values, world::Chooser& chooser) {
  return values[chooser.choose(Stream::workload, static_cast<std::uint32_t>(values.size()))];
}

template <class Value, class Values>
Value fixed_or_drawn(const std::optional<Value>& fixed, const Values& values,
                     world::Chooser& chooser) {
  return fixed ? *fixed : one_of(values, chooser);
}

std::string_view name(Use use) {
  switch (use) {
    case Use::query: return "query";
    case Use::failing_query: return "failing query";
    case Use::open_transaction: return "open transaction";
    case Use::broken_transaction: return "broken transaction";
  }
  return "?";
}

std::string limit_text(const Limit& limit, std::string_view none) {
  return limit ? to_text(*limit) : std::string(none);
}

std::string loan_text(const Loan& loan) {
  std::string text;
  if (loan.think != Duration::zero()) text += fmt::format("think {}, ", to_text(loan.think));
  text += loan.timeout ? fmt::format("acquire within {}", to_text(*loan.timeout)) : "acquire";
  text += fmt::format(", {}", name(loan.use));
  if (loan.hold != Duration::zero()) text += fmt::format(", hold {}", to_text(loan.hold));
  if (loan.invalidate) text += ", invalidate";
  return text + ", release";
}

}  // namespace

Scenario draw(const Bounds& bounds, world::Chooser& chooser) {
  Scenario scenario;
  scenario.pool.pool_size = fixed_or_drawn(bounds.pool_size, kPoolSizes, chooser);
  scenario.pool.max_overflow = fixed_or_drawn(bounds.max_overflow, kOverflows, chooser);
  scenario.pool.timeout = fixed_or_drawn(bounds.timeout, kTimeouts, chooser);
  scenario.pool.recycle = fixed_or_drawn(bounds.recycle, kRecycles, chooser);
  scenario.faults = bounds.faults;
  scenario.callers.resize(static_cast<std::size_t>(bounds.callers));
  for (auto& loans : scenario.callers) {
    loans.resize(static_cast<std::size_t>(bounds.ops));
    for (Loan& loan : loans) {
      loan.think = one_of(kThinks, chooser);
      loan.timeout = one_of(kLoanTimeouts, chooser);
      loan.use = one_of(kUses, chooser);
      loan.hold = one_of(kHolds, chooser);
      loan.invalidate = one_of(kInvalidates, chooser);
    }
  }
  for (std::size_t i = 0; i < bounds.loans.size(); ++i) {
    scenario.callers[i].resize(static_cast<std::size_t>(bounds.loans[i]));
  }
  return scenario;
}

std::string to_text(const Scenario& scenario) {
  std::string text = fmt::format("pool_size {}, max_overflow {}, timeout {}, recycle {}\n",
                                 scenario.pool.pool_size, scenario.pool.max_overflow,
                                 limit_text(scenario.pool.timeout, "none"),
                                 limit_text(scenario.pool.recycle, "never"));
  for (std::size_t caller = 0; caller < scenario.callers.size(); ++caller) {
    if (scenario.callers[caller].empty()) continue;
    text += fmt::format("caller {}:", caller + 1);
    for (const Loan& loan : scenario.callers[caller]) text += fmt::format(" [{}]", loan_text(loan));
    text += '\n';
  }
  return text;
}

}  // namespace poolproof::scenario
