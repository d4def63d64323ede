#include "props/explore/experience.hpp"

namespace poolproof::explore {
namespace {

// An eighth of the way to the run, so that what is unusual is forgotten after some ten runs. The
// mean is in sixteenths.
std::uint32_t nearer(std::uint32_t mean, std::uint32_t value) {
  return (mean * 7 + value * 16) / 8;
}

}  // namespace

void Experience::learn(const Measured& run, const Totals& totals, bool surw) {
  points_ = std::max(std::min(run.points, points_ * 2), points_ - points_ / 16);
  for (std::size_t i = 0; i < kTasksKnown; ++i) {
    if (totals[i] > 0) steps_[i] = nearer(steps_[i], totals[i]);
    if (surw && run.steps[i] > 0) interesting_[i] = nearer(interesting_[i], run.interesting[i]);
  }
}

}  // namespace poolproof::explore
