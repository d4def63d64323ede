#include "props/explore/random_walk.hpp"

namespace poolproof::explore {
namespace {

using world::Random;

constexpr std::array<std::uint32_t, 4> kSwitchPeriods{1, 1, 4, 12};
// 0: never, so that lazy time and an undisturbed world are among the runs.
constexpr std::array<std::uint32_t, 4> kRacePeriods{0, 64, 16, 4};
constexpr std::array<std::uint32_t, 4> kFaultPeriods{0, 0, 24, 6};
constexpr std::array<std::uint32_t, 4> kWorkloadPeriods{1, 1, 2, 6};
constexpr std::array<std::uint32_t, 4> kMachinePeriods{0, 0, 24, 4};

// Beside the streams of choices, the seed of a run feeds one of its own.
constexpr std::uint64_t kSwarmStream = world::kStreams;

template <class Periods>
std::uint32_t one_of(const Periods& periods, Random& random) {
  return periods[random.below(static_cast<std::uint32_t>(periods.size()))];
}

}  // namespace

RandomWalk::RandomWalk(std::uint64_t seed)
    : streams_{Random(seed, 0), Random(seed, 1), Random(seed, 2), Random(seed, 3),
               Random(seed, 4)} {
  Random swarm(seed, kSwarmStream);
  switch_period_ = one_of(kSwitchPeriods, swarm);
  race_period_ = one_of(kRacePeriods, swarm);
  periods_.fill(1);
  periods_[static_cast<std::size_t>(world::Stream::faults)] = one_of(kFaultPeriods, swarm);
  periods_[static_cast<std::size_t>(world::Stream::workload)] = one_of(kWorkloadPeriods, swarm);
  periods_[static_cast<std::size_t>(world::Stream::machine)] = one_of(kMachinePeriods, swarm);
}

std::size_t RandomWalk::next(std::span<const world::Candidate> candidates) {
  Random& random = streams_[static_cast<std::size_t>(world::Stream::schedule)];
  auto tasks = static_cast<std::uint32_t>(candidates.size());
  if (candidates.back().pending.kind == world::OperationKind::clock) {
    --tasks;
    if (random.once_in(race_period_)) return tasks;
  }
  const bool stays = candidates.front().task == last_ && !random.once_in(switch_period_);
  const std::size_t choice = stays ? 0 : random.below(tasks);
  last_ = candidates[choice].task;
  return choice;
}

std::uint32_t RandomWalk::choose(world::Stream stream, std::uint32_t count) {
  const auto index = static_cast<std::size_t>(stream);
  if (!streams_[index].once_in(periods_[index])) return 0;
  // A fault that may strike has struck: its period alone says how often.
  return stream == world::Stream::faults ? count - 1 : streams_[index].below(count);
}

std::uint64_t run_seed(std::uint64_t seed, std::uint64_t index) {
  return Random(seed, index + kSwarmStream + 1).next();
}

}  // namespace poolproof::explore
