// Many schedules: the work of `poolproof check`.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "props/check/run.hpp"
#include "props/explore/token.hpp"

namespace poolproof::check {

struct SearchOptions {
  scenario::Bounds bounds;
  Laws laws = judged_laws();
  world::CarrierKind carrier = world::CarrierKind::fiber;
  std::uint64_t seed = 0;
  std::uint64_t schedules = 0;         // at most
  std::optional<Duration> patience{};  // of real time, at most
};

enum class Verdict : std::uint8_t {
  held,              // every schedule kept every law
  broken,            // one did not
  undecided,         // it was interrupted, or its time was up before a single schedule was done
  nondeterministic,  // a schedule that was run again took other steps
  unsupported,       // the accused did what the machine does not model
};

// How much was seen.
struct Coverage {
  std::uint64_t steps = 0;
  std::uint64_t switches = 0;
  std::uint64_t connections = 0;
  std::array<std::uint64_t, kOutcomes> acquires{};  // by Outcome
  std::array<std::uint64_t, world::kFaultKinds> faults{};
  std::unordered_set<std::uint64_t> schedules;  // hashes of the distinct ones
};

// A run that broke laws, made as small as could be.
struct Finding {
  std::vector<Violation> violations;
  std::string story;
  explore::Token token;
  std::uint64_t schedule;  // the number of the schedule that broke them first, from 1
};

struct SearchResult {
  Verdict verdict = Verdict::undecided;
  std::uint64_t schedules = 0;
  Coverage coverage;
  std::optional<Finding> finding;
  std::string detail;  // of nondeterministic and unsupported, in one line
  double seconds = 0;
};

// Called now and then with the number of schedules done; false interrupts the search.
using Progress = std::function<bool(std::uint64_t schedules)>;

// Runs until a law is broken or the budget is spent. A function of its arguments but for `seconds`
// (and, with patience, for how far it gets).
SearchResult search(const Accused& accused, const SearchOptions& options, const Progress& progress);

struct ReplayResult {
  std::vector<Violation> violations;
  std::string story;
  bool fits;  // every choice of the tape fitted
  bool same;  // the run is the one that the token was made of
  std::string unsupported;
};

// Runs a token's schedule once.
ReplayResult replay(const Accused& accused, const explore::Token& token, const Laws& laws);

}  // namespace poolproof::check
