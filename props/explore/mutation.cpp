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

Mutation::Mutation(std::uint64_t seed, const Tape& tape) : tape_(tape), walk_(seed) {
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

bool Mutation::read(Stream stream, std::size_t count, std::uint32_t& number) {
  const auto index = static_cast<std::size_t>(stream);
  const std::size_t at = at_[index]++;
  const auto& changed = changed_[index];
  if (at >= end_[index] || std::find(changed.begin(), changed.end(), at) != changed.end()) {
    return false;
  }
  number = tape_.streams[index][at];
  return number < count;
}

std::size_t Mutation::next(std::span<const world::Candidate> candidates) {
  std::uint32_t number = 0;
  if (read(Stream::schedule, candidates.size(), number)) return number;
  return walk_.next(candidates);
}

std::uint32_t Mutation::choose(Stream stream, std::uint32_t count) {
  std::uint32_t number = 0;
  if (read(stream, count, number)) return number;
  return walk_.choose(stream, count);
}

bool Mutation::happens(Stream stream, world::Rarity kind) {
  std::uint32_t number = 0;
  if (read(stream, 2, number)) return number != 0;
  return walk_.happens(stream, kind);
}

}  // namespace poolproof::explore
