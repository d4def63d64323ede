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

std::optional<std::uint32_t> ByRecord::read_next(world::Stream stream, std::size_t count) {
  return read(stream, places_[static_cast<std::size_t>(stream)]++,
              static_cast<std::uint32_t>(count));
}

std::size_t ByRecord::next(std::span<const world::Candidate> candidates) {
  if (const auto number = read_next(world::Stream::schedule, candidates.size())) return *number;
  return otherwise_.next(candidates);
}

std::uint32_t ByRecord::choose(world::Stream stream, std::uint32_t count) {
  if (const auto number = read_next(stream, count)) return *number;
  return otherwise_.choose(stream, count);
}

bool ByRecord::happens(world::Stream stream, world::Rarity kind) {
  if (const auto number = read_next(stream, 2)) return *number != 0;
  return otherwise_.happens(stream, kind);
}

std::optional<std::uint32_t> Replay::read(world::Stream stream, std::size_t place,
                                          std::uint32_t count) {
  const std::uint32_t number = at(stream, place);
  fits_ = fits_ && number < count;
  if (!fits_) return std::nullopt;
  return number;
}

}  // namespace poolproof::explore
