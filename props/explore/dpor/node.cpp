#include "props/explore/dpor/node.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::explore::dpor {

bool Node::sleeps(ProcessId who) const {
  return std::any_of(sleepers.begin(), sleepers.end(),
                     [&](const Sleeper& each) { return each.process == who; });
}

void Node::take() {
  const Move& move = branches.first();
  process = move.process;
  free = move.free;
  plan = move.answers;
  questions.clear();
  accesses.clear();
  then = branches.take_first();
}

// What is tried now stands for all that begins with it: nobody comes with that from what follows,
// but from an older branch that is explored elsewhere.
void Node::insert(std::vector<Move> sequence) {
  const bool stands = process != ProcessId{} && (free || questions.empty());
  if (stands && is_weak_initial(process, &accesses, sequence)) return;
  const bool is_covered = std::any_of(sleepers.begin(), sleepers.end(), [&](const Sleeper& each) {
    return is_weak_initial(each.process, &each.accesses, sequence);
  });
  if (!is_covered) branches.insert(std::move(sequence));
}

bool Node::has_more() const {
  const bool has_answers =
      free && std::any_of(questions.begin(), questions.end(),
                          [](const Question& each) { return each.answer + 1 < each.answers; });
  return has_answers || !branches.empty();
}

// The last question that has another answer gets it; those after it may then be others.
bool Node::next_answers() {
  while (!questions.empty() && questions.back().answer + 1 >= questions.back().answers) {
    questions.pop_back();
  }
  if (questions.empty()) return false;
  ++questions.back().answer;
  plan.clear();
  for (const Question& each : questions) {
    if (each.answer != 0) plan.emplace_back(each.number, each.answer);
  }
  return true;
}

// One that was to give certain answers does not stand for all that begins with its process.
bool Node::advance() {
  const bool was_open = !questions.empty();
  if (free && next_answers()) return true;
  if (process != ProcessId{} && (free || !was_open)) {
    sleepers.push_back({process, std::move(accesses)});
  }
  process = {};
  questions.clear();
  accesses.clear();
  if (branches.empty()) return false;
  ++explored;
  take();
  return true;
}

}  // namespace poolproof::explore::dpor
