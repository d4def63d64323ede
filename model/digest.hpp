// What a proof that names the model may rest on: the model itself, as a number. It is of what the
// model does, not of how it is written. May include the rest of model/ and the standard library.
#pragma once

#include <cstdint>

#include "model/reach.hpp"

namespace poolproof::model {

// Over each state that can be reached, and each step between two: what happens, what the pool
// answers and where that leads. Of a scope with more than most_states, over the first so many.
std::uint64_t digest(Scope scope, StepFunction step = &model::step);

}  // namespace poolproof::model
