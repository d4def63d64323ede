// A run that broke a law, made as small as can be while it breaks the same one: fewer callers and
// loans, plainer choices.
#pragma once

#include <functional>

#include "props/explore/tape.hpp"
#include "props/scenario/bounds.hpp"

namespace poolproof::check {

// What a run is a function of.
struct Case {
  scenario::Bounds bounds;
  explore::Tape tape;  // past its end: the plainest choices
};

// Whether that run still breaks the law. False from the moment the caller's patience has run out:
// the smallest so far is then the result.
using StillBreaks = std::function<bool(const scenario::Bounds&, const explore::Tape&)>;

Case minimised(Case found, const StillBreaks& still_breaks);

}  // namespace poolproof::check
