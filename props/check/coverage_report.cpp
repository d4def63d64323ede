#include "props/check/coverage_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "props/check/doing.hpp"

namespace poolproof::check {
namespace {

using nlohmann::ordered_json;

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::timeout: return "timeout";
    case Outcome::connect_failed: return "connect_failed";
    case Outcome::closed: return "closed";
    case Outcome::failed: return "failed";
    case Outcome::cancelled: return "cancelled";
    case Outcome::in_use: return "in_use";
  }
  return "?";
}

std::string time_text(const scenario::Bounds& bounds) {
  if (bounds.time != world::TimeMode::bounded) return std::string(world::name(bounds.time));
  return fmt::format("{}:{}", world::name(bounds.time), scenario::to_text(bounds.time_bound));
}

std::string text(Cell cell) {
  return fmt::format("{} {} in {}", world::name(cell.fault),
                     world::kPhaseNames[static_cast<std::size_t>(cell.phase)],
                     kPoolCallNames[static_cast<std::size_t>(cell.call)]);
}

// ---- places of faults ----

struct Places {
  std::size_t possible = 0;
  std::vector<std::string> missing;
  std::vector<std::string_view> idle;  // kinds
};

Places places(const scenario::Bounds& bounds, const Coverage& seen) {
  Places places;
  for (std::size_t i = 0; i < seen.matrix.size(); ++i) {
    const Cell cell = cell_at(i);
    if (!bounds.faults[static_cast<std::size_t>(cell.fault)] || !is_possible(cell)) continue;
    ++places.possible;
    if (seen.matrix[i] == 0) places.missing.push_back(text(cell));
  }
  for (std::size_t i = 0; i < world::kFaultKinds; ++i) {
    if (bounds.faults[i] && seen.faults[i] == 0) places.idle.push_back(world::kFaults[i].name);
  }
  return places;
}

std::string places_text(const Places& places) {
  if (places.possible == 0) return "; faults: none";
  return fmt::format("; faults have struck at {} of {} places where a fault can strike",
                     places.possible - places.missing.size(), places.possible);
}

// ---- states of the model ----

struct Visited {
  Reachable reachable;
  std::set<Standing> inside;
  std::set<Standing> outside;  // of the model
};

// Larger scopes take more than a moment.
constexpr int kMostCallersWalked = 6;

std::map<StandingScope, Visited> visited(const Coverage& seen) {
  std::map<StandingScope, Visited> scopes;
  for (const StandingCode code : seen.standings) {
    const StandingScope scope = scope_of(code);
    auto [entry, fresh] = scopes.try_emplace(scope);
    Visited& visited = entry->second;
    if (fresh && scope.callers <= kMostCallersWalked) visited.reachable = reachable(scope);
    const Standing standing = standing_of(code);
    (visited.reachable.standings.contains(standing) ? visited.inside : visited.outside)
        .insert(standing);
  }
  return scopes;
}

std::string states_text(const Coverage& seen) {
  std::size_t reached = 0;
  std::size_t reachable = 0;
  std::size_t strange = 0;
  std::size_t scopes = 0;
  std::size_t cut = 0;
  for (const auto& [scope, visited] : visited(seen)) {
    if (!visited.reachable.complete) {
      ++cut;
      continue;
    }
    ++scopes;
    reached += visited.inside.size();
    reachable += visited.reachable.standings.size();
    strange += visited.outside.size();
  }
  if (scopes == 0 && cut == 0) return "model states: only those of a QueuePool are counted";
  if (scopes == 0) return "model states: this scope is too large to be walked";
  std::string text = fmt::format("{} of {} model states visited in {} scope{}", reached, reachable,
                                 scopes, scopes == 1 ? "" : "s");
  if (strange > 0) text += fmt::format(", and {} that are not in the model", strange);
  if (cut > 0) text += fmt::format(" ({} larger ones are not counted)", cut);
  return text;
}

ordered_json states_json(const Coverage& seen) {
  ordered_json scopes = ordered_json::array();
  const auto texts = [](const std::set<Standing>& standings) {
    ordered_json texts = ordered_json::array();
    for (const Standing& each : standings) texts.push_back(to_text(each));
    return texts;
  };
  for (const auto& [scope, visited] : visited(seen)) {
    std::set<Standing> unvisited;
    std::ranges::set_difference(visited.reachable.standings, visited.inside,
                                std::inserter(unvisited, unvisited.end()));
    scopes.push_back({{"pool_size", scope.pool_size},
                      {"max_overflow", scope.max_overflow},
                      {"callers", scope.callers},
                      {"complete", visited.reachable.complete},
                      {"reachable", visited.reachable.standings.size()},
                      {"visited", visited.inside.size()},
                      {"never_visited", texts(unvisited)},
                      {"not_in_the_model", visited.reachable.complete ? texts(visited.outside)
                                                                      : ordered_json::array()}});
  }
  return scopes;
}

// ---- rare paths ----

struct Paths {
  std::size_t possible = 0;
  std::vector<std::string_view> missing;
};

Paths rare_paths(const Accused& accused, const scenario::Bounds& bounds, const Coverage& seen) {
  Paths paths;
  for (std::size_t i = 0; i < kRarePaths; ++i) {
    const auto path = static_cast<RarePath>(i);
    if (!is_possible(path, bounds, accused)) continue;
    ++paths.possible;
    if (seen.rare_paths[i] == 0) paths.missing.push_back(sentence(path));
  }
  return paths;
}

// ---- the text ----

