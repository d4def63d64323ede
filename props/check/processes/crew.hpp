// The search of `poolproof check`: the schedules are run by worker processes, and whatever one of
// them does to its process is a finding. This process never runs the accused.
#pragma once

#include <functional>
#include <string>

#include "props/check/search.hpp"

namespace poolproof::check {

// As many as there are cores that this process may use.
int default_jobs();

// Told to the user at once, a line each.
using Notice = std::function<void(const std::string& line)>;

// Runs until a law is broken or the budget is spent. Of several schedules that break one, the first
// counts: the result is a function of the accused and the options, not of `jobs`, but for `seconds`
// (and, with patience, for how far it gets). `shrinking`, if there is one, is told in place of
// `progress` how many runs have been tried while that run is made smaller. Throws
// std::runtime_error if workers cannot be had.
SearchResult search_by_crew(const Accused& accused, const SearchOptions& options, int jobs,
                            const Progress& progress, const Notice& notice,
                            const Progress& shrinking = {});

}  // namespace poolproof::check
