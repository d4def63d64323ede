// A run as a table: time downwards, a column for each caller and one for the server.
#pragma once

#include <string>

#include "props/check/run.hpp"

namespace poolproof::check {

// Ends with the line at which the first law was broken, if one was; a long run begins late.
std::string story(const RunResult& run);

}  // namespace poolproof::check
