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
  std::optional<Incident> incident;  // that ended it, as it was seen first
  explore::Tallies strategies{};     // what each of them met
  std::optional<Finding> finding;
  std::string detail;  // of nondeterministic and unsupported, in one line
  std::string stacks;  // see Incident
  double seconds = 0;
  double shrinking_seconds = 0;          // of them
  std::string remark;                    // for a person: a line before the last, or nothing
  std::vector<std::string> regressions;  // what came of each that was replayed first, in a line
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
  std::vector<Violation> violations{};
  Story story{};
  bool fits = true;  // every choice of the tape fitted
  bool same = true;  // the run is the one that the token was made of, as far as is known
  std::string unsupported{};
  std::string difference{};        // where it is another, in words
  std::string nondeterministic{};  // in a sentence, if it was another when it was run again
  Trace trace{};
};

// In what a run differs from the one that the token was made of, in words, as far as the token can
// tell. Empty if it is the same.
std::string difference_from(const explore::Token& token, const Telling& telling);

ReplayResult replayed(Telling telling, const explore::Token& token);

// Runs a token's schedule once, in this process.
ReplayResult replay(const Accused& accused, const explore::Token& token, const Laws& laws);

}  // namespace poolproof::check
