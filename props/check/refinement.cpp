#include "props/check/refinement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace poolproof::check {
namespace {

using Kind = Observation::Kind;

// What a lease was used for that may keep it from being reset.
bool is_messy(scenario::Use use) {
  using scenario::Use;
  return use == Use::cancelled_query || use == Use::open_copy || use == Use::unread_answer ||
         use == Use::open_pipeline;
}

bool has_messy_use(const scenario::Scenario& scenario) {
  return std::ranges::any_of(scenario.callers, [](const auto& loans) {
    return std::ranges::any_of(loans, is_messy, &scenario::Loan::use);
  });
}

// What is seen of an observation; nullopt: nothing that matters.
std::optional<Sight> sight_of(const Observation& each, const Known& known) {
  const auto caller = static_cast<std::size_t>(each.caller);
  const bool is_caller = caller < known.calls.size();
  const auto begins = [&](Known::Call call) {
    return Sight{.kind = Sight::Kind::call_begins, .caller = caller, .call = call};
  };
  const Sight ends{.kind = Sight::Kind::call_ends, .caller = caller};
  if (each.kind == Kind::session_ended) {
    return Sight{.kind = each.by_server ? Sight::Kind::is_killed : Sight::Kind::ends,
                 .session = each.session};
  }
  if (each.kind == Kind::fault) return Sight{.kind = Sight::Kind::trouble};
  if (each.kind == Kind::quiet) return Sight{.kind = Sight::Kind::rests};
  if (each.kind == Kind::returned) return Sight{.kind = Sight::Kind::is_over};
  if (!is_caller) return std::nullopt;
  switch (each.kind) {
    case Kind::acquire_called:
      return begins({.call = PoolCall::acquire, .waits = each.limit != Duration::zero()});
    case Kind::release_called: return begins({.call = PoolCall::release});
    case Kind::remark_called: return begins({.call = PoolCall::remark, .remark = each.remark});
    case Kind::chore_called: return begins({.call = PoolCall::chore, .chore = each.chore});
    case Kind::acquire_returned: {
      Sight sight = ends;
      sight.outcome = each.outcome;
      return sight;
    }
    case Kind::release_returned:
    case Kind::remark_returned:
    case Kind::chore_returned: return ends;
    case Kind::session_opened:
      if (known.calls[caller].call != PoolCall::acquire) return std::nullopt;
      return Sight{.kind = Sight::Kind::opens, .caller = caller, .session = each.session};
    case Kind::used:
      if (known.calls[caller].call != PoolCall::none) return std::nullopt;
      return Sight{.kind = Sight::Kind::speaks, .caller = caller, .session = each.session};
    case Kind::sleeps: return Sight{.kind = Sight::Kind::sleeps, .caller = caller};
    case Kind::cancelled:
      if (known.calls[caller].call != PoolCall::acquire) return std::nullopt;
      return Sight{.kind = Sight::Kind::called_off, .caller = caller};
    default: return std::nullopt;
  }
}

}  // namespace

std::string to_string(const Disallowed& disallowed) {
  std::string text =
      fmt::format("at {} {}, which the model does not allow there\n",
                  model::to_string(disallowed.at.time_since_epoch()), disallowed.event);
  text +=
      fmt::format("    it allows: {}\n", disallowed.allowed.empty()
                                             ? "nothing but steps that are not seen"
                                             : fmt::to_string(fmt::join(disallowed.allowed, "; ")));
  for (const std::string& state : disallowed.states) text += fmt::format("    it is {}\n", state);
  return text;
}

std::optional<Disallowed> Refinement::judge(const scenario::Scenario& scenario,
                                            const std::vector<Observation>& observations) {
  if (!knows(scenario)) begin(scenario);
  SetNumber set = initial_;
  std::vector<std::optional<Time>> deadlines(scenario.callers.size());
  Time now{};
  std::optional<Sight> refused;
  const auto show = [&](const Sight& sight) {
    const auto next = after(set, sight);
    if (next) set = *next;
    if (!next) refused = sight;
    return next.has_value();
  };
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& each = observations[i];
    bool goes_on = true;
    if (is_timed_ && each.at != now) goes_on = show({.kind = Sight::Kind::time, .now = each.at});
    now = each.at;
    for (std::size_t caller = 0; caller < deadlines.size() && goes_on; ++caller) {
      if (!deadlines[caller] || *deadlines[caller] > now) continue;
      deadlines[caller].reset();
      goes_on = show({.kind = Sight::Kind::deadline, .caller = caller});
    }
    if (auto sight = sight_of(each, sets_[set]->known); sight && goes_on) {
      if (is_timed_ && sight->kind == Sight::Kind::call_begins) sight->call.began = now;
      goes_on = show(*sight);
    }
    if (!goes_on) {
      Disallowed found = disallowed(set, *refused);
      found.observation = i;
      found.at = now;
      return found;
    }
    if (each.kind == Kind::returned) break;
    const auto caller = static_cast<std::size_t>(each.caller);
    if (caller >= deadlines.size()) continue;
    if (each.kind == Kind::acquire_called && each.limit && *each.limit != Duration::zero()) {
      deadlines[caller] = each.at + *each.limit;
    }
    if (each.kind == Kind::acquire_returned) deadlines[caller].reset();
  }
  return std::nullopt;
}

