// Every schedule of one scenario, up to the order of independent steps, on the real pool, each
// judged by the laws. What that comes to is a certificate: what was explored, how many classes of
// schedules there are, and a digest over them by which somebody else's exploration can be compared.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "props/check/examine.hpp"
#include "props/check/refinement.hpp"
#include "props/check/telling.hpp"
#include "props/explore/dpor/bounded.hpp"
#include "props/explore/dpor/dpor.hpp"
#include "props/scenario/plan.hpp"

namespace poolproof::check {

struct ExplorationOptions {
  scenario::Bounds bounds;  // all that they leave open is as plain as can be
  scenario::Plan plan;
  explore::dpor::Budget budget;
  std::string budget_text;  // "connect_refused:1"; empty: nothing goes wrong
  Laws laws = judged_laws();
  world::CarrierKind carrier = world::CarrierKind::fiber;
  explore::dpor::TaskOrder order = explore::dpor::TaskOrder::first_come;
  std::uint64_t most_executions = ~std::uint64_t{0};
  std::optional<Duration> patience{};  // of real time
  // Of runs with more preemptions none is explored: see explore::dpor::Bounded. Nothing: no bound.
  std::optional<unsigned> most_preemptions{};
  int jobs = 1;
  bool refines = false;  // each step must be one that the model allows: see Refinement
};

// A run that kept the laws, and that the model does not explain.
struct Unexplained {
  Disallowed disallowed;
  Story story{};
  explore::Token token;
};

// How far an exploration is: enough to go on from there.
struct Explorable {
  explore::dpor::Frontier left;
  explore::dpor::Rounds rounds;               // in place of `left`, with a bound on preemptions
  std::unordered_set<std::uint64_t> classes;  // fingerprints
  std::uint64_t executions = 0;
  std::uint64_t redundant = 0;  // executions that were cut short
  std::uint64_t steps = 0;      // of all executions
  // Somebody waited for a lock until a deadline, or readers met a writer: a few classes may be
  // missing.
  bool approximate = false;
};

// What is said before it: see explore::dpor::Estimate.
struct Estimated {
  double classes;
  double seconds_each;  // of one process, for one execution
};

struct Exploration : Explorable {
  Verdict verdict = Verdict::undecided;  // held: every class was seen, and kept every law
  double seconds = 0;
  std::optional<Estimated> estimated{};  // by whoever asked for that
  scenario::Scenario scenario;
  std::optional<Finding> finding;
  std::optional<Unexplained> unexplained;
  std::string detail;  // of nondeterministic and unsupported, in one line

  // Of the sorted classes.
  [[nodiscard]] std::uint64_t digest() const;
};

// By some executions, none of which is judged, in a process of its own and within some seconds.
// Nothing if the pool does not live through them, or if there are too many tasks.
std::optional<Estimated> estimate(const Accused& accused, const ExplorationOptions& options);

// Several times a second. False interrupts it.
using ExplorationProgress = std::function<bool(const Explorable& seen)>;

// By worker processes: whatever one of them does to its process is a finding. What is found does
// not depend on how many there are, unless something is: then which of several. Throws
// std::runtime_error if workers cannot be had.
Exploration explore(const Accused& accused, const ExplorationOptions& options,
                    const ExplorationProgress& progress, Explorable seen = {});

// What a search reports of the same: for the command that replays.
SearchOptions search_options(const ExplorationOptions& options);

// What is explored.
scenario::Scenario scenario_of(const ExplorationOptions& options);

// "3 callers x 2, pool 1+0, connect_refused:1, racing time".
std::string summary(const ExplorationOptions& options, const scenario::Scenario& scenario);

}  // namespace poolproof::check
