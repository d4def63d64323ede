#include "props/explore/dpor/every_schedule.hpp"

namespace poolproof::explore::dpor {

bool EverySchedule::explore(const Dpor::Visit& visit) {
  for (;;) {
    at_ = 0;
    walk();
    if (!visit(execution())) return false;
    while (!choices_.empty() && choices_.back().answer + 1 == choices_.back().count) {
      choices_.pop_back();
    }
    if (choices_.empty()) return true;
    ++choices_.back().answer;
  }
}

std::size_t EverySchedule::choice(std::size_t count) {
  if (at_ == choices_.size()) choices_.push_back({count, 0});
  return choices_[at_++].answer;
}

}  // namespace poolproof::explore::dpor
