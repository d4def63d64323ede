#include "props/explore/dpor/wakeup_tree.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::explore::dpor {

void WakeupTree::insert(std::vector<Move> sequence) {
  for (Branch& branch : branches_) {
    const Move& move = branch.move;
    if (!is_weak_initial(move.process, move.free ? nullptr : &move.accesses, sequence)) continue;
    if (move.free) return;  // all that begins with it is explored
    const auto same = std::find_if(sequence.begin(), sequence.end(),
                                   [&](const Move& each) { return each.process == move.process; });
    if (same != sequence.end()) {
      // It is to do something else, or everything that it can.
      if (same->free ? move.open : same->answers != move.answers) continue;
      sequence.erase(same);
    }
    if (!sequence.empty() && !branch.then.empty()) branch.then.insert(std::move(sequence));
    return;
  }
  WakeupTree* at = this;
  for (Move& move : sequence) {
    at->branches_.push_back({std::move(move), {}});
    at = &at->branches_.back().then;
  }
}

WakeupTree WakeupTree::take(std::size_t branch) {
  const auto taken = branches_.begin() + static_cast<std::ptrdiff_t>(branch);
  WakeupTree then = std::move(taken->then);
  branches_.erase(taken);
  return then;
}

std::vector<std::vector<Move>> WakeupTree::sequences() && {
  std::vector<std::vector<Move>> found;
  std::vector<Move> before;
  collect(std::move(*this), before, found);
  return found;
}

void WakeupTree::collect(WakeupTree tree, std::vector<Move>& before,
                         std::vector<std::vector<Move>>& found) {
  for (Branch& branch : tree.branches_) {
    before.push_back(std::move(branch.move));
    if (branch.then.empty()) {
      found.push_back(before);
    } else {
      collect(std::move(branch.then), before, found);
    }
    before.pop_back();
  }
}

}  // namespace poolproof::explore::dpor
