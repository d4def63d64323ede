// A run of old, had again: just as it was or, where the code has changed and it breaks no law any
// more, in many schedules near it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "props/check/processes/crew.hpp"
#include "props/check/search.hpp"

namespace poolproof::check {

struct Rerun {
  // Undecided: interrupted while it was searched near it.
  Verdict verdict = Verdict::held;
  ReplayResult replay;
  // If the run is another: in what, and from which step on, counted from 1, if that is known.
  std::string difference{};
  std::optional<std::size_t> step{};
  std::uint64_t searched = 0;        // schedules near it
  std::optional<Finding> finding{};  // what breaks a law now: it, or one near it
  std::string detail{};              // of nondeterministic and unsupported, in one line
};

struct RerunOptions {
  std::uint64_t near = 1000;  // how many schedules
  int jobs = 1;
};

// `trace`: of the run as it was, if it was kept. Of `search` the laws and the carrier count.
Rerun rerun(const Accused& accused, const explore::Token& token, const Trace* trace,
            const SearchOptions& search, const RerunOptions& options, const Progress& progress,
            const Notice& notice);

// Makes the run smaller that breaks that law, or without one the first that it breaks. Nothing if
// it breaks none, or not this one. `goes_on`: see Retrial.
std::optional<Finding> shrunk(const Accused& accused, const explore::Token& token,
                              std::optional<model::LawId> law, const SearchOptions& search,
                              const Progress& goes_on);

// Whether it is another run than it was, as far as is known.
bool differs(const Rerun& rerun);

// What came of a regression, in one line without its end: "held", "broken again: WAKE".
std::string outcome(const Rerun& rerun);

// What is to be said of a replay beside its story, in lines: in what it differs, and what came of
// searching near it. Mostly empty.
std::string remarks(const Rerun& rerun);

}  // namespace poolproof::check
