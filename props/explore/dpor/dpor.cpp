#include "props/explore/dpor/dpor.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::explore::dpor {

using world::OperationKind;
using world::Stream;

Dpor::Dpor(Program& program, const Budget& budget, TaskOrder order)
    : Recorder(program.scheduler(), program.lasting()),
      program_(program),
      budget_(budget),
      order_(order) {}

bool Dpor::explore(Part part, const Visit& visit) {
  part_ = part.number;
  path_ = std::move(part.path);
  fixed_ = path_.empty() ? 0 : path_.size() - 1;
  known_ = 0;
  if (!path_.empty() && !backtrack()) return true;
  // Of the first run nothing is known but what each event does.
  for (std::size_t same = 0;; same = known_) {
    Recorder::begin(same);
    budget_.begin();
    cut_ = wants_timer_ = false;
    program_.run(*this, *this);
    if (diverged_) return false;
    if (cut_) path_.resize(execution().size());  // there is nothing to do from where it was cut
    Recorder::end();
    execution().close();
    if (execution().size() < path_.size()) {  // it ended before it came to where it differed
      diverged_ = static_cast<EventIndex>(execution().size());
      return false;
    }
    if (diverged_ = first_that_did_something_else(); diverged_) return false;
    learn();
    progress_.approximate = is_approximate();
    ++(cut_ ? progress_.redundant : progress_.executions);
    const bool goes_on = cut_ || visit(execution());
    plan_reversals();
    if (!goes_on) return false;
    if (!backtrack()) return true;
  }
}

Remainder Dpor::remainder() {
  Remainder remainder{.number = part_};
  for (std::size_t i = 0; i < fixed_; ++i) {
    remainder.before.push_back(std::move(path_[i].branches));
  }
  std::move(path_.begin() + static_cast<std::ptrdiff_t>(fixed_), path_.end(),
            std::back_inserter(remainder.path));
  return remainder;
}

// ---- one run ----

void Dpor::cut_short() {
  cut_ = true;
  program_.scheduler().stop();
}

// The state in which the next event begins.
Node& Dpor::node_to_come() {
  if (path_.size() == execution().size()) prepare();
  return path_[execution().size()];
}

// Whoever slept and does not depend on what has just been done sleeps on.
void Dpor::prepare() {
  Node node;
  if (!path_.empty()) {
    Node& before = path_.back();
    const Event& event = execution().last();
    for (const Node::Sleeper& each : before.sleepers) {
      if (event.barrier || each.process == event.process) continue;
      if (!dependent(each.accesses, event.accesses)) node.sleepers.push_back(each);
    }
    node.branches = std::move(before.then);
    before.then = {};
  }
  if (!node.branches.empty()) node.take();
  path_.push_back(std::move(node));
}

std::size_t Dpor::next(std::span<const world::Candidate> candidates) {
  const bool is_new = path_.size() == execution().size();
  Node& node = node_to_come();
  const bool chooses = is_new && node.process == ProcessId{};
  const bool clock = candidates.back().pending.kind == OperationKind::clock;
  const std::size_t tasks = candidates.size() - (clock ? 1 : 0);
  const std::vector<ProcessId> timers = clock ? due() : std::vector<ProcessId>{};
  const auto process = [&](std::size_t index) {
    return index < tasks ? names().of(candidates[index].task) : timers[index - tasks];
  };
  const std::size_t all = tasks + timers.size();
  for (std::size_t i = 0; i < all; ++i) {
    const std::size_t index = order_ == TaskOrder::first_come ? i : all - 1 - i;
    const ProcessId each = process(index);
    if (chooses ? node.sleeps(each) : node.process != each) continue;
    node.process = each;
    if (index < tasks) return index;
    wanted_timer_ = each;
    wants_timer_ = true;
    return tasks;
  }
  if (chooses) cut_short();
  diverged_ = static_cast<EventIndex>(execution().size());
  program_.scheduler().stop();
}

