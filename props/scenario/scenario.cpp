#include "props/scenario/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;
using world::Stream;

// Small, so that callers must wait for each other.
constexpr std::array<int, 6> kPoolSizes{1, 1, 1, 1, 2, 3};
constexpr std::array<int, 4> kOverflows{1, 1, 0, 2};
constexpr std::array<Limit, 3> kTimeouts{Limit{50ms}, Limit{20ms}, Limit{}};
constexpr std::array<Limit, 4> kRecycles{Limit{}, Limit{20ms}, Limit{0ms}, Limit{20ms}};
constexpr std::array<Duration, 3> kThinks{0ms, 0ms, 10ms};
constexpr std::array<Duration, 5> kHolds{0ms, 0ms, 10ms, 20ms, 50ms};
constexpr std::array<Duration, 5> kShortHolds{0ms, 0ms, 0ms, 0ms, 10ms};
constexpr std::array<std::optional<Duration>, 4> kLoanTimeouts{std::nullopt, 10ms, 20ms, 0ms};
// The second of each list of uses is that of kUnused.
constexpr std::array<Use, 6> kUses{
    Use::query,         Use::nothing,          Use::query,
    Use::failing_query, Use::open_transaction, Use::broken_transaction};
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
// Longer than any wait, or not.
constexpr std::array<Duration, 4> kPatiences{0ms, 50ms, 5ms, 20ms};
constexpr std::array<std::optional<Duration>, 6> kCancels{std::nullopt, std::nullopt, std::nullopt,
                                                          std::nullopt, 0ms,          10ms};
constexpr std::array<Use, 7> kUnusualUses{
    Use::query,   Use::nothing, Use::failing_query, Use::open_transaction, Use::broken_transaction,
    Use::setting, Use::setting};
constexpr std::array<Remark, 8> kUnusualRemarks{Remark::none,       Remark::none,
                                                Remark::none,       Remark::detach,
                                                Remark::invalidate, Remark::invalidate_softly,
                                                Remark::detach,     Remark::invalidate_generation};
// What else may be left behind, one of them in an unusual run, in place of a setting: what needs
// two loans to show is then not too rare. Cancels, which need a moment besides, are half of it, and
// alone with the long queries that they hit.
constexpr std::array<Use, 18> kLegacies{
    Use::setting,         Use::cancelled_query,   Use::cancelled_query, Use::cancelled_query,
    Use::cancelled_query, Use::cancelled_query,   Use::cancelled_query, Use::cancelled_query,
    Use::cancelled_query, Use::cancelled_query,   Use::open_copy,       Use::temporary_table,
    Use::listen,          Use::advisory_lock,     Use::held_cursor,     Use::unread_answer,
    Use::open_pipeline,   Use::prepared_statement};
constexpr std::array<Use, 7> kCancelledUses{
    Use::query,           Use::nothing,         Use::cancelled_query, Use::long_query,
    Use::cancelled_query, Use::cancelled_query, Use::cancelled_query};
// Mostly just as the statement ends, or the lease after it: what is on its way then may come late.
constexpr std::array<Duration, 6> kQueryCancels{0ms, 10ms, 10ms, 15ms, 20ms, 10ms};
// Of so many loans three are preceded by a dispose, and seven by a close; six of these only if the
// caller has thought before, for a close ends what there is to see.
constexpr std::uint32_t kChoreRarity = 32;
constexpr std::uint32_t kCloses = 7;
constexpr std::uint32_t kDisposes = 3;
// Two pools in five are of another class, or tended, or both.
constexpr std::array<bool, 5> kTended{false, false, false, true, true};
constexpr std::array<model::PoolClass, 10> kClasses{
    model::PoolClass::queue_pool, model::PoolClass::queue_pool,
    model::PoolClass::queue_pool, model::PoolClass::queue_pool,
    model::PoolClass::null_pool,  model::PoolClass::static_pool,
    model::PoolClass::queue_pool, model::PoolClass::singleton_thread_pool,
    model::PoolClass::queue_pool, model::PoolClass::assertion_pool};
