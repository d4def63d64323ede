#include "props/explore/portfolio.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace poolproof::explore {
namespace {

constexpr std::size_t kMostTapes = 16;
// Of one batch: runs of the beginning of a search all meet something new.
constexpr std::size_t kMostTapesOfBatch = 4;
// In thousandths of the share of whoever finds most.
constexpr std::uint64_t kLeastShare = 100;

std::uint32_t depth_of(Strategy strategy) {
  switch (strategy) {
    case Strategy::pct3: return 3;
    case Strategy::pct5: return 5;
    case Strategy::pct10: return 10;
    default: return 20;
  }
}

// In parts of a million, and a little in advance: who was never tried may be the best.
std::uint64_t rate(const Tally& tally) {
  return (tally.fresh + 1) * 1'000'000 / (tally.schedules + 100);
}

}  // namespace

void Guide::add(Harvest harvest) {
  for (std::size_t i = 0; i < kStrategies; ++i) {
    for (Tallies* const each : {&all_, &recent_}) {
      (*each)[i].schedules += harvest.tallies[i].schedules;
      (*each)[i].fresh += harvest.tallies[i].fresh;
    }
  }
  std::sort(harvest.features.begin(), harvest.features.end());
  std::vector<Feature> known;
  std::set_union(known_.begin(), known_.end(), harvest.features.begin(), harvest.features.end(),
                 std::back_inserter(known));
  known_ = std::move(known);
  std::move(harvest.tapes.begin(), harvest.tapes.end(), std::back_inserter(tapes_));
  if (tapes_.size() > kMostTapes) {
    tapes_.erase(tapes_.begin(), tapes_.end() - static_cast<std::ptrdiff_t>(kMostTapes));
  }
}

void Guide::turn() {
  std::uint64_t best = 1;
  for (const Tally& each : recent_) best = std::max(best, rate(each));
  for (std::size_t i = 0; i < kStrategies; ++i) {
    shares_[i] = static_cast<std::uint32_t>(std::max(kLeastShare, rate(recent_[i]) * 1000 / best));
  }
  recent_ = {};
}

Guide Guide::of(Parts parts) {
  Guide guide;
  guide.shares_ = parts.shares;
  guide.known_ = std::move(parts.known);
  guide.tapes_ = std::move(parts.tapes);
  return guide;
}

Strategy strategy_of(std::uint64_t run_seed, std::optional<Strategy> pinned, const Guide& guide) {
  if (pinned) return *pinned;
  const auto& shares = guide.shares();
  world::Random random(strategy_seed(run_seed));
  std::uint32_t left = random.below(std::accumulate(shares.begin(), shares.end(), 0U));
  std::size_t choice = 0;
  while (left >= shares[choice]) left -= shares[choice++];
  return static_cast<Strategy>(choice);
}

void Portfolio::begin_batch(const Guide& guide) {
  guide_ = &guide;
  experience_ = {};
  harvest_ = {};
  met_.clear();
  for (const Feature each : guide.known()) {
    if (each >= met_.size()) met_.resize(each + 1);
    met_[each] = true;
  }
}

// One of the guide's, or of the batch's own.
const Tape* Portfolio::some_tape(std::uint64_t run_seed) const {
  const auto& guides = guide_->tapes();
  const std::size_t count = guides.size() + harvest_.tapes.size();
  if (count == 0) return nullptr;
  world::Random random(strategy_seed(run_seed) + 1);
  const std::size_t choice = random.below(static_cast<std::uint32_t>(count));
  return choice < guides.size() ? &guides[choice] : &harvest_.tapes[choice - guides.size()];
}

world::Chooser& Portfolio::begin(std::uint64_t run_seed) {
  strategy_ = strategy_of(run_seed, pinned_, *guide_);
  switch (strategy_) {
    case Strategy::walk: break;
    case Strategy::urw: return chooser_.emplace<UniformWalk>(run_seed, experience_);
    case Strategy::surw: return chooser_.emplace<SelectiveWalk>(run_seed, experience_);
    case Strategy::pos: return chooser_.emplace<Pos>(run_seed);
    case Strategy::pct3:
    case Strategy::pct5:
    case Strategy::pct10:
    case Strategy::pct20: return chooser_.emplace<Pct>(run_seed, depth_of(strategy_), experience_);
    case Strategy::mutation:
      if (const Tape* const tape = some_tape(run_seed)) {
        return chooser_.emplace<Mutation>(run_seed, *tape);
      }
      break;  // nothing to begin with yet
  }
  return chooser_.emplace<RandomWalk>(run_seed);
}

bool Portfolio::end(std::span<const Feature> met, const Totals& totals) {
  std::visit(
      [&](const auto& chooser) {
        // What a mutation plays from its tape it does not count.
        if constexpr (std::is_base_of_v<Swarm, std::decay_t<decltype(chooser)>>) {
          experience_.learn(chooser.measured(), totals, strategy_ == Strategy::surw);
        }
      },
      chooser_);
  Tally& tally = harvest_.tallies[static_cast<std::size_t>(strategy_)];
  ++tally.schedules;
  const std::size_t known = harvest_.features.size();
  for (const Feature each : met) {
    if (each >= met_.size()) met_.resize(each + 1);
    if (met_[each]) continue;
    met_[each] = true;
    harvest_.features.push_back(each);
  }
  if (harvest_.features.size() == known) return false;
  ++tally.fresh;
  return true;
}

void Portfolio::keep(Tape tape) {
  if (harvest_.tapes.size() < kMostTapesOfBatch) {
    harvest_.tapes.push_back(std::move(tape));
  } else {
    harvest_
        .tapes[harvest_.tallies[static_cast<std::size_t>(strategy_)].fresh % kMostTapesOfBatch] =
        std::move(tape);
  }
}

}  // namespace poolproof::explore
