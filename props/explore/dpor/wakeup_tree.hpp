// The branches that are still to be explored from one state: each begins a sequence of events that
// reverses some race, up to the process that now comes first. From there on the exploration is free
// (Abdulla and others, J. ACM 64(4), section 6: wakeup trees).
#pragma once

#include <algorithm>
#include <vector>

#include "props/explore/dpor/execution.hpp"

namespace poolproof::explore::dpor {

// An event that is to be repeated; or, at the end of a sequence, one that is to be tried.
struct Move {
  ProcessId process{};
  bool free = false;    // whatever it does now
  bool open = false;    // something was left open within it
  Answers answers{};    // unless it is free
  Accesses accesses{};  // what it did; of a free one: when it came second
};

// The same, as far as it matters to what may come before it: of an event that is written down
// elsewhere.
struct Glance {
  ProcessId process;
  bool free;
  const Accesses& accesses;
};

// Whether `process`, whose next event has those accesses (null: unknown), could just as well come
// before all of `sequence`, of Moves or Glances: it is in it, with nothing before it that it
// depends on; or it is not, and depends on nothing in it. What a free move will do is not known: it
// may depend on anything.
template <class Sequence>
bool is_weak_initial(ProcessId process, const Accesses* accesses, const Sequence& sequence) {
  const auto found = std::find_if(sequence.begin(), sequence.end(),
                                  [&](const auto& each) { return each.process == process; });
  const bool is_in_it = found != sequence.end();
  if (!is_in_it && accesses == nullptr) return false;
  const Accesses& own = accesses != nullptr ? *accesses : found->accesses;
  return std::none_of(sequence.begin(), found,
                      [&](const auto& each) { return each.free || dependent(each.accesses, own); });
}

class WakeupTree {
 public:
  // Unless what is there already covers it.
  void insert(std::vector<Move> sequence);

  [[nodiscard]] bool empty() const { return branches_.empty(); }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const Move& first() const { return (*this)[0]; }
  [[nodiscard]] const Move& operator[](std::size_t branch) const;
  // That branch is taken: what follows it.
  WakeupTree take(std::size_t branch);

  // All that it holds, from the root to the ends, in order: inserted into an empty tree they make
  // it again.
  [[nodiscard]] std::vector<std::vector<Move>> sequences() &&;

 private:
  struct Branch;

  static void collect(WakeupTree tree, std::vector<Move>& before,
                      std::vector<std::vector<Move>>& found);

  std::vector<Branch> branches_;
};

struct WakeupTree::Branch {
  Move move;
  WakeupTree then;
};

inline std::size_t WakeupTree::size() const { return branches_.size(); }
inline const Move& WakeupTree::operator[](std::size_t branch) const {
  return branches_[branch].move;
}

}  // namespace poolproof::explore::dpor