// As long as a lifetime: else the ages that callers meet are all outside of what it may be.
constexpr std::array<Duration, 4> kJitters{0ms, 20ms, 20ms, 20ms};
constexpr std::array<Limit, 3> kIdleTimeouts{Limit{}, Limit{10ms}, Limit{0ms}};
constexpr std::array<int, 4> kMinIdles{0, 0, 1, 2};
constexpr std::array<Duration, 4> kBackoffs{0ms, 0ms, 10ms, 50ms};
constexpr std::array<Again, 4> kAgains{Again::never, Again::goes_first, Again::stays,
                                       Again::after_remark};
// What whoever tends the pool does, one after the other. A drain is its end, and comes last more
// often than before.
constexpr std::size_t kErrands = 4;
constexpr std::array<Chore, 16> kChores{
    Chore::none,     Chore::none,     Chore::none,     Chore::maintain,
    Chore::maintain, Chore::maintain, Chore::maintain, Chore::warm_up,
    Chore::warm_up,  Chore::report,   Chore::report,   Chore::report,
    Chore::dispose,  Chore::none,     Chore::none,     Chore::drain};
constexpr std::array<Chore, 16> kLastChores{
    Chore::none,     Chore::drain,    Chore::drain,    Chore::maintain,
    Chore::maintain, Chore::maintain, Chore::maintain, Chore::warm_up,
    Chore::warm_up,  Chore::report,   Chore::report,   Chore::report,
    Chore::dispose,  Chore::drain,    Chore::drain,    Chore::drain};
constexpr std::array<Duration, 3> kPauses{10ms, 0ms, 20ms};
constexpr std::array<Limit, 3> kErrandTimeouts{Limit{20ms}, Limit{}, Limit{0ms}};

// Else time gets there only if another timer is due then, or later.
constexpr std::array<bool, 4> kLateWakers{false, true, true, true};

// Lists of several lengths may be drawn from: each of these numbers is a multiple of theirs.
constexpr std::uint32_t kAnyUse = 42;
constexpr std::uint32_t kAnyRemark = 24;

template <class Values>
auto one_of(const Values& values, world::Chooser& chooser, Stream stream = Stream::workload) {
  return values[chooser.choose(stream, static_cast<std::uint32_t>(values.size()))];
}

// `rarely`: one of each in so many.
Chore some_chore(bool rarely, bool has_thought, world::Chooser& chooser) {
  constexpr std::uint32_t kLastClose = kChoreRarity - 1;
  constexpr std::uint32_t kFirstClose = kChoreRarity - kCloses;
  constexpr std::uint32_t kFirstDispose = kFirstClose - kDisposes;
  const std::uint32_t number = chooser.choose(Stream::workload, kChoreRarity);
  if (rarely && number != kLastClose && number != kFirstDispose) return Chore::none;
  if (number == kLastClose) return Chore::close;
  if (number >= kFirstClose) return has_thought ? Chore::close : Chore::none;
  return number >= kFirstDispose ? Chore::dispose : Chore::none;
}

template <class Values>
auto at(const Values& values, std::uint32_t number) {
  return values[number % values.size()];
}

