// Why a run broke its law: the step after which nothing could be helped, and the choices without
// which it would not have. Found by playing the run again and again with one choice changed.
#pragma once

#include <functional>

#include "props/check/explanation.hpp"
#include "props/check/minimise.hpp"
#include "props/check/processes/slate.hpp"
#include "props/check/run.hpp"

namespace poolproof::check {

// Of the run that this tape is, which breaks that law. `goes_on` is asked before each run.
Explanation explained(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
                      const explore::Tape& tape, model::LawId law,
                      const std::function<bool()>& goes_on);

}  // namespace poolproof::check
