// Makes a failing tape smaller while it still fails: delta debugging (Zeller, Hildebrandt,
// "Simplifying and isolating failure-inducing input", TSE 2002) over numbers whose plainest value
// is 0.
#pragma once

#include <functional>

#include "props/explore/tape.hpp"

namespace poolproof::explore {

// Whether the run of that tape still breaks the same law. False from the moment the caller's
// patience has run out: shrinking then ends with the smallest tape so far.
using StillFails = std::function<bool(const Tape&)>;

// A tape of which no single choice can be made plainer, in the order faults, workload, waiter,
// schedule. Deterministic. `tape` must fail.
Tape shrink(Tape tape, const StillFails& still_fails);

}  // namespace poolproof::explore
