#include "props/scenario/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace poolproof::scenario {
namespace {

using world::Stream;

template <class Kind>
struct Spelled {
  std::string_view name;
  Kind kind;
};

constexpr std::array<Spelled<Use>, 16> kUses{{
    {"query", Use::query},
    {"nothing", Use::nothing},
    {"failing_query", Use::failing_query},
    {"open_transaction", Use::open_transaction},
    {"broken_transaction", Use::broken_transaction},
    {"setting", Use::setting},
    {"long_query", Use::long_query},
    {"cancelled_query", Use::cancelled_query},
    {"open_copy", Use::open_copy},
    {"temporary_table", Use::temporary_table},
    {"listen", Use::listen},
    {"advisory_lock", Use::advisory_lock},
    {"prepared_statement", Use::prepared_statement},
    {"held_cursor", Use::held_cursor},
    {"unread_answer", Use::unread_answer},
    {"open_pipeline", Use::open_pipeline},
}};

constexpr std::array<Spelled<Remark>, 5> kRemarks{{
    {"none", Remark::none},
    {"invalidate", Remark::invalidate},
    {"invalidate_softly", Remark::invalidate_softly},
    {"invalidate_generation", Remark::invalidate_generation},
    {"detach", Remark::detach},
}};

template <class Table>
auto named(const Table& table, std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& each) { return each.name == name; });
  return found == table.end() ? std::nullopt : std::optional(found->kind);
}

template <class Table>
std::string names(const Table& table) {
  std::string text;
  for (const auto& each : table) text.append(text.empty() ? "" : ", ").append(each.name);
  return text;
}

// Of a loan's choices.
constexpr std::size_t kThink = 0, kHold = 4, kRemark = 5, kChore = 6;
// Of the pool's: whether the run is an unusual one, and what of all that only such a run leaves
// behind is left behind in it. Chores, and most remarks, are of unusual runs too.
constexpr std::size_t kIsUnusual = 9, kLegacy = 10;

// One loan, in whose run some choices are those numbers.
class One final : public world::Chooser {
 public:
  struct Choice {
    std::size_t index;
    std::uint32_t number;
    std::uint32_t count = 0;  // how many there were to choose from
  };

  One(Choice& first, Choice& second, bool is_unusual)
      : first_(first), second_(second), is_unusual_(is_unusual) {}

  std::size_t next(std::span<const world::Candidate>) override { return 0; }
  std::uint32_t choose(Stream stream, std::uint32_t count) override {
    if (stream == Stream::program) return 1;
    if (stream != Stream::workload) return 0;
    const std::size_t index = asked_++;
    if (index == kIsUnusual) return is_unusual_ ? 1 : 0;
    for (Choice* const each : {&first_, &second_}) {
      if (index != each->index) continue;
      each->count = count;
      return each->number < count ? each->number : 0;
    }
    return 0;
  }

 private:
  Choice& first_;
  Choice& second_;
  const bool is_unusual_;
  std::size_t asked_ = 0;
};

struct Numbers {
  std::uint32_t legacy = 0, number = 0;
};

// The first numbers of a run's legacy and of that choice of its loan with which the loan is as
// wanted. `known`: the legacy must be that one.
template <class IsWanted>
std::optional<Numbers> numbers_of(std::size_t choice, bool is_unusual, const IsWanted& is_wanted,
                                  std::optional<std::uint32_t> known = {}) {
  Bounds bounds;
  bounds.callers = bounds.ops = 1;
  bounds.faults.reset();
  One::Choice legacy{kLegacy, known.value_or(0), known.value_or(0) + 1};
  for (; legacy.number < legacy.count; ++legacy.number) {
    One::Choice wanted{kChoicesOfPool + choice, 0, 1};
    for (; wanted.number < wanted.count; ++wanted.number) {
      One one(legacy, wanted, is_unusual);
      const Scenario scenario = draw(bounds, one);
      if (is_wanted(scenario.callers.front().front())) return Numbers{legacy.number, wanted.number};
    }
    if (!is_unusual || known) break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Use> use_named(std::string_view name) { return named(kUses, name); }
std::optional<Remark> remark_named(std::string_view name) { return named(kRemarks, name); }
std::string_view spelled(Use use) { return kUses[static_cast<std::size_t>(use)].name; }
std::string use_names() { return names(kUses); }
std::string remark_names() { return names(kRemarks); }

Planned::Planned(const Plan& plan, const Bounds& bounds)
    : bounds_(bounds),
      has_chore_(plan.chore != Chore::none),
      is_unusual_(has_chore_ || plan.remark != Remark::none) {
  find_use(plan);
  // Of the run that this is, for not all runs draw from the same lists.
  const auto number_of = [&](std::size_t choice, const auto& is_wanted) {
    return numbers_of(choice, is_unusual_, is_wanted, legacy_);
  };
  const auto think = number_of(kThink, [&](const Loan& loan) { return loan.think == plan.think; });
  const auto hold = number_of(kHold, [&](const Loan& loan) { return loan.hold == plan.hold; });
  const auto remark =
      number_of(kRemark, [&](const Loan& loan) { return loan.remark == plan.remark; });
  const auto chore = number_of(kChore, [&](const Loan& loan) { return loan.chore == plan.chore; });
  if (!think) problem_ = fmt::format("--think takes 0s or 10ms, not {}", to_text(plan.think));
  if (!hold) {
    problem_ =
        fmt::format("--hold takes {}, not {}",
                    plan.use == Use::cancelled_query ? "0s or 10ms with --use cancelled_query"
                                                     : "0s, 10ms, 20ms or 50ms",
                    to_text(plan.hold));
  }
  think_ = think.value_or(Numbers{}).number;
  hold_ = hold.value_or(Numbers{}).number;
  remark_ = remark.value().number;
  chore_ = chore.value().number;
}

// Some uses are of unusual runs only.
void Planned::find_use(const Plan& plan) {
  const auto is_wanted = [&](const Loan& loan) { return loan.use == plan.use; };
  auto found = numbers_of(kChoiceOfUse, is_unusual_, is_wanted);
  if (!found) {
    is_unusual_ = true;
    found = numbers_of(kChoiceOfUse, is_unusual_, is_wanted);
  }
  use_ = found.value_or(Numbers{}).number;
  legacy_ = found.value_or(Numbers{}).legacy;
}

std::uint32_t Planned::workload(std::size_t index) const {
  if (index == kIsUnusual) return is_unusual_ ? 1 : 0;
  if (index == kLegacy) return legacy_;
  if (index < kChoicesOfPool) return 0;
  const std::size_t loan = (index - kChoicesOfPool) / kChoicesOfLoan;
  const auto all_others =
      static_cast<std::size_t>(bounds_.callers - 1) * static_cast<std::size_t>(bounds_.ops);
  switch ((index - kChoicesOfPool) % kChoicesOfLoan) {
    case kThink: return think_;
    case kChoiceOfUse: return use_;
    case kHold: return hold_;
    case kRemark: return remark_;
    case kChore: return has_chore_ && loan == all_others ? chore_ : 0;
    default: return 0;
  }
}

// The caller of the chore is the last, and takes one loan.
std::uint32_t Planned::choose(Stream stream, std::uint32_t count) {
  if (stream == Stream::program) {
    const auto all_others =
        static_cast<std::size_t>(bounds_.callers - 1) * static_cast<std::size_t>(bounds_.ops);
    return !has_chore_ || programs_++ <= all_others ? 1 : 0;
  }
  if (stream != Stream::workload) return 0;
  const std::uint32_t number = workload(workloads_++);
  return number < count ? number : 0;
}

}  // namespace poolproof::scenario
