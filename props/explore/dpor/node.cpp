#include "props/explore/dpor/node.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::explore::dpor {
namespace {

Answers answers_to(const std::vector<Node::Question>& questions) {
  Answers answers;
  for (const Node::Question& each : questions) {
    if (each.answer != 0) answers.emplace_back(each.number, each.answer);
  }
  return answers;
}

}  // namespace

bool Node::sleeps(ProcessId who) const {
  return std::any_of(sleepers.begin(), sleepers.end(),
                     [&](const Sleeper& each) { return each.process == who; });
}

void Node::take() {
  const Move& move = branches.first();
  process = move.process;
  plan = move.answers;
  questions.clear();
  tried.clear();
  accesses.clear();
  then = branches.take(0);
}

void Node::insert(std::vector<Move> sequence) {
  if (!covers(sequence)) branches.insert(std::move(sequence));
}

bool Node::has_more() const { return !branches.empty() || untried(); }

// The first, in the order in which the last question that has another answer gets it, and those
// after it may then be others.
std::optional<Answers> Node::untried() const {
  Answers next;
  for (;;) {
    const auto is_next = [&](const auto& each) { return answers_to(each) == next; };
    const auto found = std::find_if(tried.begin(), tried.end(), is_next);
    if (found == tried.end() && !is_next(questions)) {
      return questions.empty() ? std::nullopt : std::optional(next);
    }
    auto asked = found == tried.end() ? questions : *found;
    while (!asked.empty() && asked.back().answer + 1 >= asked.back().answers) asked.pop_back();
    if (asked.empty()) return std::nullopt;
    ++asked.back().answer;
    next = answers_to(asked);
  }
}

// Those come first of which is known what must follow.
bool Node::answer_otherwise() {
  auto next = untried();
  if (!next) return false;
  tried.push_back(questions);
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const Move& move = branches[i];
    const bool is_new = move.process == process && !move.free &&
                        std::none_of(tried.begin(), tried.end(), [&](const auto& each) {
                          return answers_to(each) == move.answers;
                        });
    if (!is_new) continue;
    plan = move.answers;
    then = branches.take(i);
    return true;
  }
  plan = *std::move(next);
  then = {};
  return true;
}

bool Node::advance() {
  if (!questions.empty() && answer_otherwise()) return true;
  if (process != ProcessId{}) {
    sleepers.push_back({process, std::move(accesses)});
    process = {};
    // Some of them may have come in with its other answers.
    for (auto& sequence : std::exchange(branches, {}).sequences()) insert(std::move(sequence));
  }
  questions.clear();
  if (branches.empty()) return false;
  ++explored;
  take();
  return true;
}

}  // namespace poolproof::explore::dpor
