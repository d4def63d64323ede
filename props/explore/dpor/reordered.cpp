#include "props/explore/dpor/reordered.hpp"

#include <algorithm>

namespace poolproof::explore::dpor {

std::optional<std::vector<EventIndex>> ordered(const Execution& execution,
                                               const std::vector<Precedence>& wanted) {
  const auto size = static_cast<EventIndex>(execution.size());
  std::vector<EventIndex> order;
  std::vector<bool> came(size);
  const auto can_come = [&](EventIndex event) {
    if (came[event]) return false;
    for (EventIndex earlier = 0; earlier < event; ++earlier) {
      if (!came[earlier] && execution.before(earlier, event)) return false;
    }
    return std::all_of(wanted.begin(), wanted.end(), [&](const Precedence& each) {
      return each.second != event || came[each.first];
    });
  };
  while (order.size() < size) {
    EventIndex event = 0;
    while (event < size && !can_come(event)) ++event;
    if (event == size) return std::nullopt;
    came[event] = true;
    order.push_back(event);
  }
  return order;
}

bool Reordered::run(const Execution& given, const std::vector<EventIndex>& order) {
  given_ = &given;
  order_ = &order;
  differs_ = false;
  walk();
  return !differs_ && execution().fingerprint() == given.fingerprint();
}

// Whose event is the next; ends the run where there is to be none.
ProcessId Reordered::wanted() {
  if (execution().size() < order_->size()) return (*given_)[(*order_)[execution().size()]].process;
  differs_ = true;
  stop();
}

std::size_t Reordered::next(std::span<const world::Candidate> candidates) {
  const ProcessId process = wanted();
  const bool clock = candidates.back().pending.kind == world::OperationKind::clock;
  const std::size_t tasks = candidates.size() - (clock ? 1 : 0);
  for (std::size_t i = 0; i < tasks; ++i) {
    if (names().of(candidates[i].task) == process) return i;
  }
  if (clock) return tasks;
  differs_ = true;
  stop();
}

std::size_t Reordered::timer(std::size_t count) {
  const std::vector<ProcessId> timers = due();
  const auto found = std::find(timers.begin(), timers.end(), wanted());
  const auto index = static_cast<std::size_t>(found - timers.begin());
  if (index < count) return index;
  differs_ = true;
  stop();
}

std::size_t Reordered::choice(std::size_t) {
  const std::size_t event = execution().size() - 1;
  if (event >= order_->size()) return 0;
  for (const auto& [question, answer] : (*given_)[(*order_)[event]].answers) {
    if (question == this->question()) return answer;
  }
  return 0;
}

}  // namespace poolproof::explore::dpor
