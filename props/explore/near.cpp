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

Near::Near(const Tape& tape, world::Chooser& walk, std::uint64_t seed) : ByRecord(tape, walk) {
  world::Random random(seed, kStreamOfLengths);
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const auto length = random.below(static_cast<std::uint32_t>(tape.streams[i].size() + 1));
    const bool cut =
        static_cast<world::Stream>(i) == world::Stream::schedule || random.once_in(kCutPeriod);
    kept_[i] = cut ? length : kWhole;
  }
}

std::optional<std::uint32_t> Near::read(world::Stream stream, std::size_t place,
                                        std::uint32_t count) {
  if (place >= kept_[static_cast<std::size_t>(stream)]) return std::nullopt;
  const std::uint32_t number = at(stream, place);
  if (number >= count) return std::nullopt;
  return number;
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
