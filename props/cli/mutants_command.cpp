// poolproof mutants: every broken pool of the museum, hunted with many seeds. What a search is
// worth is how soon it finds them.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

#include "props/check/museum_report.hpp"
#include "props/check/processes/crew.hpp"
#include "props/check/processes/hunts.hpp"
#include "props/cli/commands.hpp"
#include "props/cli/progress.hpp"

namespace poolproof::cli {
namespace {

using explore::Strategy;

constexpr int kMostSeeds = 10'000;
// To make one smaller takes longer than to find it: the figures of a few are enough.
constexpr std::uint64_t kShrunkSeeds = 5;

struct MutantsOptions {
  std::string seeds = "20", schedules = "20000", strategy = "portfolio";
  std::optional<std::string> folder, only, jobs, json;
  bool quiet = false;
};

std::string default_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mutants";
}

// The last one counts.
std::vector<std::optional<Strategy>> read_strategies(const std::string& text) {
  if (text == "portfolio") return {std::nullopt};
  if (const auto strategy = explore::strategy_named(text)) return {strategy};
  std::vector<std::optional<Strategy>> all;
  std::string names;
  for (std::size_t i = 0; i < explore::kStrategies; ++i) {
    all.emplace_back(static_cast<Strategy>(i));
    names += std::string(explore::kStrategyDescriptions[i].name) + ", ";
  }
  if (text != "all") {
    throw UsageError(fmt::format("--strategy takes {}portfolio or all, not '{}'", names, text));
  }
  all.emplace_back();
  return all;
}

std::vector<check::Exhibit> only(const std::string& names, const std::string& folder,
                                 const std::vector<check::Exhibit>& exhibits) {
  std::vector<check::Exhibit> chosen;
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ',');) {
    const auto named = std::find_if(exhibits.begin(), exhibits.end(),
                                    [&](const auto& each) { return each.name == name; });
    if (named == exhibits.end()) {
      throw UsageError(fmt::format("--only: there is no {}.so in {}", name, folder));
    }
    const bool again = std::any_of(chosen.begin(), chosen.end(),
                                   [&](const auto& each) { return each.name == name; });
    if (!again) chosen.push_back(*named);
  }
  return chosen;
}

std::vector<check::Exhibit> read_exhibits(const MutantsOptions& options) {
  const std::string folder = options.folder.value_or(default_folder());
  std::vector<check::Exhibit> exhibits = check::museum_in(folder);
  if (options.only) exhibits = only(*options.only, folder, exhibits);
  if (exhibits.empty()) {
    throw UsageError(
        fmt::format("there is no plugin NAME.so in {}: build the target `all`, or name a folder of "
                    "broken pools with --folder",
                    folder));
  }
  for (const check::Exhibit& exhibit : exhibits) {
    if (const auto why = check::why_unusable(exhibit)) throw UsageError(*why);
  }
  return exhibits;
}

// All of a pool before any of the next, so that what is done is worth something at any time. A pool
// without a defect costs its whole budget: it is run by the strategy that counts.
std::vector<check::Hunt> hunts_of(const check::MuseumResult& museum) {
  std::vector<check::Hunt> hunts;
  for (const check::Exhibit& exhibit : museum.exhibits) {
    for (std::uint64_t seed = 1; seed <= museum.seeds; ++seed) {
      for (std::size_t i = 0; i < museum.strategies.size(); ++i) {
        const bool counts = i + 1 == museum.strategies.size();
        if (exhibit.sound && !counts) continue;
        hunts.push_back({.exhibit = &exhibit,
                         .strategy = museum.strategies[i],
                         .seed = seed,
                         .shrinks = counts && seed <= museum.shrunk_seeds});
      }
    }
  }
  return hunts;
}

ExitStatus run(const MutantsOptions& options) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  check::MuseumResult museum;
  museum.strategies = read_strategies(options.strategy);
  museum.seeds = static_cast<std::uint64_t>(read_number("--seeds", options.seeds, 1, kMostSeeds));
  museum.schedules =
      static_cast<std::uint64_t>(read_number("--schedules", options.schedules, 1, kMost));
  museum.shrunk_seeds = std::min(kShrunkSeeds, museum.seeds);
  const int jobs = read_jobs(options.jobs);
  museum.exhibits = read_exhibits(options);
  museum.hunts = hunts_of(museum);
  std::ofstream json;
  if (options.json) {
    json.open(*options.json);
    if (!json) throw UsageError(fmt::format("--json {}: cannot be written", *options.json));
  }

  check::SearchOptions all;
  all.schedules = museum.hunts.size();
  ProgressBar bar(all, options.quiet, "searches");
  const auto start = Clock::now();
  museum.outcomes = check::hunt(museum.hunts, museum.schedules, jobs,
                                [&](std::size_t done) { return bar.show(done); });
  museum.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  museum.interrupted = std::any_of(museum.outcomes.begin(), museum.outcomes.end(),
                                   [](const auto& outcome) { return !outcome; });
  bar.clear();

  if (json.is_open()) json << check::json_report(museum) << '\n';
  fmt::print("{}", check::terminal_report(museum, options.quiet));
  if (museum.interrupted) return ExitStatus::undecided;
  return check::all_found(museum) ? ExitStatus::held : ExitStatus::broken;
}

}  // namespace

void add_mutants(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<MutantsOptions>();
  CLI::App& command = *app.add_subcommand(
      "mutants",
      "Search each pool of a folder of broken pools with many seeds, and tell how soon each is\n"
      "found. The exit status is 1 if one survives.");
  command.add_option("--folder", options->folder,
                     "of plugins NAME.so (default: mutants beside this program)");
  command.add_option("--only", options->only, "a list of them, such as handed_out_twice,none");
  command.add_option("--seeds", options->seeds, "searches of each, with the seeds 1, 2 and so on")
      ->capture_default_str();
  command.add_option("--schedules", options->schedules, "of each search, at most")
      ->capture_default_str();
  command
      .add_option("--strategy", options->strategy,
                  "portfolio, one strategy, or all: each alone and the portfolio")
      ->capture_default_str();
  command.add_option("--jobs", options->jobs, "searches at a time (default: one for each core)");
  command.add_option("--json", options->json, "write a report to this file");
  command.add_flag("--quiet", options->quiet, "print the last line only");
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
