#include "props/explore/mutation.hpp"

#include <algorithm>

namespace poolproof::explore {
namespace {

using world::Random;
using world::Stream;

constexpr std::uint32_t kMostChanges = 6;
// One change in so many is of another stream than the schedule.
constexpr std::uint32_t kOthersPeriod = 4;
// One run in so many goes on at random after its last change of the schedule.
constexpr std::uint32_t kCutPeriod = 3;

}  // namespace

Mutation::Mutation(std::uint64_t seed, const Tape& tape)
    : MutationsWalk{RandomWalk(seed)}, ByRecord(tape, walk) {
  Random random(strategy_seed(seed));
  for (std::size_t i = 0; i < end_.size(); ++i) end_[i] = tape.streams[i].size();
  const std::uint32_t changes = 1 + random.below(kMostChanges);
  for (std::uint32_t i = 0; i < changes; ++i) {
    const auto stream = random.once_in(kOthersPeriod)
                            ? random.below(static_cast<std::uint32_t>(world::kStreams))
                            : static_cast<std::uint32_t>(Stream::schedule);
    const auto length = static_cast<std::uint32_t>(tape.streams[stream].size());
    if (length > 0) changed_[stream].push_back(random.below(length));
  }
  const auto& schedule = changed_[static_cast<std::size_t>(Stream::schedule)];
  if (!schedule.empty() && random.once_in(kCutPeriod)) {
    end_[static_cast<std::size_t>(Stream::schedule)] =
        *std::max_element(schedule.begin(), schedule.end());
  }
}

std::optional<std::uint32_t> Mutation::read(Stream stream, std::size_t place, std::uint32_t count) {
  const auto index = static_cast<std::size_t>(stream);
  const auto& changed = changed_[index];
  if (place >= end_[index] || std::find(changed.begin(), changed.end(), place) != changed.end()) {
    return std::nullopt;
  }
  const std::uint32_t number = at(stream, place);
  if (number >= count) return std::nullopt;
  return number;
}

}  // namespace poolproof::explore
