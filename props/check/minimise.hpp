// A run that broke a law, made as small as can be while it breaks the same one: fewer callers and
// loans, no fault that need not be, plain options, and a schedule that switches as little as it
// may. All of these at once: what is left out of one makes room in the others.
#pragma once

#include <compare>
#include <functional>
#include <optional>

#include "props/explore/script.hpp"
#include "props/explore/tape.hpp"
#include "props/scenario/bounds.hpp"

namespace poolproof::check {

// What a run is a function of.
struct Case {
  scenario::Bounds bounds;
  explore::Tape tape;  // past its end: the plainest choices
};

// What makes a run longer to read, the weightiest first.
struct Size {
  std::size_t loans = 0;
  std::size_t callers = 0;
  std::size_t faults = 0;       // that strike, are planned, or anything else from outside
  std::size_t uses = 0;         // of leases
  std::size_t preemptions = 0;  // switches away from a task that could have gone on
  std::size_t jumps = 0;        // of time, while somebody could have gone on
  std::size_t switches = 0;
  std::size_t deviations = 0;  // choices that are not the plainest
  std::size_t numbers = 0;     // their sum
  std::size_t length = 0;      // of the tape

  friend auto operator<=>(const Size&, const Size&) = default;
};

// A run to be tried.
struct Trial {
  explore::Tape tape{};
  // If there is one, it decides in place of the tape; only the program and the workload are not
  // its.
  std::optional<explore::Script> script{};
  std::uint64_t astray = 0;  // see explore::Actors
  // A random walk from that seed decides all, but which loans there are and what else of the
  // workload the tape holds.
  std::optional<std::uint64_t> walk{};
  bool calm = false;  // on that walk no fault strikes
};

// One that was, and broke the law.
struct Played {
  explore::Tape tape{};      // its choices, as they were
  explore::Script script{};  // up to the law's breach; empty if that killed the process
  Size size{};
};

// Plays it; nothing if it does not break the law, or from the moment the caller's patience has run
// out: the smallest so far is then the result.
using Play = std::function<std::optional<Played>(const Trial&)>;

// Of the run that `found` is. Its tape as it was played, once the law is broken no more than that.
Case minimised(Case found, const Play& play);

}  // namespace poolproof::check
