// Durations as people write them: 250ms, 30s, 5m.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace poolproof::scenario {

using Duration = std::chrono::nanoseconds;

// A whole number of ms, s, m or h, or a bare 0; nothing if the text is no such thing or the number
// too large.
std::optional<Duration> parse_duration(std::string_view text);

// The shortest such text; below a millisecond in us or ns.
std::string to_text(Duration duration);

}  // namespace poolproof::scenario
