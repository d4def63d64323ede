// The branches that are still to be explored from one state: each begins a sequence of events that
// reverses some race, up to the process that now comes first. From there on the exploration is free
// (Abdulla and others, J. ACM 64(4), section 6: wakeup trees).
#pragma once

#include <span>
#include <vector>

#include "props/explore/dpor/execution.hpp"

namespace poolproof::explore::dpor {

// An event that is to be repeated; or, at the end of a sequence, one that is to be tried.
struct Move {
  ProcessId process{};
  bool free = false;               // whatever it does now
  bool open = false;               // something was left open within it
  Answers answers{};               // unless it is free
  std::vector<Access> accesses{};  // what it did; of a free one: when it came second
};

// Whether `process`, whose next event has those accesses (null: unknown), could just as well come
// before all of `sequence`: it is in it, with nothing before it that it depends on; or it is not,
// and depends on nothing in it. What a free move will do is not known: it may depend on anything.
bool is_weak_initial(ProcessId process, const std::vector<Access>* accesses,
                     std::span<const Move> sequence);

class WakeupTree {
 public:
  // Unless what is there already covers it.
  void insert(std::vector<Move> sequence);

  [[nodiscard]] bool empty() const { return branches_.empty(); }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const Move& first() const;
  // The first branch is taken: what follows it.
  WakeupTree take_first();

 private:
  struct Branch;

  std::vector<Branch> branches_;
};

struct WakeupTree::Branch {
  Move move;
  WakeupTree then;
};

inline std::size_t WakeupTree::size() const { return branches_.size(); }
inline const Move& WakeupTree::first() const { return branches_.front().move; }

}  // namespace poolproof::explore::dpor
