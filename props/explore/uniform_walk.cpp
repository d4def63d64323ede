#include "props/explore/uniform_walk.hpp"

#include <algorithm>
#include <numeric>

namespace poolproof::explore {
namespace {

// Objects come up in a run one after the other: what callers meet at first is the pool's own.
constexpr std::uint32_t kRanks = 8;

// As likely as its weight, of which none is 0.
std::size_t one_of(const std::vector<std::uint32_t>& weights, world::Random& random) {
  std::uint32_t left = random.below(std::accumulate(weights.begin(), weights.end(), 0U));
  std::size_t choice = 0;
  while (left >= weights[choice]) left -= weights[choice++];
  return choice;
}

// In sixteenths. Whoever has used up what he was expected to have may have some left all the same.
std::uint32_t remaining(std::uint32_t expected, std::uint32_t done) {
  return expected > done * 16 + 16 ? expected - done * 16 : 16;
}

}  // namespace

std::size_t UniformWalk::pick(std::span<const world::Candidate> tasks) {
  weights_.clear();
  for (const world::Candidate& each : tasks) {
    weights_.push_back(
        remaining(experience_.steps(each.task), measured().steps[index_of(each.task)]));
  }
  return one_of(weights_, random());
}

SelectiveWalk::SelectiveWalk(std::uint64_t seed, const Experience& experience)
    : Swarm(seed), experience_(experience) {
  for (std::uint32_t& rank : ranks_) rank = random().below(kRanks);
}

void SelectiveWalk::look_around(std::span<const world::Candidate> tasks) {
  for (const world::Candidate& each : tasks) {
    const void* const object = each.pending.object;
    if (object == nullptr || seen_.size() == kRanks) continue;
    if (std::find(seen_.begin(), seen_.end(), object) == seen_.end()) seen_.push_back(object);
  }
}

bool SelectiveWalk::is_interesting(const world::Candidate& task) const {
  return std::any_of(ranks_.begin(), ranks_.end(), [&](std::uint32_t rank) {
    return rank < seen_.size() && seen_[rank] == task.pending.object;
  });
}

// Whose interesting step is next.
std::size_t SelectiveWalk::intend(std::span<const world::Candidate> tasks) {
  weights_.clear();
  for (const world::Candidate& each : tasks) {
    weights_.push_back(
        remaining(experience_.interesting(each.task), measured().interesting[index_of(each.task)]));
  }
  held_back_.fill(false);
  return index_of(tasks[one_of(weights_, random())].task);
}

// Of those that are not held back one goes on; it is held back if its step counts and it is not the
// one intended. If that was all of them, the intended one waits for something else: another is
// intended.
std::size_t SelectiveWalk::pick(std::span<const world::Candidate> tasks) {
  look_around(tasks);
  for (;;) {
    std::size_t left = 0;
    for (const world::Candidate& each : tasks) left += held_back_[index_of(each.task)] ? 0 : 1;
    if (left == 0) {
      intended_ = intend(tasks);
      continue;
    }
    std::size_t choice = 0;
    for (std::uint32_t nth = random().below(static_cast<std::uint32_t>(left));; ++choice) {
      if (held_back_[index_of(tasks[choice].task)]) continue;
      if (nth-- == 0) break;
    }
    if (!is_interesting(tasks[choice])) return choice;
    if (intended_ == kNobody) intended_ = intend(tasks);
    const std::size_t task = index_of(tasks[choice].task);
    if (task == intended_) {
      count_interesting(tasks[choice].task);
      held_back_.fill(false);
      intended_ = kNobody;
      return choice;
    }
    held_back_[task] = true;
  }
}

}  // namespace poolproof::explore
