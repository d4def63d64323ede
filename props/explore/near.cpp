#include "props/explore/near.hpp"

#include <limits>

#include "props/world/random.hpp"

namespace poolproof::explore {
namespace {

// Beyond those of a walk with the same seed.
constexpr std::uint64_t kStreamOfLengths = std::uint64_t{1} << 49;

// Of the streams other than that of the schedule: one run in so many does not keep the whole.
constexpr std::uint32_t kCutPeriod = 4;

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

}  // namespace

Near::Near(const Tape& tape, world::Chooser& walk, std::uint64_t seed) : tape_(tape), walk_(walk) {
  world::Random random(seed, kStreamOfLengths);
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const auto length = random.below(static_cast<std::uint32_t>(tape.streams[i].size() + 1));
    const bool cut =
        static_cast<world::Stream>(i) == world::Stream::schedule || random.once_in(kCutPeriod);
    kept_[i] = cut ? length : kWhole;
  }
}

bool Near::read(world::Stream stream, std::size_t count, std::uint32_t& number) {
  const auto index = static_cast<std::size_t>(stream);
  const std::size_t at = at_[index]++;
  if (at >= kept_[index]) return false;
  const auto& numbers = tape_.of(stream);
  number = at < numbers.size() ? numbers[at] : 0;
  return number < count;
}

std::size_t Near::next(std::span<const world::Candidate> candidates) {
  std::uint32_t number = 0;
  if (read(world::Stream::schedule, candidates.size(), number)) return number;
  return walk_.next(candidates);
}

std::uint32_t Near::choose(world::Stream stream, std::uint32_t count) {
  std::uint32_t number = 0;
  if (read(stream, count, number)) return number;
  return walk_.choose(stream, count);
}

bool Near::happens(world::Stream stream, world::Rarity kind) {
  std::uint32_t number = 0;
  if (read(stream, 2, number)) return number != 0;
  return walk_.happens(stream, kind);
}

std::uint64_t seed_of(const Tape& tape) {
  std::uint64_t seed = 0;
  for (const auto& stream : tape.streams) {
    seed = world::Random(seed ^ stream.size()).next();
    for (const std::uint8_t number : stream) seed = world::Random(seed ^ number).next();
  }
  return seed;
}

}  // namespace poolproof::explore
