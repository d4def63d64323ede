#include "props/scenario/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace poolproof::scenario {
namespace {

using namespace std::chrono_literals;

// The largest first: to_text takes the first that divides.
constexpr std::array<std::pair<std::string_view, Duration>, 6> kUnits{
    {{"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}, {"us", 1us}, {"ns", 1ns}}};
constexpr std::size_t kReadableUnits = 4;  // the pool's clock does not resolve less than 1 ms

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.empty() && count == 0) return Duration::zero();  // nothing, in any unit
  for (std::size_t i = 0; i < kReadableUnits; ++i) {
    if (unit != kUnits[i].first) continue;
    if (count > Duration::max() / kUnits[i].second) return std::nullopt;
    return count * kUnits[i].second;
  }
  return std::nullopt;
}

std::string to_text(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  for (const auto& [name, unit] : kUnits) {
    if (duration % unit == Duration::zero()) {
      return std::to_string(duration / unit) + std::string(name);
    }
  }
  return {};
}

}  // namespace poolproof::scenario
