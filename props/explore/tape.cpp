#include "props/explore/tape.hpp"

#include <algorithm>

namespace poolproof::explore {

std::size_t Tape::deviations() const {
  std::size_t sum = 0;
  for (const auto& stream : streams) {
    sum += stream.size() -
           static_cast<std::size_t>(std::count(stream.begin(), stream.end(), std::uint8_t{0}));
  }
  return sum;
}

void Tape::trim() {
  for (auto& stream : streams) {
    while (!stream.empty() && stream.back() == 0) stream.pop_back();
  }
}

std::size_t Recorder::next(std::span<const world::Candidate> candidates) {
  const std::size_t choice = decides_.next(candidates);
  tape_.of(world::Stream::schedule).push_back(static_cast<std::uint8_t>(choice));
  return choice;
}

std::uint32_t Recorder::choose(world::Stream stream, std::uint32_t count) {
  const std::uint32_t choice = decides_.choose(stream, count);
  tape_.of(stream).push_back(static_cast<std::uint8_t>(choice));
  return choice;
}

bool Recorder::happens(world::Stream stream, world::Rarity kind) {
  const bool choice = decides_.happens(stream, kind);
  tape_.of(stream).push_back(static_cast<std::uint8_t>(choice));
  return choice;
}

bool Replay::read(world::Stream stream, std::size_t count, std::uint32_t& number) {
  if (!fits_) return false;
  const auto& numbers = tape_.of(stream);
  std::size_t& at = at_[static_cast<std::size_t>(stream)];
  number = at < numbers.size() ? numbers[at] : 0;
  ++at;
  fits_ = number < count;
  return fits_;
}

std::size_t Replay::next(std::span<const world::Candidate> candidates) {
  std::uint32_t number = 0;
  if (read(world::Stream::schedule, candidates.size(), number)) return number;
  return fallback_.next(candidates);
}

std::uint32_t Replay::choose(world::Stream stream, std::uint32_t count) {
  std::uint32_t number = 0;
  if (read(stream, count, number)) return number;
  return fallback_.choose(stream, count);
}

bool Replay::happens(world::Stream stream, world::Rarity kind) {
  std::uint32_t number = 0;
  if (read(stream, 2, number)) return number != 0;
  return fallback_.happens(stream, kind);
}

}  // namespace poolproof::explore
