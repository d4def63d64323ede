// poolproof check: many random schedules, until a law is broken or the budget is spent.
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <random>

#include "props/check/junit.hpp"
#include "props/check/processes/crew.hpp"
#include "props/check/report.hpp"
#include "props/check/search.hpp"
#include "props/cli/commands.hpp"
#include "props/cli/progress.hpp"
#include "props/cli/regressions.hpp"

namespace poolproof::cli {
namespace {

constexpr std::uint64_t kDefaultSchedules = 20'000;
constexpr int kMostJobs = 1024;

struct CheckOptions {
  BoundsOptions bounds;
  AccusedOptions accused;
  CorpusOption corpus;
  NearOption near;
  std::optional<std::string> seed, schedules, patience, jobs, json, junit, strategy;
  bool quiet = false;
};

void list_faults() {
  for (std::size_t group = 0; group < world::kFaultGroups.size(); ++group) {
    fmt::print("{}\n", world::kFaultGroups[group]);
    for (std::size_t i = 0; i < world::kFaultKinds; ++i) {
      if (static_cast<std::size_t>(world::group_of(static_cast<world::FaultKind>(i))) != group) {
        continue;
      }
      fmt::print("  {:<22}{}\n", world::kFaults[i].name, world::kFaults[i].sentence);
    }
  }
}

void list_strategies() {
  for (const auto& each : explore::kStrategyDescriptions) {
    fmt::print("{:<10}{}\n", each.name, each.sentence);
  }
}

check::SearchOptions search_options(const CheckOptions& options, const check::Accused& accused) {
  check::SearchOptions search;
  search.bounds = options.bounds.read();
  const bool wants_patience =
      search.bounds.patience.value_or(scenario::Duration{}) > scenario::Duration{};
  if (wants_patience && accused.extension().open_patient == nullptr) {
    throw UsageError(fmt::format("--patience: {} has none; leave it out", accused.name()));
  }
  search.laws = options.accused.laws(accused);
  search.carrier = options.accused.carrier(accused);
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  search.seed = options.seed
                    ? static_cast<std::uint64_t>(read_number("--seed", *options.seed, 0, kMost))
                    : std::random_device{}();
  if (options.strategy) {
    search.strategy = explore::strategy_named(*options.strategy);
    if (!search.strategy) {
      throw UsageError(
          fmt::format("--strategy: '{}' is none; --strategy help lists them", *options.strategy));
    }
  }
  if (options.patience) search.patience = read_duration("--for", *options.patience);
  if (options.schedules) {
    search.schedules =
        static_cast<std::uint64_t>(read_number("--schedules", *options.schedules, 1, kMost));
  } else {
    search.schedules = search.patience ? static_cast<std::uint64_t>(kMost) : kDefaultSchedules;
  }
  return search;
}

// Opened before the search: a report that cannot be written must not cost a search.
std::unique_ptr<std::ofstream> open_report(std::string_view option,
                                           const std::optional<std::string>& file) {
  if (!file) return nullptr;
  auto stream = std::make_unique<std::ofstream>(*file);
  if (!*stream) throw UsageError(fmt::format("{} {}: cannot be written", option, *file));
  return stream;
}

ExitStatus run(const CheckOptions& options) {
  if (options.bounds.asks_for_fault_list()) {
    list_faults();
    return ExitStatus::held;
  }
  if (options.strategy == "help") {
    list_strategies();
    return ExitStatus::held;
  }
  const check::Accused accused = options.accused.accused();
  const check::SearchOptions search = search_options(options, accused);
  const auto json = open_report("--json", options.json);
  const auto junit = open_report("--junit", options.junit);
  const auto corpus = options.corpus.open();

  const int jobs = options.jobs
                       ? static_cast<int>(read_number("--jobs", *options.jobs, 1, kMostJobs))
                       : check::default_jobs();

  ProgressBar bar(search, options.quiet);
  const auto progress = [&](std::uint64_t done) { return bar.show(done); };
  const auto shrinking = [&](std::uint64_t tried) { return bar.show_shrinking(tried); };
  const auto notice = [&](const std::string& line) {
    bar.clear();
    fmt::print(stderr, "{}\n", line);
  };
  const auto say = [&](const std::string& line) {
    bar.clear();
    if (!options.quiet) fmt::print("{}\n", line);
  };
  check::RerunOptions near = options.near.read();
  near.jobs = jobs;
  std::optional<check::Rerun> ended;
  std::vector<std::string> regressions;
  if (corpus) {
    RegressionsFirst first(*corpus, accused, search, near);
    ended = first.run(say, progress, notice);
    regressions = first.lines();
  }
  check::SearchResult result =
      ended ? result_of(*ended)
            : check::search_by_crew(accused, search, jobs, progress, notice, shrinking);
  bar.clear();
  if (result.finding) result.remark = keep(corpus, accused, search, *result.finding);
  result.regressions = std::move(regressions);

  if (json != nullptr) *json << check::json_report(accused, search, result) << '\n';
  if (junit != nullptr) *junit << check::junit_report(accused, search, result);
  if (ended) {
    if (ended->searched > 0 && !options.quiet) fmt::print("{}", result.remark);
    fmt::print("{}", check::terminal_report(accused, search, *ended, options.quiet));
  } else {
    fmt::print("{}", check::terminal_report(accused, search, result, options.quiet));
  }
  return status_of(result.verdict);
}

}  // namespace

void add_check(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App& command = *app.add_subcommand(
      "check",
      "Run random schedules of a pool in the simulated machine. Pool options that are not\n"
      "given vary from schedule to schedule.");
  options->accused.add_to(command);
  options->corpus.add_to(command);
  options->near.add_to(command);
  options->bounds.add_to(command);
  command.add_option("--seed", options->seed, "a number; the same seed gives the same schedules");
  command.add_option(
      "--schedules", options->schedules,
      fmt::format("how many at most (default {}, or without end with --for)", kDefaultSchedules));
  command.add_option("--for", options->patience, "for how long at most, such as 30s");
  command.add_option("--strategy", options->strategy,
                     "one way of choosing schedules (default: all by turns); help lists them");
  command.add_option("--jobs", options->jobs, "worker processes (default: one for each core)");
  command.add_option("--json", options->json, "write a report to this file");
  command.add_option("--junit", options->junit, "write a report as JUnit's XML to this file");
  command.add_flag("--quiet", options->quiet, "print the last line only");
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
