#include "props/explore/dpor/every_schedule.hpp"

namespace poolproof::explore::dpor {

bool EverySchedule::explore(const Dpor::Visit& visit) {
  for (;;) {
    Recorder::begin();
    budget_.begin();
    at_ = 0;
    program_.run(*this, *this);
    Recorder::end();
    execution().close();
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

std::size_t EverySchedule::next(std::span<const world::Candidate> candidates) {
  return choice(candidates.size());
}

std::uint32_t EverySchedule::answer(std::uint32_t count) {
  const auto given = static_cast<std::uint32_t>(choice(count));
  execution().last().open = true;
  if (given != 0) execution().last().answers.emplace_back(asked_, given);
  return given;
}

std::uint32_t EverySchedule::choose(world::Stream stream, std::uint32_t count) {
  if (execution().size() == 0) return program_.draw(stream, count);
  if (stream == world::Stream::schedule) return static_cast<std::uint32_t>(choice(count));
  const std::uint32_t given = budget_.opens(stream) ? answer(count) : 0;
  ++asked_;
  if (given != 0) budget_.answered(stream);
  return given;
}

bool EverySchedule::happens(world::Stream stream, world::Rarity kind) {
  if (execution().size() == 0) return program_.draw(stream, 2) != 0;
  const bool yes = budget_.opens(stream, kind) && answer(2) != 0;
  ++asked_;
  if (yes) budget_.answered(stream, kind);
  return yes;
}

}  // namespace poolproof::explore::dpor
