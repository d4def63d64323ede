// The ways in which a search decides who goes on. They differ in the schedule alone: what callers
// do, whom a signal wakes and what goes wrong is drawn by all of them alike (see swarm.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace poolproof::explore {

enum class Strategy : std::uint8_t { walk, urw, surw, pos, pct3, pct5, pct10, pct20, mutation };
inline constexpr std::size_t kStrategies = 9;

struct StrategyDescription {
  std::string_view name;
  std::string_view sentence;
};

inline constexpr std::array<StrategyDescription, kStrategies> kStrategyDescriptions{{
    {"walk", "random walk: every task that can run is as likely as the others"},
    {"urw", "a task is as likely as it has steps left: near to uniform over interleavings"},
    {"surw", "the same for the steps at a few chosen objects; the others go in between"},
    {"pos", "steps have priorities, drawn anew whenever they race with another"},
    {"pct3", "tasks have priorities, which change at 2 points of the run"},
    {"pct5", "the same at 4 points"},
    {"pct10", "the same at 9 points"},
    {"pct20", "the same at 19 points"},
    {"mutation", "changes a few choices of a run that met something new"},
}};

inline std::string_view name(Strategy strategy) {
  return kStrategyDescriptions[static_cast<std::size_t>(strategy)].name;
}

constexpr std::optional<Strategy> strategy_named(std::string_view name) {
  for (std::size_t i = 0; i < kStrategies; ++i) {
    if (kStrategyDescriptions[i].name == name) return static_cast<Strategy>(i);
  }
  return std::nullopt;
}

}  // namespace poolproof::explore
