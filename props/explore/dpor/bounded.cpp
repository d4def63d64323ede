#include "props/explore/dpor/bounded.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "props/explore/dpor/stirred.hpp"

namespace poolproof::explore::dpor {
namespace {

constexpr ProcessId kNobody{};

}  // namespace

void Rounds::begin_next() {
  left = std::exchange(later, {});
  ++preemptions;
}

Rounds Rounds::share(std::size_t most) {
  const auto first = left.end() - static_cast<std::ptrdiff_t>(std::min(most, left.size()));
  Rounds piece{.preemptions = preemptions,
               .left = {std::move_iterator(first), std::move_iterator(left.end())}};
  left.erase(first, left.end());
  return piece;
}

void Rounds::add(Rounds piece) {
  std::ranges::move(piece.left, std::back_inserter(left));
  std::ranges::move(piece.later, std::back_inserter(later));
  seen.merge(piece.seen);
}

bool Bounded::explore(Rounds& rounds, const Visit& visit) {
  rounds_ = &rounds;
  while (!rounds.left.empty()) {
    stem_ = std::move(rounds.left.back());
    rounds.left.pop_back();
    at_ = 0;
    cut_ = false;
    walk();
    diverged_ |= !cut_ && at_ < stem_.size();  // it ended before it came to where it differed
    if (diverged_) return false;
    if (cut_) {
      ++cut_short_;
    } else if (!visit(execution())) {
      return false;
    }
  }
  return true;
}

std::size_t Bounded::next(std::span<const world::Candidate> candidates) {
  if (at_ < stem_.size()) return choice(candidates.size());
  const world::TaskId first = candidates.front().task;
  const bool could_go_on = first == scheduler().current().id;
  come_to_state_where(could_go_on ? names().of(first) : kNobody);
  for (std::size_t i = candidates.size(); i-- > 1;) {
    const bool is_clock = candidates[i].pending.kind == world::OperationKind::clock;
    branch(i, could_go_on && !is_clock);
  }
  stem_.push_back(0);
  ++at_;
  return 0;
}

void Bounded::come_to_state_where(ProcessId could_go_on) {
  execution().close();
  const std::uint64_t state =
      stirred(execution().fingerprint() + stirred(static_cast<std::uint64_t>(could_go_on) + 1));
  const bool is_known = known_ != nullptr && known_->contains(state);
  if (!is_known && rounds_->seen.insert(state).second) return;
  cut_ = true;
  stop();
}

std::size_t Bounded::choice(std::size_t count) {
  if (at_ == stem_.size()) {
    for (std::size_t i = count; i-- > 1;) branch(i, false);
    stem_.push_back(0);
  }
  const std::size_t chosen = stem_[at_++];
  if (chosen < count) return chosen;
  diverged_ = true;
  stop();
}

// Runs that go on so, some time.
void Bounded::branch(std::size_t alternative, bool preempts) {
  Stem& stem = (preempts ? rounds_->later : rounds_->left).emplace_back(stem_);
  stem.push_back(static_cast<std::uint8_t>(alternative));
}

// ---- as a message, or a file ----

void to_json(nlohmann::json& json, const Rounds& rounds) {
  json = {rounds.preemptions, rounds.left, rounds.later, rounds.seen};
}

void from_json(const nlohmann::json& json, Rounds& rounds) {
  json.at(0).get_to(rounds.preemptions);
  json.at(1).get_to(rounds.left);
  json.at(2).get_to(rounds.later);
  json.at(3).get_to(rounds.seen);
}

}  // namespace poolproof::explore::dpor
