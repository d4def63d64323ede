// Where callers stand at the instants at which nothing moves and time is about to pass: how many
// have a lease, wait for one, have a slot that is being connected or pinged; and whether the pool
// is closed. That much is seen of any pool, and is there in each state of the model too; so it can
// be said how much of what the model can reach a search has visited.
//
// Not counted are instants in the middle of release, dispose, close and their kin: to the model
// these take no time.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "props/check/ledger.hpp"

namespace poolproof::check {

// The pools of one scope reach the same.
struct StandingScope {
  int pool_size;
  int max_overflow;
  int callers;
  friend auto operator<=>(const StandingScope&, const StandingScope&) = default;
};

struct Standing {
  bool closed = false;
  int leased = 0;
  int waiting = 0;
  int preparing = 0;
  friend auto operator<=>(const Standing&, const Standing&) = default;
};

// Now, at such an instant; nothing if somebody is in the middle of a call.
std::optional<Standing> standing(const Ledger& ledger, const world::Scheduler& scheduler);

// A small number that says it all, for numbers below 128 and limits below 256.
using StandingCode = std::uint64_t;
StandingCode code_of(const StandingScope& scope, const Standing& standing);
StandingScope scope_of(StandingCode code);
Standing standing_of(StandingCode code);

// "2 leased, 1 waiting, closed".
std::string to_text(const Standing& standing);

// What the model reaches in that scope.
struct Reachable {
  std::set<Standing> standings;
  bool complete = false;  // false: the scope is too large to be walked to its end
};
Reachable reachable(const StandingScope& scope);

}  // namespace poolproof::check
