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
constexpr std::array<Remark, 6> kRemarks{Remark::none, Remark::invalidate, Remark::none,
                                         Remark::none, Remark::none,       Remark::none};

// Half of the pools have only the options above, and half of the runs only the operations: what is
// rare must not thin out what is common. The others have any of these.
constexpr std::array<bool, 2> kUnusual{false, true};
constexpr std::array<bool, 3> kByNetwork{false, false, true};
constexpr std::array<bool, 3> kLifos{false, false, true};
constexpr std::array<bool, 2> kPrePings{false, true};
constexpr std::array<model::ResetOnReturn, 5> kResets{
    model::ResetOnReturn::rollback, model::ResetOnReturn::rollback, model::ResetOnReturn::commit,
    model::ResetOnReturn::discard, model::ResetOnReturn::none};
constexpr std::array<Duration, 4> kPatiences{0ms, 0ms, 5ms, 20ms};
constexpr std::array<std::optional<Duration>, 6> kCancels{std::nullopt, std::nullopt, std::nullopt,
                                                          std::nullopt, 0ms,          10ms};
constexpr std::array<Use, 7> kUnusualUses{
    Use::query,   Use::query,  Use::failing_query, Use::open_transaction, Use::broken_transaction,
    Use::setting, Use::setting};
constexpr std::array<Remark, 8> kUnusualRemarks{Remark::none,       Remark::none,
                                                Remark::none,       Remark::detach,
                                                Remark::invalidate, Remark::invalidate_softly,
                                                Remark::none,       Remark::invalidate_generation};
// What else may be left behind, one of them in an unusual run, in place of a setting: what needs
// two loans to show is then not too rare. Cancels are alone with the long queries that they hit.
constexpr std::array<Use, 16> kLegacies{
    Use::setting,         Use::setting,         Use::setting,         Use::setting,
    Use::cancelled_query, Use::cancelled_query, Use::cancelled_query, Use::cancelled_query,
    Use::open_copy,       Use::temporary_table, Use::listen,          Use::advisory_lock,
    Use::held_cursor,     Use::unread_answer,   Use::open_pipeline,   Use::prepared_statement};
constexpr std::array<Use, 3> kCancelledUses{Use::query, Use::long_query, Use::cancelled_query};
constexpr std::array<Duration, 4> kQueryCancels{0ms, 10ms, 15ms, 20ms};
// Of so many loans one is preceded by a close, and four by a dispose.
constexpr std::uint32_t kChoreRarity = 64;
constexpr std::uint32_t kDisposes = 4;

template <class Values>
auto one_of(const Values& values, world::Chooser& chooser) {
  return values[chooser.choose(Stream::workload, static_cast<std::uint32_t>(values.size()))];
}

Chore some_chore(world::Chooser& chooser) {
  const std::uint32_t number = chooser.choose(Stream::workload, kChoreRarity);
  if (number == kChoreRarity - 1) return Chore::close;
  return number >= kChoreRarity - 1 - kDisposes ? Chore::dispose : Chore::none;
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
    case Use::setting: return "setting";
    case Use::long_query: return "long query";
    case Use::cancelled_query: return "cancelled query";
    case Use::open_copy: return "open COPY";
    case Use::temporary_table: return "temporary table";
    case Use::listen: return "LISTEN";
    case Use::advisory_lock: return "advisory lock";
    case Use::prepared_statement: return "prepared statement";
    case Use::held_cursor: return "held cursor";
    case Use::unread_answer: return "unread answer";
    case Use::open_pipeline: return "open pipeline";
  }
  return "?";
}

std::string loan_text(const Loan& loan) {
  std::string text;
  if (loan.think != Duration::zero()) text += fmt::format("think {}, ", to_text(loan.think));
  if (loan.chore != Chore::none) text += fmt::format("{}, ", name(loan.chore));
  text += loan.timeout ? fmt::format("acquire within {}", to_text(*loan.timeout)) : "acquire";
  if (loan.cancel_after) text += fmt::format(", cancel after {}", to_text(*loan.cancel_after));
  text += fmt::format(", {}", name(loan.use));
  if (loan.use == Use::cancelled_query) {
    text += fmt::format(" after {}", to_text(loan.cancel_query_after));
  }
  if (loan.hold != Duration::zero()) text += fmt::format(", hold {}", to_text(loan.hold));
  if (loan.remark != Remark::none) text += fmt::format(", {}", name(loan.remark));
  return text + ", release";
}

