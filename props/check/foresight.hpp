// What other runs of the same class break. Most laws are judged by what is in the same order in all
// runs of a class. Not so FAIR, and LIFE of who was told: there it matters whether somebody called
// before another slept, or returned before another called, and that may be in either order.
#pragma once

#include <optional>
#include <vector>

#include "props/check/run.hpp"
#include "props/explore/dpor/reordered.hpp"

namespace poolproof::check {

// The order of its events in which a run breaks that law.
struct Foreseen {
  model::LawId law;
  std::vector<explore::dpor::Precedence> order;
};

// Of a run that kept the laws, and the events of which were those; it was seen who waits. FAIR only
// without patience, for which it matters how much time has passed.
std::optional<Foreseen> foresee(const explore::dpor::Execution& execution, const RunResult& run,
                                const Laws& laws);

}  // namespace poolproof::check
