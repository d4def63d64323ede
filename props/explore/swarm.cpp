#include "props/explore/swarm.hpp"

#include <algorithm>

namespace poolproof::explore {
namespace {

using world::Random;

// 0: never, so that lazy time and an undisturbed world are among the runs.
constexpr std::array<std::uint32_t, 4> kRacePeriods{0, 64, 16, 4};
// While somebody has just woken. Whoever has woken him has some steps to take yet.
constexpr std::array<std::uint32_t, 4> kLatePeriods{64, 16, 4, 4};
// A third of the runs has nothing rare at all. The more kinds there are, the rarer is each: else a
// run with many would be over before it has begun.
constexpr std::array<std::uint32_t, 6> kKinds{0, 0, 1, 2, 4, 8};
constexpr std::array<std::uint8_t, 4> kRarePeriods{3, 6, 12, 24};
constexpr std::uint32_t kMostPeriod = 96;
constexpr std::array<std::uint32_t, 4> kWorkloadPeriods{1, 1, 2, 6};
constexpr std::array<std::uint32_t, 4> kMachinePeriods{0, 0, 24, 4};
// Of what is left out: callers mostly do all that they could.
constexpr std::array<std::uint32_t, 4> kAbsencePeriods{0, 0, 0, 8};

// Beside the streams of choices, the seed of a run feeds one of its own.
constexpr std::uint64_t kSwarmStream = 6;
// Beyond those of the runs of one search, which are counted from there.
constexpr std::uint64_t kFirstRarityStream = std::uint64_t{1} << 48;
constexpr std::uint64_t kStrategyStream = std::uint64_t{1} << 50;
// Of Stream::pool: it came last, and has not moved the others.
constexpr std::uint64_t kPoolStream = std::uint64_t{1} << 52;

template <class Periods>
std::uint32_t one_of(const Periods& periods, Random& random) {
  return periods[random.below(static_cast<std::uint32_t>(periods.size()))];
}

}  // namespace

Swarm::Swarm(std::uint64_t seed)
    : seed_(seed), streams_{Random(seed, 0),          Random(seed, 1), Random(seed, 2),
                            Random(seed, 3),          Random(seed, 4), Random(seed, 5),
                            Random(seed, kPoolStream)} {
  Random swarm(seed, kSwarmStream);
  race_period_ = one_of(kRacePeriods, swarm);
  periods_.fill(1);
  kinds_ = one_of(kKinds, swarm);
  if (kinds_ == 0) periods_[static_cast<std::size_t>(world::Stream::faults)] = 0;
  rarities_.fill(kNotDrawn);
  periods_[static_cast<std::size_t>(world::Stream::workload)] = one_of(kWorkloadPeriods, swarm);
  periods_[static_cast<std::size_t>(world::Stream::machine)] = one_of(kMachinePeriods, swarm);
  periods_[static_cast<std::size_t>(world::Stream::program)] = one_of(kAbsencePeriods, swarm);
  late_period_ = one_of(kLatePeriods, swarm);
}

// Lazy time stays lazy.
std::uint32_t Swarm::race_period(std::span<const world::Candidate> tasks) const {
  if (race_period_ <= late_period_) return race_period_;
  const bool any_has_just_woken =
      std::any_of(tasks.begin(), tasks.end(),
                  [this](const world::Candidate& each) { return sleepers_[index_of(each.task)]; });
  return any_has_just_woken ? late_period_ : race_period_;
}

std::size_t Swarm::next(std::span<const world::Candidate> candidates) {
  std::size_t tasks = candidates.size();
  if (candidates.back().pending.kind == world::OperationKind::clock) {
    --tasks;
    if (random().once_in(race_period(candidates.first(tasks)))) return tasks;
  }
  const std::size_t choice = tasks == 1 ? 0 : pick(candidates.first(tasks));
  const world::Candidate& chosen = candidates[choice];
  sleepers_[index_of(chosen.task)] = chosen.pending.kind == world::OperationKind::wait;
  if (tasks == 1) return choice;
  ++measured_.points;
  ++measured_.steps[index_of(chosen.task)];
  return choice;
}

std::uint32_t Swarm::choose(world::Stream stream, std::uint32_t count) {
  const auto index = static_cast<std::size_t>(stream);
  if (stream == world::Stream::program) return streams_[index].once_in(periods_[index]) ? 0 : 1;
  return streams_[index].once_in(periods_[index]) ? streams_[index].below(count) : 0;
}

std::uint8_t Swarm::period_of(world::Rarity kind) const {
  Random random(seed_, kFirstRarityStream + static_cast<std::uint64_t>(kind));
  if (!random.once_in(kinds_)) return 0;
  const std::uint32_t period = one_of(kRarePeriods, random) * 8 / kinds_;
  return static_cast<std::uint8_t>(std::min(period, kMostPeriod));
}

bool Swarm::happens(world::Stream stream, world::Rarity kind) {
  std::uint8_t& period = rarities_[static_cast<std::size_t>(kind)];
  if (period == kNotDrawn) period = period_of(kind);
  return streams_[static_cast<std::size_t>(stream)].once_in(period);
}

std::uint64_t run_seed(std::uint64_t seed, std::uint64_t index) {
  return Random(seed, index + kSwarmStream + 1).next();
}

std::uint64_t strategy_seed(std::uint64_t run_seed) {
  return Random(run_seed, kStrategyStream).next();
}

}  // namespace poolproof::explore