void draw_unusual_options(const Bounds& bounds, world::Chooser& chooser, model::PoolConfig& pool) {
  pool.use_lifo = fixed_or_drawn(bounds.use_lifo, kLifos, chooser);
  pool.pre_ping = fixed_or_drawn(bounds.pre_ping, kPrePings, chooser);
  pool.reset_on_return = fixed_or_drawn(bounds.reset_on_return, kResets, chooser);
  pool.patience = fixed_or_drawn(bounds.patience, kPatiences, chooser);
}

Use draw_unusual_use(Use legacy, world::Chooser& chooser) {
  if (legacy == Use::cancelled_query) return one_of(kCancelledUses, chooser);
  const Use use = one_of(kUnusualUses, chooser);
  return use == Use::setting ? legacy : use;
}

// `legacy`: of an unusual run.
Loan draw_loan(std::optional<Use> legacy, world::Chooser& chooser) {
  Loan loan;
  loan.think = one_of(kThinks, chooser);
  loan.timeout = one_of(kLoanTimeouts, chooser);
  loan.use = legacy ? draw_unusual_use(*legacy, chooser) : one_of(kUses, chooser);
  if (loan.use == Use::cancelled_query) loan.cancel_query_after = one_of(kQueryCancels, chooser);
  loan.hold = one_of(kHolds, chooser);
  loan.remark = legacy ? one_of(kUnusualRemarks, chooser) : one_of(kRemarks, chooser);
  if (legacy) {
    loan.chore = some_chore(chooser);
    loan.cancel_after = one_of(kCancels, chooser);
  }
  return loan;
}

}  // namespace

std::string_view name(Chore chore) {
  switch (chore) {
    case Chore::none: return "no chore";
    case Chore::dispose: return "dispose";
    case Chore::close: return "close the pool";
  }
  return "?";
}

std::string_view name(Remark remark) {
  switch (remark) {
    case Remark::none: return "no remark";
    case Remark::invalidate: return "invalidate";
    case Remark::invalidate_softly: return "invalidate softly";
    case Remark::invalidate_generation: return "invalidate all";
    case Remark::detach: return "detach";
  }
  return "?";
}

Scenario draw(const Bounds& bounds, world::Chooser& chooser) {
  Scenario scenario;
  scenario.pool.pool_size = fixed_or_drawn(bounds.pool_size, kPoolSizes, chooser);
  scenario.pool.max_overflow = fixed_or_drawn(bounds.max_overflow, kOverflows, chooser);
  scenario.pool.timeout = fixed_or_drawn(bounds.timeout, kTimeouts, chooser);
  scenario.pool.recycle = fixed_or_drawn(bounds.recycle, kRecycles, chooser);
  scenario.pool = fixed_in(bounds, scenario.pool);
  if (one_of(kUnusual, chooser)) draw_unusual_options(bounds, chooser, scenario.pool);
  std::optional<Use> legacy;
  if (one_of(kUnusual, chooser)) legacy = one_of(kLegacies, chooser);
  scenario.faults = bounds.faults;
  scenario.troubles = draw_troubles(bounds.faults, chooser);
  scenario.callers.resize(static_cast<std::size_t>(bounds.callers));
  for (auto& loans : scenario.callers) {
    loans.resize(static_cast<std::size_t>(bounds.ops));
    for (Loan& loan : loans) loan = draw_loan(legacy, chooser);
  }
  scenario.by_network = one_of(kByNetwork, chooser);
  for (std::size_t i = 0; i < bounds.loans.size(); ++i) {
    scenario.callers[i].resize(static_cast<std::size_t>(bounds.loans[i]));
  }
  return scenario;
}

std::string to_text(const Scenario& scenario) {
  std::string text = model::to_string(scenario.pool) + '\n';
  if (scenario.by_network) text += "the server is called by TCP\n";
  text += to_text(scenario.troubles);
  for (std::size_t caller = 0; caller < scenario.callers.size(); ++caller) {
    if (scenario.callers[caller].empty()) continue;
    text += fmt::format("caller {}:", caller + 1);
    for (const Loan& loan : scenario.callers[caller]) text += fmt::format(" [{}]", loan_text(loan));
    text += '\n';
  }
  return text;
}

}  // namespace poolproof::scenario
