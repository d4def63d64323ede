// What a token keeps of the run it was made of, beside its choices: enough to know it again, and to
// say about where another run that makes the same choices leaves it, because the code has changed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "props/world/scheduler.hpp"

namespace poolproof::explore {

// The run is cut into eighths. Of each beginning up to one of the cuts six bits are kept, of the
// whole more.
inline constexpr std::size_t kMarks = 7;
inline constexpr unsigned kBitsOfMark = 6;
inline constexpr unsigned kBitsOfHash = 14;

struct Fingerprint {
  std::uint32_t steps = 0;
  std::array<std::uint8_t, kMarks> marks{};
  std::uint16_t hash = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

Fingerprint fingerprint(std::span<const world::Step> run);

// Counted from 1.
struct Steps {
  std::size_t first;
  std::size_t last;

  friend bool operator==(const Steps&, const Steps&) = default;
};

// One of these steps is the first that differs: of `last` it is certain that the runs are not the
// same up to it, of what is before `first` that they are but for a chance of 1 in 64. Past the end
// of the shorter run stands its end. Nothing if it is the same run (another is taken for it once in
// 16,384 times).
std::optional<Steps> first_difference(const Fingerprint& before, std::span<const world::Step> now);

}  // namespace poolproof::explore
