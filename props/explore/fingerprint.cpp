#include "props/explore/fingerprint.hpp"

#include <algorithm>

#include "props/world/random.hpp"

namespace poolproof::explore {
namespace {

// The length of the beginning that mark `index` is of.
std::size_t cut(std::size_t steps, std::size_t index) { return steps * (index + 1) / (kMarks + 1); }

class RollingHash {
 public:
  void see(const world::Step& step) {
    mix(static_cast<std::uint64_t>(step.at.time_since_epoch().count()));
    mix(static_cast<std::uint64_t>(step.task) << 8 | static_cast<std::uint64_t>(step.kind));
  }
  [[nodiscard]] std::uint64_t bits(unsigned count) const { return hash_ >> (64 - count); }

 private:
  void mix(std::uint64_t value) { hash_ = world::Random(hash_ ^ value).next(); }

  std::uint64_t hash_ = 0;
};

// As if the run that was recorded had had so many steps.
Fingerprint fingerprint_of(std::span<const world::Step> run, std::size_t steps) {
  Fingerprint print{.steps = static_cast<std::uint32_t>(run.size())};
  RollingHash hash;
  std::size_t index = 0;
  for (std::size_t seen = 0; seen <= run.size(); ++seen) {
    for (; index < kMarks && cut(steps, index) == seen; ++index) {
      print.marks[index] = static_cast<std::uint8_t>(hash.bits(kBitsOfMark));
    }
    if (seen < run.size()) hash.see(run[seen]);
  }
  print.hash = static_cast<std::uint16_t>(hash.bits(kBitsOfHash));
  return print;
}

}  // namespace

Fingerprint fingerprint(std::span<const world::Step> run) {
  return fingerprint_of(run, run.size());
}

std::optional<Steps> first_difference(const Fingerprint& before, std::span<const world::Step> now) {
  const Fingerprint print = fingerprint_of(now, before.steps);
  if (print == before) return std::nullopt;
  const std::size_t common = std::min<std::size_t>(before.steps, now.size());
  std::size_t same = 0;
  for (std::size_t index = 0; index < kMarks; ++index) {
    const std::size_t length = cut(before.steps, index);
    if (length > now.size()) break;  // it has ended before
    if (print.marks[index] != before.marks[index]) return Steps{same + 1, length};
    same = length;
  }
  return Steps{same + 1, common + (before.steps == now.size() ? 0 : 1)};
}

}  // namespace poolproof::explore
