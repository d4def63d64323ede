// Plays trials: runs that may be smaller than one that broke a law.
#pragma once

#include <optional>

#include "props/check/minimise.hpp"
#include "props/check/processes/slate.hpp"
#include "props/check/run.hpp"

namespace poolproof::check {

// Nothing if it does not break that law. Its choices are written on the slate as they are made.
std::optional<Played> play(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
                           model::LawId law, const Trial& trial);

// How many steps a run had made when it broke that law; all, if it did not.
std::size_t steps_to(const RunResult& run, model::LawId law);

}  // namespace poolproof::check
