// A state on the way of an exploration: what is tried from it now, what has been, what is to be.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "props/explore/dpor/wakeup_tree.hpp"

namespace poolproof::explore::dpor {

struct Node {
  // A process that need not come next: all that begins with it has been explored, or is elsewhere.
  struct Sleeper {
    ProcessId process;
    Accesses accesses;
  };
  // What was left open within the event, and how it is answered now.
  struct Question {
    std::uint16_t number;
    std::uint8_t answers;
    std::uint8_t answer;
  };

  // The process whose event is tried now: none if there is nothing left to try.
  ProcessId process{};
  Answers plan{};
  std::vector<Question> questions{};
  Accesses accesses{};                         // whatever it was answered
  WakeupTree then{};                           // what must follow it
  std::vector<std::vector<Question>> tried{};  // how else it has been answered

  std::uint32_t explored = 0;  // processes that were tried before it
  std::vector<Sleeper> sleepers{};
  WakeupTree branches{};  // to be tried after it, or with other answers

  // Whether that process need not come next.
  [[nodiscard]] bool sleeps(ProcessId who) const;
  // Takes the first branch; there must be one.
  void take();
  // Whether all that begins so has been, or will be, tried anyhow: it begins with a sleeper, or
  // with what is tried now. `Sequence`: see is_weak_initial().
  template <class Sequence>
  [[nodiscard]] bool covers(const Sequence& sequence) const;
  // Has that sequence tried from here some time, unless it is covered.
  void insert(std::vector<Move> sequence);

  [[nodiscard]] bool has_more() const;
  // What is tried now has been explored, or is elsewhere: tries another answer, or else the next
  // branch. False if there is none.
  bool advance();

 private:
  [[nodiscard]] std::optional<Answers> untried() const;
  bool answer_otherwise();
};

// Nobody comes with what is tried now from what follows it, but from an older branch that is
// explored elsewhere.
template <class Sequence>
bool Node::covers(const Sequence& sequence) const {
  if (process != ProcessId{} && is_weak_initial(process, &accesses, sequence)) return true;
  return std::any_of(sleepers.begin(), sleepers.end(), [&](const Sleeper& each) {
    return is_weak_initial(each.process, &each.accesses, sequence);
  });
}

}  // namespace poolproof::explore::dpor
