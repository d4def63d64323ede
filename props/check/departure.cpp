#include "props/check/departure.hpp"

namespace poolproof::check {

using world::Stream;

std::size_t Wanderer::next(std::span<const world::Candidate> candidates) {
  constexpr std::uint32_t kSwitchPeriod = 3;
  constexpr std::uint32_t kClockPeriod = 16;
  auto tasks = static_cast<std::uint32_t>(candidates.size());
  if (candidates.back().pending.kind == world::OperationKind::clock) {
    --tasks;
    if (random_.once_in(kClockPeriod)) return tasks;
  }
  return random_.once_in(kSwitchPeriod) ? random_.below(tasks) : 0;
}

std::uint32_t Wanderer::choose(Stream stream, std::uint32_t count) {
  return stream == Stream::waiter ? random_.below(count) : 0;
}

std::size_t Departure::next(std::span<const world::Candidate> candidates) {
  return decided(Stream::schedule, static_cast<std::uint32_t>(then_.next(candidates)),
                 static_cast<std::uint32_t>(candidates.size()));
}

std::uint32_t Departure::choose(Stream stream, std::uint32_t count) {
  return decided(stream, then_.choose(stream, count), count);
}

bool Departure::happens(Stream stream, world::Rarity kind) {
  return decided(stream, then_.happens(stream, kind) ? 1 : 0, 2) != 0;
}

std::uint32_t Departure::decided(Stream stream, std::uint32_t then, std::uint32_t count) {
  if (left_ > 0) {
    --left_;
    const auto& numbers = tape_.of(stream);
    const std::size_t at = at_[static_cast<std::size_t>(stream)]++;
    return at < numbers.size() ? numbers[at] : 0;
  }
  if (!departed_ && instead_ < count) return departed_ = true, instead_;
  departed_ = true;
  return then;
}

}  // namespace poolproof::check
