// Many schedules, one after the other in this process: an accused that crashes or hangs takes it
// along. See processes/crew.hpp for the search of `poolproof check`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "props/check/coverage.hpp"
#include "props/check/examine.hpp"
#include "props/check/telling.hpp"

namespace poolproof::check {

struct SearchResult {
  Verdict verdict = Verdict::undecided;
  std::uint64_t schedules = 0;
  std::uint64_t lost = 0;  // schedules that died with a process that somebody else killed
  Coverage coverage;
  std::optional<Finding> finding;
  std::string detail;  // of nondeterministic and unsupported, in one line
  std::string stacks;  // see Incident
  double seconds = 0;
};

// Called now and then with the number of schedules done; false interrupts the search.
using Progress = std::function<bool(std::uint64_t schedules)>;

// Runs until a law is broken or the budget is spent. A function of its arguments but for `seconds`
// (and, with patience, for how far it gets).
SearchResult search(const Accused& accused, const SearchOptions& options, const Progress& progress);

// Makes the run smaller that broke a law, and tells it. `interrupted` cuts that short.
Telling minimised(Runner& runner, Slate& slate, scenario::Bounds& bounds, const Incident& incident,
                  const std::function<bool()>& interrupted);

struct ReplayResult {
  std::vector<Violation> violations;
  Story story;
  bool fits;  // every choice of the tape fitted
  bool same;  // the run is the one that the token was made of, as far as is known
  std::string unsupported;
};

ReplayResult replayed(Telling telling, const explore::Token& token);

// Runs a token's schedule once, in this process.
ReplayResult replay(const Accused& accused, const explore::Token& token, const Laws& laws);

}  // namespace poolproof::check