std::string_view name(Use use) {
  switch (use) {
    case Use::query: return "query";
    case Use::nothing: return "nothing";
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

std::string_view name(Again again) {
  switch (again) {
    case Again::never: return "";
    case Again::goes_first: return ", acquire again, release that";
    case Again::stays: return ", acquire again";
    case Again::after_remark: return ", acquire again after that";
  }
  return "?";
}

std::string errand_text(const Loan& loan) {
  std::string text;
  if (loan.think != Duration::zero()) text += fmt::format("think {}, ", to_text(loan.think));
  text += name(loan.chore);
  if (loan.chore == Chore::drain && loan.timeout) text += " within " + to_text(*loan.timeout);
  return text;
}

std::string loan_text(const Loan& loan) {
  if (loan.errand) return errand_text(loan);
  std::string text;
  if (loan.think != Duration::zero()) text += fmt::format("think {}, ", to_text(loan.think));
  if (loan.chore != Chore::none) text += fmt::format("{}, ", name(loan.chore));
  text += loan.timeout ? fmt::format("acquire within {}", to_text(*loan.timeout)) : "acquire";
  if (loan.cancel_after) text += fmt::format(", cancel after {}", to_text(*loan.cancel_after));
  if (loan.use != Use::nothing) text += fmt::format(", {}", name(loan.use));
  if (loan.use == Use::cancelled_query) {
    text += fmt::format(" after {}", to_text(loan.cancel_query_after));
  }
  if (loan.hold != Duration::zero()) text += fmt::format(", hold {}", to_text(loan.hold));
  if (loan.remark != Remark::none) text += fmt::format(", {}", name(loan.remark));
  text += name(loan.again);
  return text + ", release";
}

model::PoolConfig draw_pool(world::Chooser& chooser) {
  model::PoolConfig pool;
  pool.pool_size = one_of(kPoolSizes, chooser);
  pool.max_overflow = one_of(kOverflows, chooser);
  pool.timeout = one_of(kTimeouts, chooser);
  pool.recycle = one_of(kRecycles, chooser);
  model::PoolConfig unusual = pool;
  const bool is_unusual = one_of(kUnusual, chooser);
  unusual.use_lifo = one_of(kLifos, chooser);
  unusual.pre_ping = one_of(kPrePings, chooser);
  unusual.reset_on_return = one_of(kResets, chooser);
  pool.patience = unusual.patience = one_of(kPatiences, chooser);
  return is_unusual ? unusual : pool;
}

Use use_of(std::uint32_t number, std::optional<Use> legacy) {
  if (!legacy) return at(kUses, number);
  if (*legacy == Use::cancelled_query) return at(kCancelledUses, number);
  const Use use = at(kUnusualUses, number);
  return use == Use::setting ? *legacy : use;
}

// `legacy`: of an unusual run.
Loan draw_loan(std::optional<Use> legacy, world::Chooser& chooser) {
  Loan loan;
  loan.think = one_of(kThinks, chooser);
  loan.timeout = one_of(kLoanTimeouts, chooser);
  loan.use = use_of(chooser.choose(Stream::workload, kAnyUse), legacy);
  const Duration cancel_query_after = one_of(kQueryCancels, chooser);
  // Who cancels queries needs the connection to be lent again soon, and many leases that are.
  const bool cancels_queries = legacy == Use::cancelled_query;
  loan.hold = one_of(cancels_queries ? kShortHolds : kHolds, chooser);
  const std::uint32_t remark = chooser.choose(Stream::workload, kAnyRemark);
  const Chore chore = some_chore(cancels_queries, loan.think > Duration::zero(), chooser);
  const auto cancel_after = one_of(kCancels, chooser);
  if (loan.use == Use::cancelled_query) loan.cancel_query_after = cancel_query_after;
  loan.remark = legacy ? at(kUnusualRemarks, remark) : at(kRemarks, remark);
  // Which session a remark is about is known by what was sent there.
  if (loan.remark != Remark::none && loan.use == Use::nothing) loan.use = Use::query;
  if (legacy) {
    loan.chore = chore;
    if (!cancels_queries) loan.cancel_after = cancel_after;
  }
  return loan;
}

// Each of what it is drawn from is small: it must fit the rest.
void make_sound(model::PoolConfig& pool) {
  pool.recycle_jitter = std::min(pool.recycle_jitter, pool.recycle.value_or(Duration::zero()));
  if (pool.pool_size > 0) pool.min_idle = std::min(pool.min_idle, pool.pool_size);
}

// Who tends the pool comes last.
std::vector<Loan> draw_errands(world::Chooser& chooser) {
  std::vector<Loan> errands;
  for (std::size_t i = 0; i < kErrands; ++i) {
    Loan errand;
    errand.errand = true;
    errand.use = Use::nothing;
    errand.think = one_of(kPauses, chooser, Stream::pool);
    errand.chore = one_of(i + 1 == kErrands ? kLastChores : kChores, chooser, Stream::pool);
    errand.timeout = one_of(kErrandTimeouts, chooser, Stream::pool);
    if (errand.chore != Chore::none) errands.push_back(errand);
  }
  return errands;
}

// The pool's class and upkeep. A class that is given comes with all that it is tried by.
void draw_upkeep(const Bounds& bounds, Scenario& scenario, world::Chooser& chooser) {
  model::PoolConfig& pool = scenario.pool;
  const bool is_tended = one_of(kTended, chooser, Stream::pool);
  if (is_tended || bounds.pool_class) {
    pool.pool_class = one_of(kClasses, chooser, Stream::pool);
    pool.recycle_jitter = one_of(kJitters, chooser, Stream::pool);
    pool.idle_timeout = one_of(kIdleTimeouts, chooser, Stream::pool);
    pool.min_idle = one_of(kMinIdles, chooser, Stream::pool);
    pool.connect_backoff = one_of(kBackoffs, chooser, Stream::pool);
    const Again again = one_of(kAgains, chooser, Stream::pool);
    auto errands = draw_errands(chooser);
    pool = fixed_in(bounds, pool);
    for (auto& caller : scenario.callers) {
      for (Loan& loan : caller) loan.again = model::shares(pool) ? again : Again::never;
    }
    if (!errands.empty()) scenario.callers.push_back(std::move(errands));
  }
  pool = fixed_in(bounds, pool);
  make_sound(pool);
}

}  // namespace

std::string_view name(Chore chore) {
  switch (chore) {
    case Chore::none: return "no chore";
    case Chore::dispose: return "dispose";
    case Chore::close: return "close the pool";
    case Chore::maintain: return "maintain";
    case Chore::warm_up: return "warm up";
    case Chore::report: return "report leaks";
    case Chore::drain: return "drain";
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
  scenario.pool = fixed_in(bounds, draw_pool(chooser));
  const bool is_unusual = one_of(kUnusual, chooser);
  const Use legacy = one_of(kLegacies, chooser);
  scenario.by_network = one_of(kByNetwork, chooser);
  scenario.faults = bounds.faults;
  scenario.troubles = draw_troubles(bounds.faults, chooser);
  for (int caller = 0; caller < bounds.callers; ++caller) {
    std::vector<Loan> loans;
    for (int i = 0; i < bounds.ops; ++i) {
      if (chooser.choose(Stream::program, 2) == 0) continue;
      loans.push_back(draw_loan(is_unusual ? std::optional(legacy) : std::nullopt, chooser));
    }
    if (!loans.empty()) scenario.callers.push_back(std::move(loans));
  }
  draw_upkeep(bounds, scenario, chooser);
  scenario.late_wakers = one_of(kLateWakers, chooser, Stream::pool);
  return scenario;
}

void make_plain(Scenario& scenario) {
  model::PoolConfig& pool = scenario.pool;
  const model::PoolConfig plain;
  pool.pool_class = plain.pool_class;
  pool.recycle_jitter = plain.recycle_jitter;
  pool.idle_timeout = plain.idle_timeout;
  pool.min_idle = plain.min_idle;
  pool.connect_backoff = plain.connect_backoff;
  auto& callers = scenario.callers;
  if (!callers.empty() && callers.back().front().errand) callers.pop_back();
  for (auto& caller : callers) {
    for (Loan& loan : caller) loan.again = Again::never;
  }
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
