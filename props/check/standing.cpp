#include "props/check/standing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "model/reach.hpp"

namespace poolproof::check {
namespace {

// Some seconds' worth.
constexpr std::size_t kMostStates = 100'000;

Standing standing(const model::State& state) {
  return {.closed = state.closed,
          .leased = static_cast<int>(state.out.size()),
          .waiting = static_cast<int>(state.waiters.size()),
          .preparing = static_cast<int>(state.preparing.size())};
}

// A waiter who was told to look again can run: no time passes before he has.
bool may_rest(const model::State& state) {
  return std::ranges::none_of(state.waiters, &model::Waiter::notified);
}

// What changes nothing but connections changes nothing of where callers stand.
bool moves_callers(const model::Move& move) {
  const auto& event = move.event;
  return move.failures == model::Failures{} && !std::holds_alternative<model::Invalidate>(event) &&
         !std::holds_alternative<model::Dispose>(event);
}

int number_at(StandingCode code, unsigned shift, unsigned bits) {
  return static_cast<int>(code >> shift & ((StandingCode{1} << bits) - 1));
}

}  // namespace

std::optional<Standing> standing(const Ledger& ledger, const world::Scheduler& scheduler) {
  Standing now{.closed = ledger.closed().has_value()};
  for (const Caller& caller : ledger.callers()) {
    switch (caller.phase) {
      case Phase::outside:
      case Phase::detached: break;
      case Phase::acquiring: {
        const auto& task = *scheduler.tasks()[static_cast<std::size_t>(caller.task)];
        const bool waits = task.pending.kind == world::OperationKind::wait;
        ++(waits ? now.waiting : now.preparing);
        break;
      }
      case Phase::holding:
      case Phase::sharing:
      case Phase::querying: ++now.leased; break;
      case Phase::remarking:
      case Phase::releasing:
      case Phase::choring: return std::nullopt;
    }
  }
  return now;
}

StandingCode code_of(const StandingScope& scope, const Standing& standing) {
  StandingCode code = standing.closed ? 1 : 0;
  const auto add = [&](int number, unsigned bits) {
    code = code << bits | static_cast<StandingCode>(number);
  };
  add(standing.leased, 7);
  add(standing.waiting, 7);
  add(standing.preparing, 7);
  add(scope.pool_size, 8);
  add(scope.max_overflow + 1, 8);
  add(scope.callers, 7);
  return code;
}

StandingScope scope_of(StandingCode code) {
  return {number_at(code, 15, 8), number_at(code, 7, 8) - 1, number_at(code, 0, 7)};
}

Standing standing_of(StandingCode code) {
  return {.closed = number_at(code, 44, 1) != 0,
          .leased = number_at(code, 37, 7),
          .waiting = number_at(code, 30, 7),
          .preparing = number_at(code, 23, 7)};
}

std::string to_text(const Standing& standing) {
  return fmt::format("{} leased, {} waiting, {} being prepared{}", standing.leased,
                     standing.waiting, standing.preparing, standing.closed ? ", closed" : "");
}

Reachable reachable(const StandingScope& scope) {
  Reachable reachable;
  model::Scope walk;
  walk.callers = scope.callers;
  walk.most_states = kMostStates;
  walk.config.pool_size = scope.pool_size;
  walk.config.max_overflow = scope.max_overflow;
  walk.config.timeout.reset();  // a call-off does what a deadline does, and time stands still
  walk.may_happen = moves_callers;
  walk.laws = {model::LawId::cap};
  walk.visited = [&](const model::State& state) {
    if (may_rest(state)) reachable.standings.insert(standing(state));
  };
  reachable.complete = model::reach(walk).complete;
  return reachable;
}

}  // namespace poolproof::check
