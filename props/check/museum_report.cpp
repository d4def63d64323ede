#include "props/check/museum_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "props/check/museum_figures.hpp"

namespace poolproof::check {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

constexpr double kMedian = 0.5;
constexpr double kMost = 0.95;
constexpr std::size_t kColumns = 119;
constexpr std::size_t kLongestName = 30;

// ---- the table ----

// Of that many first columns what they say is on the left, of the others on the right.
std::string table(const std::vector<Row>& rows, std::size_t on_the_left) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::size_t wide = 2 * (widths.size() - 1);
  for (const std::size_t width : widths) wide += width;
  const std::string_view gap = wide <= kColumns ? "  " : " ";
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += gap;
      line += i < on_the_left ? fmt::format("{:<{}}", row[i], widths[i])
                              : fmt::format("{:>{}}", row[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::vector<std::string_view> ids(const Laws& laws) {
  std::vector<std::string_view> ids(laws.size());
  std::transform(laws.begin(), laws.end(), ids.begin(), &model::id);
  return ids;
}

std::string shown(const Exhibit& exhibit) {
  if (exhibit.name.size() <= kLongestName) return exhibit.name;
  return exhibit.name.substr(0, kLongestName - 2) + "..";
}

template <class T>
std::string whole(std::optional<T> number) {
  return number ? fmt::format("{:.0f}", static_cast<double>(*number)) : "-";
}

// "42", or "42 (3)" if 3 missed it.
std::string median_of(const Figures& figures) {
  if (figures.hunts() == 0) return "";
  std::string text = whole(figures.schedules(kMedian));
  if (figures.missed() > 0) text += fmt::format(" ({})", figures.missed());
  return text;
}

Row row_of(const Exhibit& exhibit, const Figures& figures) {
  const auto law = figures.law();
  const auto strategy = figures.strategy();
  const auto seconds = figures.seconds(kMedian);
  Row row{shown(exhibit),
          law ? std::string(model::id(*law)) : "-",
          strategy ? std::string(explore::name(*strategy)) : "-",
          median_of(figures),
          whole(figures.schedules(kMost)),
          seconds ? fmt::format("{:.2f}", *seconds) : "-"};
  for (std::size_t i = 0; i < Figures::kSizeNames.size(); ++i) {
    row.push_back(whole(figures.size(i, kMedian)));
  }
  return row;
}

std::string table_of_what_was_found(const MuseumResult& result) {
  std::vector<Row> rows{{"pool", "law", "by", "median", "95 %", "s", "callers", "loans", "ops",
                         "preempt", "switch", "token", "ms"}};
  for (const Exhibit& exhibit : result.exhibits) {
    const Figures figures = figures_of(result, exhibit, result.strategies.back());
    if (!exhibit.sound && figures.hunts() > 0) rows.push_back(row_of(exhibit, figures));
  }
  return table(rows, 3);
}

std::string table_of_strategies(const MuseumResult& result) {
  std::vector<Row> rows{{"pool"}};
  for (const auto& strategy : result.strategies) rows[0].emplace_back(name(strategy));
  for (const Exhibit& exhibit : result.exhibits) {
    if (exhibit.sound) continue;
    Row row{shown(exhibit)};
    for (const auto& strategy : result.strategies) {
      row.push_back(median_of(figures_of(result, exhibit, strategy)));
    }
    rows.push_back(std::move(row));
  }
  return table(rows, 1);
}

// ---- what else there is to say ----

std::string legend(const MuseumResult& result) {
  const bool all_shrunk = result.shrunk_seeds >= result.seeds;
  return fmt::format(
      "{} seeds, {} schedules at most, by {}. law, by: that caught it most often, and the "
      "strategy.\n"
      "median, 95 %: schedules up to the bug (in brackets: seeds that missed it); s: seconds for "
      "that.\n"
      "From callers on: medians of the counterexamples made smaller{}; ms: what that took.\n",
      result.seeds, result.schedules, name(result.strategies.back()),
      all_shrunk ? "" : fmt::format(", of the first {} seeds", result.shrunk_seeds));
}

std::string remarks(const MuseumResult& result) {
  std::string text;
  for (const Exhibit& exhibit : result.exhibits) {
    const Figures figures = figures_of(result, exhibit, result.strategies.back());
    if (exhibit.sound && figures.hunts() > 0 && figures.law() == std::nullopt) {
      text += fmt::format("{} has no defect, and held in {} searches of {} schedules\n",
                          shown(exhibit), figures.hunts(), result.schedules);
    }
    const auto law = figures.law();
    if (law && !exhibit.targets.empty() && !exhibit.targets.contains(*law)) {
      text += fmt::format("{} breaks {} most often, where its catalogue says {}\n", shown(exhibit),
                          model::id(*law), fmt::join(ids(exhibit.targets), ", "));
    }
  }
  for (std::size_t i = 0; i < result.hunts.size(); ++i) {
    if (!result.outcomes[i] || result.outcomes[i]->remark.empty()) continue;
    text += fmt::format("{} with seed {} by {}: {}", shown(*result.hunts[i].exhibit),
                        result.hunts[i].seed, name(result.hunts[i].strategy),
                        result.outcomes[i]->remark)
                .substr(0, kColumns) +
            '\n';
  }
  return text;
}

std::string names_of(const std::vector<const Exhibit*>& exhibits) {
  std::vector<std::string_view> names(exhibits.size());
  std::transform(exhibits.begin(), exhibits.end(), names.begin(),
                 [](const Exhibit* exhibit) { return std::string_view(exhibit->name); });
  return fmt::format("{}", fmt::join(names, ", "));
}

std::size_t hunted(const MuseumResult& result) {
  return static_cast<std::size_t>(
      std::count_if(result.exhibits.begin(), result.exhibits.end(), [&](const Exhibit& exhibit) {
        return !exhibit.sound && figures_of(result, exhibit, result.strategies.back()).hunts() > 0;
      }));
}

std::string verdict(const MuseumResult& result) {
  const auto survived = survivors(result);
  const auto innocent = wronged(result);
  std::string text;
  if (!innocent.empty()) {
    text += fmt::format("without a defect, and yet broken: {}; ", names_of(innocent));
  }
  const std::size_t pools = hunted(result);
  if (pools == 0) {
    const auto held =
        std::count_if(result.exhibits.begin(), result.exhibits.end(), [&](const Exhibit& exhibit) {
          const Figures figures = figures_of(result, exhibit, result.strategies.back());
          return exhibit.sound && figures.hunts() > 0 && !figures.law();
        });
    return text + fmt::format("{} pools without a defect held", held);
  }
  if (survived.empty()) return text + fmt::format("all {} found", pools);
  return text + fmt::format("{} of {} survived: {}", survived.size(), pools, names_of(survived));
}

std::string summary(const MuseumResult& result) {
  const Figures all = figures_of(result);
  std::string text;
  if (result.interrupted) {
    text += fmt::format(
        "interrupted after {} of {} searches\n",
        result.outcomes.size() - static_cast<std::size_t>(std::count(
                                     result.outcomes.begin(), result.outcomes.end(), std::nullopt)),
        result.outcomes.size());
  }
  text += verdict(result);
  if (all.hunts() == 0) return text + '\n';
  text += fmt::format("; to the bug: median {}, 95 % {} schedules", whole(all.schedules(kMedian)),
                      whole(all.schedules(kMost)));
  if (all.missed() > 0) text += fmt::format(", {} of {} missed", all.missed(), all.hunts());
  if (all.shrunk() > 0) {
    text +=
        fmt::format("; token: {} characters, in {} ms", whole(all.size(Figures::kToken, kMedian)),
                    whole(all.size(Figures::kMilliseconds, kMedian)));
  }
  return text + '\n';
}

// ---- JSON ----

template <class T>
json value(const std::optional<T>& number) {
  return number ? json(*number) : json();
}

json json_of(const Figures& figures) {
  json of{{"searches", figures.hunts()},
          {"missed", figures.missed()},
          {"median", value(figures.schedules(kMedian))},
          {"percentile_95", value(figures.schedules(kMost))},
          {"median_seconds", value(figures.seconds(kMedian))},
          {"shrunk", figures.shrunk()},
          {"laws", json::object()},
          {"strategies", json::object()},
          {"median_of", json::object()},
          {"percentile_95_of", json::object()}};
  for (const auto& [law, count] : figures.laws()) of["laws"][std::string(model::id(law))] = count;
  for (const auto& [strategy, count] : figures.strategies()) {
    of["strategies"][std::string(explore::name(strategy))] = count;
  }
  for (std::size_t i = 0; i < Figures::kSizeNames.size(); ++i) {
    const std::string key(Figures::kSizeNames[i]);
    of["median_of"][key] = value(figures.size(i, kMedian));
    of["percentile_95_of"][key] = value(figures.size(i, kMost));
  }
  return of;
}

json json_of(const Hunt& hunt, const HuntResult& outcome) {
  const bool found = outcome.verdict == Verdict::broken;
  json of{{"seed", hunt.seed},
          {"found", found},
          {"schedules", outcome.schedules},
          {"seconds", outcome.seconds}};
  if (found) {
    of["law"] = model::id(outcome.law);
    of["strategy"] = explore::name(outcome.strategy);
  }
  if (!outcome.remark.empty()) of["remark"] = outcome.remark;
  if (!outcome.smallest) return of;
  of["token"] = outcome.smallest->token;
  of["shrinking_seconds"] = outcome.smallest->seconds;
  if (const auto& size = outcome.smallest->size) {
    of["size"] = {{"callers", size->callers},
                  {"loans", size->loans},
                  {"operations", size->operations},
                  {"preemptions", size->preemptions},
                  {"switches", size->switches}};
  }
  return of;
}

json json_of(const MuseumResult& result, const Exhibit& exhibit) {
  const Figures counted = figures_of(result, exhibit, result.strategies.back());
  json of{{"name", exhibit.name},
          {"sound", exhibit.sound},
          {"catalogue", ids(exhibit.targets)},
          {"found", counted.missed() < counted.hunts()},
          {"by", json::object()}};
  for (const auto& strategy : result.strategies) {
    json& by = of["by"][std::string(name(strategy))] =
        json_of(figures_of(result, exhibit, strategy));
    by["each"] = json::array();
    for (std::size_t i = 0; i < result.hunts.size(); ++i) {
      const Hunt& hunt = result.hunts[i];
      if (!result.outcomes[i] || hunt.strategy != strategy || hunt.exhibit->name != exhibit.name) {
        continue;
      }
      by["each"].push_back(json_of(hunt, *result.outcomes[i]));
    }
  }
  return of;
}

}  // namespace

std::string_view name(std::optional<explore::Strategy> strategy) {
  return strategy ? explore::name(*strategy) : "portfolio";
}

bool all_found(const MuseumResult& result) {
  return survivors(result).empty() && wronged(result).empty();
}

std::string terminal_report(const MuseumResult& result, bool quiet) {
  if (quiet) return summary(result);
  std::string text = table_of_what_was_found(result) + '\n';
  if (result.strategies.size() > 1) text += table_of_strategies(result) + '\n';
  return text + legend(result) + remarks(result) + summary(result);
}

std::string json_report(const MuseumResult& result) {
  json report{{"seeds", result.seeds},
              {"schedules", result.schedules},
              {"shrunk_seeds", result.shrunk_seeds},
              {"strategies", json::array()},
              {"interrupted", result.interrupted},
              {"all_found", all_found(result)},
              {"seconds", result.seconds},
              {"pools", json::array()},
              {"together", json_of(figures_of(result))}};
  for (const auto& strategy : result.strategies) report["strategies"].push_back(name(strategy));
  for (const Exhibit& exhibit : result.exhibits)
    report["pools"].push_back(json_of(result, exhibit));
  return report.dump(2);
}

}  // namespace poolproof::check
