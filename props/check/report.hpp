// How a search and a replay are told: on the terminal, and as JSON for machines.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "props/check/processes/rerun.hpp"
#include "props/check/search.hpp"

namespace poolproof::check {

// "held".
std::string_view name(Verdict verdict);

// The last line is the verdict: `held: S schedules, 0 violations`, or `broken: LAW ... replay with:
// poolproof replay TOKEN`. `quiet` leaves only that.
std::string terminal_report(const Accused& accused, const SearchOptions& options,
                            const SearchResult& result, bool quiet);
std::string terminal_report(const Accused& accused, const SearchOptions& options,
                            const Rerun& rerun, bool quiet);

// A counterexample alone: what it breaks, what decided, its table, and the command that replays it.
std::string terminal_report(const Accused& accused, const SearchOptions& options,
                            const Finding& finding);

// What a counterexample breaks: an array, an object for each law.
nlohmann::ordered_json violations_json(const Accused& accused, const SearchOptions& options,
                                       const Finding& finding);

// An object with at least verdict, schedules, violations [{law, token, story}], seconds,
// schedules_per_second and coverage. But for the two timings a function of the search.
std::string json_report(const Accused& accused, const SearchOptions& options,
                        const SearchResult& result);

}  // namespace poolproof::check