// Of several that are due at once.
std::uint32_t Dpor::choose_timer(std::uint32_t count) {
  const std::vector<ProcessId> timers = due();
  Node& node = node_to_come();
  for (std::uint32_t i = 0; i < count && i < timers.size(); ++i) {
    const std::uint32_t index = order_ == TaskOrder::first_come ? i : count - 1 - i;
    const bool fits = wants_timer_                  ? timers[index] == wanted_timer_
                      : node.process == ProcessId{} ? !node.sleeps(timers[index])
                                                    : timers[index] == node.process;
    if (!fits) continue;
    node.process = timers[index];
    return index;
  }
  if (node.process == ProcessId{}) cut_short();
  diverged_ = static_cast<EventIndex>(execution().size());
  program_.scheduler().stop();
}

// Whoever was the only one that could go on was not asked for.
void Dpor::begins(ProcessId process) {
  asked_ = 0;
  wants_timer_ = false;
  Node& node = node_to_come();
  if (node.process == ProcessId{}) {
    if (node.sleeps(process)) cut_short();
    node.process = process;
  }
  if (node.process != process) {
    diverged_ = static_cast<EventIndex>(execution().size());
    program_.scheduler().stop();
  }
  node.questions.clear();
}

std::uint32_t Dpor::answer(std::uint32_t count) {
  Node& node = path_[execution().size() - 1];
  const std::uint16_t number = asked_;
  const auto planned = std::find_if(node.plan.begin(), node.plan.end(),
                                    [&](const auto& each) { return each.first == number; });
  const std::uint8_t given = planned == node.plan.end() ? std::uint8_t{0} : planned->second;
  node.questions.push_back({number, static_cast<std::uint8_t>(count), given});
  execution().last().open = true;
  if (given != 0) execution().last().answers.emplace_back(number, given);
  return given;
}

std::uint32_t Dpor::choose(Stream stream, std::uint32_t count) {
  if (stream == Stream::schedule) return choose_timer(count);
  std::uint32_t given = 0;
  if (budget_.opens(stream)) given = answer(count);
  ++asked_;
  if (given != 0) budget_.answered(stream);
  return given;
}

bool Dpor::happens(Stream stream, world::Rarity kind) {
  const bool yes = budget_.opens(stream, kind) && answer(2) != 0;
  ++asked_;
  if (yes) budget_.answered(stream, kind);
  return yes;
}

// ---- from one run to the next ----

// What comes before the first new event is as it was in the run before, unless the program, or a
// name, depends on something else.
std::optional<EventIndex> Dpor::first_that_did_something_else() const {
  for (EventIndex i = 0; i < known_; ++i) {
    const auto& known = path_[i].accesses;
    for (const Access& access : execution()[i].accesses) {
      if (!known.contains(access)) return i;
    }
  }
  return std::nullopt;
}

void Dpor::learn() {
  for (std::size_t i = known_; i < path_.size(); ++i) {
    Node& node = path_[i];
    const Event& event = execution()[static_cast<EventIndex>(i)];
    node.accesses.add(event.accesses);
  }
}

// Most are covered already.
void Dpor::plan_reversals() {
  for (auto& reversal : execution().reversals(static_cast<EventIndex>(known_))) {
    Node& node = path_[reversal.first];
    glances_.clear();
    for (const EventIndex index : reversal.between) {
      const Event& event = execution()[index];
      glances_.push_back({event.process, false, event.accesses});
    }
    glances_.push_back({reversal.process, true, reversal.accesses});
    if (node.covers(glances_)) continue;
    std::vector<Move> sequence;
    sequence.reserve(reversal.between.size() + 1);
    for (const EventIndex index : reversal.between) {
      const Event& event = execution()[index];
      sequence.push_back({event.process, false, event.open, event.answers, event.accesses});
    }
    sequence.push_back({reversal.process, true, true, {}, std::move(reversal.accesses)});
    node.branches.insert(std::move(sequence));
  }
}

bool Dpor::backtrack() {
  for (;;) {
    known_ = path_.size() - 1;
    if (path_.back().advance()) return true;
    if (known_ == fixed_) return false;
    path_.pop_back();
  }
}

}  // namespace poolproof::explore::dpor
