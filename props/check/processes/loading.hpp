// Loading a plugin runs code of its own.
#pragma once

#include <string>
#include <variant>

#include "props/check/accused.hpp"

namespace poolproof::check {

// Like Accused::load, tried first in a process of its own: one that crashes, exits or hangs while
// it is loaded is told in a line like any other that cannot be.
std::variant<Accused, std::string> load_guarded(const std::string& file);

}  // namespace poolproof::check
