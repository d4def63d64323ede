// What decided a run that broke a law: the event without which its last one would be harmless.
// Found from what was observed alone, law by law; the oracles say what is wrong, this says since
// when.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "props/check/run.hpp"

namespace poolproof::check {

struct Cause {
  std::size_t observation;  // of the run
  std::string sentence;
};

// Of the first law that the run broke. Nothing where none stands out: of STUCK, RACE and CRASH the
// evidence itself tells, and of the others what is not seen from outside the pool. Laws of waiting
// need a run in which waits were observed.
std::optional<Cause> cause_of(const RunResult& run);

}  // namespace poolproof::check
