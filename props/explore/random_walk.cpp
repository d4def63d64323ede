#include "props/explore/random_walk.hpp"

namespace poolproof::explore {
namespace {

constexpr std::array<std::uint32_t, 4> kSwitchPeriods{1, 1, 4, 12};

}  // namespace

RandomWalk::RandomWalk(std::uint64_t seed)
    : Swarm(seed), switch_period_(kSwitchPeriods[random().below(kSwitchPeriods.size())]) {}

std::size_t RandomWalk::pick(std::span<const world::Candidate> tasks) {
  const bool stays = tasks.front().task == last_ && !random().once_in(switch_period_);
  const std::size_t choice = stays ? 0 : random().below(static_cast<std::uint32_t>(tasks.size()));
  last_ = tasks[choice].task;
  return choice;
}

}  // namespace poolproof::explore
