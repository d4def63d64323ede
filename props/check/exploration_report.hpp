// An exploration as JSON and as JUnit's XML, for machines.
#pragma once

#include <string>

#include "props/check/certificate.hpp"
#include "props/check/exploration.hpp"

namespace poolproof::check {

// An object with at least verdict, scenario, laws, classes, executions and violations [{law, token,
// story}]; of a complete one also its certificate. But for the two timings, and a guess that
// was ended by time, a function of the exploration.
std::string json_report(const Accused& accused, const ExplorationOptions& options,
                        const Exploration& found);

// A test for each law, and one for each step being the model's if that was asked; an exploration
// that a bound ends is an error of a test of its own.
std::string junit_report(const Accused& accused, const ExplorationOptions& options,
                         const Exploration& found);

// A run that the model does not explain: what it does not allow, the run's table, and its token.
std::string terminal_report(const Accused& accused, const Unexplained& found);

}  // namespace poolproof::check