std::string never(std::string_view what, const auto& names, std::string_view separator) {
  constexpr std::size_t kMostNamed = 8;
  const std::size_t named = std::min(names.size(), kMostNamed);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(named);
  std::string text = fmt::format("{}: {}", what, fmt::join(names.begin(), end, separator));
  if (names.size() > named) {
    text += fmt::format("{}and {} more", separator, names.size() - named);
  }
  return text + "\n";
}

}  // namespace

double chance_of_new_class(const Coverage& seen) {
  if (seen.runs == 0) return 1;
  const auto singletons = std::count_if(seen.classes.begin(), seen.classes.end(),
                                        [](const auto& each) { return each.second == 1; });
  return static_cast<double>(singletons) / static_cast<double>(seen.runs);
}

Pairs pairs(const std::unordered_set<world::MeetingCode>& meetings) {
  Pairs pairs;
  std::size_t twice = 0;  // each pair that was met in both orders
  for (const world::MeetingCode code : meetings) {
    const world::Meeting meeting = world::meeting_of(code);
    if (meeting.first == meeting.second) continue;
    if (meetings.contains(world::code_of({meeting.second, meeting.first}))) {
      ++twice;
    } else {
      pairs.one_order_only.push_back(to_text(meeting));
    }
  }
  std::ranges::sort(pairs.one_order_only);
  pairs.both = twice / 2;
  pairs.seen = pairs.both + pairs.one_order_only.size();
  return pairs;
}

std::string coverage_text(const Accused& accused, const SearchOptions& options,
                          const SearchResult& result) {
  const Coverage& seen = result.coverage;
  const Pairs met = pairs(seen.meetings);
  const Paths paths = rare_paths(accused, options.bounds, seen);
  const Places struck = places(options.bounds, seen);
  const auto runs = static_cast<double>(std::max<std::uint64_t>(1, result.schedules));
  std::string text = fmt::format(
      "{:.1f} s, {:.0f} schedules/s, {:.0f} steps each, time: {}; {} happens-before classes, the "
      "next schedule shows a new one with probability {:.2f}\n"
      "{} of {} pairs of conflicting operations met in both orders; {}\n"
      "{} of {} rare paths taken{}\n",
      result.seconds, static_cast<double>(result.schedules) / std::max(result.seconds, 1e-9),
      static_cast<double>(seen.steps) / runs, time_text(options.bounds), seen.classes.size(),
      chance_of_new_class(seen), met.both, met.seen, states_text(seen),
      paths.possible - paths.missing.size(), paths.possible, places_text(struck));
  // A search that was cut short has not looked everywhere.
  if (result.finding) return text;
  std::vector<std::string> lines;
  if (!paths.missing.empty()) lines.push_back(never("never reached", paths.missing, "; "));
  if (!struck.idle.empty()) {
    lines.push_back(never("faults that were allowed and never struck", struck.idle, ", "));
  }
  if (!struck.missing.empty()) lines.push_back(never("never seen", struck.missing, "; "));
  std::ranges::stable_sort(lines, {}, &std::string::size);
  for (const std::string& line : lines) text += line;
  return text;
}

// ---- the JSON ----

namespace {

// Every cell that was seen or is possible.
ordered_json matrix_json(const Matrix& matrix) {
  ordered_json cells = ordered_json::array();
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const Cell cell = cell_at(i);
    if (matrix[i] == 0 && !is_possible(cell)) continue;
    cells.push_back({{"fault", world::name(cell.fault)},
                     {"phase", world::kPhaseNames[static_cast<std::size_t>(cell.phase)]},
                     {"call", kPoolCallNames[static_cast<std::size_t>(cell.call)]},
                     {"possible", is_possible(cell)},
                     {"count", matrix[i]}});
  }
  return cells;
}

ordered_json paths_json(const Accused& accused, const scenario::Bounds& bounds,
                        const Coverage& seen) {
  ordered_json paths = ordered_json::array();
  for (std::size_t i = 0; i < kRarePaths; ++i) {
    const auto path = static_cast<RarePath>(i);
    paths.push_back({{"path", sentence(path)},
                     {"possible", is_possible(path, bounds, accused)},
                     {"schedules", seen.rare_paths[i]}});
  }
  return paths;
}

}  // namespace

ordered_json coverage_json(const Accused& accused, const SearchOptions& options,
                           const Coverage& seen) {
  ordered_json acquires = ordered_json::object();
  for (std::size_t i = 0; i < seen.acquires.size(); ++i) {
    acquires[std::string(name(static_cast<Outcome>(i)))] = seen.acquires[i];
  }
  ordered_json faults = ordered_json::object();
  for (std::size_t i = 0; i < world::kFaultKinds; ++i) {
    faults[std::string(world::kFaults[i].name)] = seen.faults[i];
  }
  const Pairs met = pairs(seen.meetings);
  return {
      {"distinct_schedules", seen.schedules.size()},
      {"classes", seen.classes.size()},
      {"chance_of_new_class", chance_of_new_class(seen)},
      {"conflicting_pairs",
       {{"seen", met.seen}, {"in_both_orders", met.both}, {"one_order_only", met.one_order_only}}},
      {"model_states", states_json(seen)},
      {"rare_paths", paths_json(accused, options.bounds, seen)},
      {"steps", seen.steps},
      {"switches", seen.switches},
      {"connections", seen.connections},
      {"acquires", acquires},
      {"faults", faults},
      {"fault_matrix", matrix_json(seen.matrix)}};
}

}  // namespace poolproof::check