bool Refinement::knows(const scenario::Scenario& scenario) const {
  return !sets_.empty() && scenario.pool == config_ && scenario.callers.size() == callers_ &&
         has_messy_use(scenario) == is_messy_;
}

void Refinement::begin(const scenario::Scenario& scenario) {
  numbers_.clear();
  guesses_.clear();
  hidden_.clear();
  set_numbers_.clear();
  sets_.clear();
  steps_.clear();
  config_ = scenario.pool;
  callers_ = scenario.callers.size();
  is_messy_ = has_messy_use(scenario);
  is_timed_ = config_.recycle.has_value() || config_.patience != Duration::zero();
  Guess guess{.pool = model::initial(config_), .callers = {}, .sessions = {}};
  guess.callers.resize(callers_);
  Known known;
  known.calls.resize(callers_);
  known.trouble = is_messy_;
  initial_ = number_of(Set{known, {number_of(std::move(guess))}});
}

std::optional<Refinement::SetNumber> Refinement::after(SetNumber set, const Sight& sight) {
  if (steps_.size() <= set) steps_.resize(sets_.size());
  const auto known = std::ranges::find(steps_[set], sight, &Step::sight);
  if (known != steps_[set].end()) return known->to;
  const Set& before = *sets_[set];
  Set next{before.known, {}};
  for (const GuessNumber each : before.guesses) {
    if (auto guess = seen(*guesses_[each], before.known, sight)) {
      next.guesses.push_back(number_of(*std::move(guess)));
    }
  }
  std::optional<SetNumber> to;
  if (!next.guesses.empty()) {
    take_in(next.known, sight);
    to = number_of(std::move(next));
  }
  steps_[set].push_back({sight, to});
  return to;
}

Refinement::SetNumber Refinement::number_of(Set set) {
  close(set);
  const auto number = static_cast<SetNumber>(sets_.size());
  const auto [found, fresh] = set_numbers_.emplace(std::move(set), number);
  if (fresh) sets_.push_back(&found->first);
  return found->second;
}

void Refinement::close(Set& set) {
  std::set<GuessNumber> all(set.guesses.begin(), set.guesses.end());
  std::vector<GuessNumber> open(all.begin(), all.end());
  while (!open.empty()) {
    const GuessNumber guess = open.back();
    open.pop_back();
    for (const Hidden& step : hidden_steps(config_, *guesses_[guess], set.known)) {
      const GuessNumber next = after_hidden(guess, step);
      if (all.insert(next).second) open.push_back(next);
    }
  }
  set.guesses.assign(all.begin(), all.end());
}

Refinement::GuessNumber Refinement::number_of(Guess guess) {
  const auto number = static_cast<GuessNumber>(guesses_.size());
  const auto [found, fresh] = numbers_.emplace(std::move(guess), number);
  if (fresh) guesses_.push_back(&found->first);
  return found->second;
}

Refinement::GuessNumber Refinement::after_hidden(GuessNumber guess, const Hidden& step) {
  const auto [found, fresh] = hidden_.try_emplace({guess, step}, GuessNumber{});
  if (fresh) found->second = number_of(check::after(config_, *guesses_[guess], step));
  return found->second;
}

// Of all that could have been seen, what the model allows.
Disallowed Refinement::disallowed(SetNumber set, const Sight& sight) const {
  constexpr std::size_t kMostStates = 3;
  const Set& before = *sets_[set];
  Disallowed found{.event = to_string(sight, before.known)};
  const auto allow = [&](const Sight& other) {
    const bool allows = std::ranges::any_of(before.guesses, [&](GuessNumber each) {
      return seen(*guesses_[each], before.known, other).has_value();
    });
    if (allows) found.allowed.push_back(to_string(other, before.known));
  };
  for (std::size_t i = 0; i < before.known.calls.size(); ++i) {
    const Known::Call& call = before.known.calls[i];
    if (call.call == PoolCall::none) continue;
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      if (call.call != PoolCall::acquire && outcome > 0) break;
      allow(
          {.kind = Sight::Kind::call_ends, .caller = i, .outcome = static_cast<Outcome>(outcome)});
    }
    if (call.call == PoolCall::acquire) {
      const std::size_t count = found.allowed.size();
      allow({.kind = Sight::Kind::opens, .caller = i});
      if (found.allowed.size() > count) {
        found.allowed.back() = fmt::format("a connection is opened for caller {}", i + 1);
      }
    }
  }
  for (const GuessNumber each : before.guesses) {
    if (found.states.size() == kMostStates) break;
    found.states.push_back(model::to_string(guesses_[each]->pool));
  }
  return found;
}

}  // namespace poolproof::check
