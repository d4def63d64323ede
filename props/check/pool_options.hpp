// The pool's options in a run, and the same run with one of them changed.
#pragma once

#include <string>
#include <vector>

#include "props/explore/tape.hpp"
#include "props/scenario/bounds.hpp"

namespace poolproof::check {

struct PoolOption {
  std::string text;                   // "pool_size 1"
  std::vector<explore::Tape> others;  // one for each other value that may be drawn
};

// Those that are not fixed.
std::vector<PoolOption> pool_options(const scenario::Bounds& bounds, const explore::Tape& tape);

}  // namespace poolproof::check
