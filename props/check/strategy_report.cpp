#include "props/check/strategy_report.hpp"

#include <fmt/format.h>

namespace poolproof::check {

std::string strategy_text(const SearchOptions& options, const SearchResult& result) {
  if (options.strategy) return "";
  std::string text;
  for (std::size_t i = 0; i < explore::kStrategies; ++i) {
    const explore::Tally& tally = result.strategies[i];
    if (tally.schedules == 0) continue;
    text +=
        fmt::format("{}{} {}/{}", text.empty() ? "" : ", ",
                    explore::name(static_cast<explore::Strategy>(i)), tally.fresh, tally.schedules);
  }
  text = fmt::format("strategies, new/schedules: {}\n", text.empty() ? "none" : text);
  if (!result.finding) return text;
  return text + fmt::format("found by {}\n", explore::name(result.finding->strategy));
}

nlohmann::ordered_json strategy_json(const SearchResult& result) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < explore::kStrategies; ++i) {
    json[std::string(explore::name(static_cast<explore::Strategy>(i)))] = {
        {"schedules", result.strategies[i].schedules}, {"fresh", result.strategies[i].fresh}};
  }
  return json;
}

}  // namespace poolproof::check
