#include "props/explore/dpor/wakeup_tree.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::explore::dpor {

bool is_weak_initial(ProcessId process, const std::vector<Access>* accesses,
                     std::span<const Move> sequence) {
  const auto found = std::find_if(sequence.begin(), sequence.end(),
                                  [&](const Move& each) { return each.process == process; });
  const bool is_in_it = found != sequence.end();
  if (!is_in_it && accesses == nullptr) return false;
  const std::vector<Access>& own = accesses != nullptr ? *accesses : found->accesses;
  return std::none_of(sequence.begin(), found,
                      [&](const Move& each) { return each.free || dependent(each.accesses, own); });
}

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

WakeupTree WakeupTree::take_first() {
  WakeupTree then = std::move(branches_.front().then);
  branches_.erase(branches_.begin());
  return then;
}

}  // namespace poolproof::explore::dpor
