// A story for a terminal.
#pragma once

#include <string>

#include "props/check/story.hpp"

namespace poolproof::check {

// The plan and the table: time downwards, a column for each caller and one for the server. At most
// a screen: of a long run the end, and the rows that decide.
std::string to_text(const Story& story);

// "step 14: the signal goes to caller 3, whose deadline had come", a line each. Steps are numbered
// as in the table.
std::string deciding_text(const Story& story);

}  // namespace poolproof::check
