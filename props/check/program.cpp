#include "props/check/program.hpp"

#include <algorithm>
#include <optional>

#include "props/scenario/scenario.hpp"

namespace poolproof::check {
namespace {

using explore::Place;
using explore::Script;
using explore::Tape;
using scenario::kChoicesOfLoan;
using scenario::kChoicesOfPool;
using world::Stream;

LoanChoices cut(const std::vector<std::uint8_t>& numbers, std::size_t first, std::size_t count) {
  LoanChoices choices(count);
  for (std::size_t i = 0; i < count && first + i < numbers.size(); ++i) {
    choices[i] = numbers[first + i];
  }
  return choices;
}

// Where the parts of a program's callers are now.
class Places {
 public:
  Places(const Program& program, const Casting& casting) {
    for (const auto& loans : program.callers) to_.emplace_back(loans.size() + 1);
    std::uint16_t actor = explore::kFirstCaller;
    for (const auto& loans : casting) {
      if (loans.empty()) continue;
      for (std::size_t i = 0; i < loans.size(); ++i) {
        to_[loans[i].caller][loans[i].loan + 1] = {actor, static_cast<std::uint16_t>(i + 1)};
      }
      // What a caller does before all his loans stays with the first of them.
      auto& beginning = to_[loans[0].caller][0];
      if (!beginning) beginning = {actor, 0};
      ++actor;
    }
  }

  [[nodiscard]] std::optional<Place> now(Place place) const {
    const auto caller = static_cast<std::size_t>(place.actor - explore::kFirstCaller);
    if (place.actor == explore::kRoot || caller >= to_.size()) return place;
    return place.part < to_[caller].size() ? to_[caller][place.part] : std::nullopt;
  }

 private:
  std::vector<std::vector<std::optional<Place>>> to_;
};

}  // namespace

std::size_t Program::loans() const {
  std::size_t sum = 0;
  for (const auto& each : callers) sum += each.size();
  return sum;
}

Program program_in(const scenario::Bounds& bounds, const Tape& tape) {
  const auto& choices = tape.of(Stream::workload);
  const auto& taken = tape.of(Stream::program);
  Program program{.before = cut(choices, 0, kChoicesOfPool), .callers = {}};
  std::size_t at = kChoicesOfPool;
  const auto ops = static_cast<std::size_t>(bounds.ops);
  for (std::size_t caller = 0; caller < static_cast<std::size_t>(bounds.callers); ++caller) {
    std::vector<LoanChoices> loans;
    for (std::size_t i = caller * ops; i < (caller + 1) * ops && i < taken.size(); ++i) {
      if (taken[i] == 0) continue;
      loans.push_back(cut(choices, at, kChoicesOfLoan));
      at += kChoicesOfLoan;
    }
    if (!loans.empty()) program.callers.push_back(std::move(loans));
  }
  return program;
}

Casting casting_of(const Program& program) {
  Casting casting(program.callers.size());
  for (std::size_t caller = 0; caller < casting.size(); ++caller) {
    for (std::size_t i = 0; i < program.callers[caller].size(); ++i) {
      casting[caller].push_back({caller, i});
    }
  }
  return casting;
}

Tape recast(const scenario::Bounds& bounds, Tape tape, const Program& program,
            const Casting& casting) {
  auto& choices = tape.of(Stream::workload);
  auto& taken = tape.of(Stream::program);
  choices = program.before;
  taken.clear();
  std::size_t callers = 0;
  for (const auto& loans : casting) {
    if (loans.empty()) continue;
    taken.resize(callers++ * static_cast<std::size_t>(bounds.ops));
    for (const LoanPlace& each : loans) {
      taken.push_back(1);
      const LoanChoices& loan = program.callers[each.caller][each.loan];
      choices.insert(choices.end(), loan.begin(), loan.end());
    }
  }
  tape.trim();
  return tape;
}

Script recast(const Script& script, const Program& program, const Casting& casting) {
  const Places places(program, casting);
  Script cast;
  for (explore::Line each : script.lines) {
    const auto now = places.now(each.place);
    if (!now) continue;
    each.place = *now;
    cast.lines.push_back(each);
  }
  for (explore::Whim each : script.whims) {
    const auto now = places.now(each.place);
    if (!now) continue;
    each.place = *now;
    cast.whims.push_back(each);
  }
  return cast;
}

}  // namespace poolproof::check
