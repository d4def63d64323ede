// poolproof explore: every schedule of a small scenario.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <variant>

#include "props/check/certificate.hpp"
#include "props/check/exploration.hpp"
#include "props/check/exploration_report.hpp"
#include "props/check/processes/loading.hpp"
#include "props/check/report.hpp"
#include "props/cli/commands.hpp"
#include "props/cli/exploration_progress.hpp"

namespace poolproof::cli {
namespace {

constexpr int kMostExplorers = 8;
constexpr int kMostLoans = 8;
constexpr int kMostStruck = 9;
constexpr int kMostPreemptions = 1'000'000;

struct ExploreOptions {
  AccusedOptions accused;
  PoolOptionTexts pool;
  std::string callers = "2", ops = "1", faults = "none", time = "racing", think = "0s", hold = "0s";
  std::string use = "query", remark = "none";
  std::optional<std::string> chore, executions, patience, certificate, verify, json, junit;
  std::optional<std::string> jobs, resume, bound;
  std::optional<bool> refines;
  bool quiet = false;
};

// "connect_refused:1,killed_idle:2"
void read_budget(const std::string& text, check::ExplorationOptions& options) {
  options.bounds.faults.reset();
  if (text == "none") return;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t colon = part.find(':');
    const std::string name = part.substr(0, colon);
    const auto times = static_cast<std::uint8_t>(
        colon == std::string::npos
            ? 1
            : read_number("--faults " + name, part.substr(colon + 1), 1, kMostStruck));
    if (name == "spurious_wakeup") {
      options.budget.allow_spurious(times);
    } else {
      const auto* const kind = std::find_if(world::kFaults.begin(), world::kFaults.end(),
                                            [&](const auto& each) { return each.name == name; });
      if (kind == world::kFaults.end()) {
        throw UsageError(fmt::format(
            "--faults: there is no fault '{}'; `poolproof check --faults help` lists them, and "
            "spurious_wakeup is one here; name each with how often, as in connect_refused:1",
            name));
      }
      const auto index = static_cast<std::size_t>(kind - world::kFaults.begin());
      options.bounds.faults.set(index);
      options.budget.allow(world::Rarity{static_cast<std::uint8_t>(index)}, times);
    }
    options.budget_text +=
        fmt::format("{}{}:{}", options.budget_text.empty() ? "" : ",", name, times);
  }
}

world::TimeMode read_time(const std::string& text) {
  for (const auto mode : {world::TimeMode::racing, world::TimeMode::lazy}) {
    if (text == world::name(mode)) return mode;
  }
  throw UsageError(fmt::format("--time takes racing or lazy, not '{}'", text));
}

// "preemptions=2"
unsigned read_bound(const std::string& text) {
  constexpr std::string_view kName = "preemptions=";
  if (!text.starts_with(kName)) {
    throw UsageError(fmt::format("--bound takes preemptions=N, not '{}'", text));
  }
  return static_cast<unsigned>(
      read_number("--bound preemptions", text.substr(kName.size()), 0, kMostPreemptions));
}

void read_plan(const ExploreOptions& options, scenario::Plan& plan) {
  plan.think = read_duration("--think", options.think);
  plan.hold = read_duration("--hold", options.hold);
  const auto use = scenario::use_named(options.use);
  if (!use) {
    throw UsageError(
        fmt::format("--use takes one of {}; not '{}'", scenario::use_names(), options.use));
  }
  const auto remark = scenario::remark_named(options.remark);
  if (!remark) {
    throw UsageError(fmt::format("--remark takes one of {}; not '{}'", scenario::remark_names(),
                                 options.remark));
  }
  plan.use = *use;
  plan.remark = *remark;
  if (plan.use == scenario::Use::nothing && plan.remark != scenario::Remark::none) {
    throw UsageError("--remark: whose lease has been used for nothing is not known; take a --use");
  }
  if (!options.chore) return;
  if (options.chore != "dispose" && options.chore != "close") {
    throw UsageError(fmt::format("--chore takes dispose or close, not '{}'", *options.chore));
  }
  plan.chore = options.chore == "close" ? scenario::Chore::close : scenario::Chore::dispose;
}

check::ExplorationOptions exploration_options(const ExploreOptions& options,
                                              const check::Accused& accused, bool is_ours) {
  check::ExplorationOptions exploration;
  exploration.bounds = options.pool.read();
  if (exploration.bounds.patience.value_or(scenario::Duration{}) > scenario::Duration{} &&
      accused.extension().open_patient == nullptr) {
    throw UsageError(fmt::format("--patience: {} has none; leave it out", accused.name()));
  }
  if (!exploration.bounds.timeout) exploration.bounds.timeout = scenario::Limit{};
  exploration.bounds.callers =
      static_cast<int>(read_number("--callers", options.callers, 1, kMostExplorers));
  exploration.bounds.ops = static_cast<int>(read_number("--ops", options.ops, 1, kMostLoans));
  exploration.bounds.time = read_time(options.time);
  read_budget(options.faults, exploration);
  read_plan(options, exploration.plan);
  if (exploration.plan.chore != scenario::Chore::none) ++exploration.bounds.callers;
  if (const auto wrong = scenario::problem(exploration.bounds)) throw UsageError(*wrong);
  const scenario::Planned planned(exploration.plan, exploration.bounds);
  if (planned.problem()) throw UsageError(*planned.problem());
  exploration.laws = options.accused.laws(accused);
  const std::size_t asked = exploration.laws.size();
  if (is_ours && options.accused.asks_for_all_laws()) exploration.laws.insert(model::LawId::fair);
  // With patience it matters how long somebody has waited when another calls, and that may differ
  // within a class, of which one run is judged.
  if (exploration.bounds.patience.value_or(scenario::Duration{}) > scenario::Duration{}) {
    exploration.laws.erase(model::LawId::fair);
  }
  // What is explored neither shares nor is tended.
  exploration.laws.erase(model::LawId::own);
  exploration.laws.erase(model::LawId::tend);
  if (exploration.laws.size() < asked && exploration.laws.size() <= 1) {
    throw UsageError(
        "--laws: explore judges neither OWN nor TEND, nor FAIR with --patience; name others, or "
        "use poolproof check");
  }
  exploration.carrier = options.accused.carrier(accused);
  exploration.refines = options.refines.value_or(is_ours);
  if (options.executions) {
    exploration.most_executions = static_cast<std::uint64_t>(read_number(
        "--executions", *options.executions, 1, std::numeric_limits<std::int64_t>::max()));
  }
  if (options.patience) exploration.patience = read_duration("--for", *options.patience);
  if (options.bound) exploration.most_preemptions = read_bound(*options.bound);
  exploration.jobs = read_jobs(options.jobs);
  return exploration;
}

std::string preemptions(unsigned count) {
  return fmt::format("{} preemption{}", count, count == 1 ? "" : "s");
}

// How far it is that was cut short by a bound.
std::string incomplete_line(const std::string& what, const check::ExplorationOptions& options,
                            const check::Exploration& found) {
  const std::string nothing = "incomplete (bound): nothing found for " + what;
  const unsigned round = found.rounds.preemptions;
  if (!options.most_preemptions || (round == 0 && !found.rounds.left.empty())) {
    return fmt::format("{} in {} executions of {} classes", nothing, found.executions,
                       found.classes.size());
  }
  const bool is_whole = found.rounds.left.empty();
  return fmt::format("{} in all schedules with at most {}{}: {} classes", nothing,
                     preemptions(is_whole ? round : round - 1),
                     is_whole ? "" : ", nor in some with one more", found.classes.size());
}

std::string verdict_line(const check::Accused& accused, const check::ExplorationOptions& options,
                         const check::Exploration& found) {
  const std::string what = check::summary(options, found.scenario);
  switch (found.verdict) {
    case check::Verdict::held:
      return fmt::format(
                 "{}{}: {}{} for {}: {} classes, {}", found.approximate ? "kept" : "proved",
                 accused.instrumented() ? "" : " but for its atomics, of which it tells nothing",
                 fmt::join(ids(options.laws), " "),
                 options.refines ? " and that each step is the model's" : "", what,
                 found.classes.size(),
                 found.approximate
                     ? "but of a lock that is shared, or waited for until a deadline, a few "
                       "may be missing"
                     : "complete") +
             (options.most_preemptions
                  ? "; none needs more than " + preemptions(found.rounds.preemptions)
                  : "");
    case check::Verdict::undecided: return incomplete_line(what, options, found);
    case check::Verdict::nondeterministic: return "nondeterministic: " + found.detail;
    case check::Verdict::unsupported: return "unsupported: " + found.detail;
    case check::Verdict::broken: break;
  }
  return "";
}

// Our pool is a part of this program, which tells of no atomics; the same pool as a plugin beside
// it does.
check::Accused telling(check::Accused accused) {
  if (accused.instrumented() || !accused.file().empty()) return accused;
  std::error_code none;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
  const auto file = program.parent_path() / "instrumented" / "ours.so";
  if (none || !std::filesystem::exists(file, none)) return accused;
  auto loaded = check::load_guarded(file.string());
  auto* const found = std::get_if<check::Accused>(&loaded);
  return found != nullptr && found->name() == accused.name() ? std::move(*found) : accused;
}

// Built in, and of the class that the model is of.
bool is_our_own(const check::Accused& accused) {
  return accused.file().empty() && accused.name() == check::ours().name();
}

// Opened before the exploration: what cannot be written must not cost one.
std::unique_ptr<std::ofstream> open_report(std::string_view option,
                                           const std::optional<std::string>& file) {
  if (!file) return nullptr;
  auto stream = std::make_unique<std::ofstream>(*file);
  if (!*stream) throw UsageError(fmt::format("{} {}: cannot be written", option, *file));
  return stream;
}

// Leaves all as it was: it may be that nothing is proved.
void try_certificate(const std::optional<std::string>& file) {
  if (!file) return;
  std::error_code none;
  const bool is_there = std::filesystem::exists(*file, none);
  if (!std::ofstream(*file, std::ios::app)) {
    throw UsageError(fmt::format("--certificate {}: cannot be written", *file));
  }
  if (!is_there) std::filesystem::remove(*file, none);
}

// Of which one figure is meant: "1500".
std::string roughly(double number) {
  const double unit = std::pow(10, std::max(std::floor(std::log10(number)) - 1, 0.0));
  return fmt::format("{:.0f}", std::round(number / unit) * unit);
}

std::string estimate_line(const check::Estimated& estimated, int jobs) {
  const double seconds = estimated.classes * estimated.seconds_each / jobs;
  return fmt::format("at a guess {} classes, {}", roughly(std::max(estimated.classes, 1.0)),
                     in_words(seconds));
}

ExitStatus verified(const check::Certificate& given, const check::Certificate& certificate,
                    const check::ExplorationOptions& options, const check::Exploration& found) {
  if (const auto difference = check::difference(given, certificate)) {
    fmt::print("not verified: {}\n", *difference);
    return ExitStatus::broken;
  }
  fmt::print("verified: {} classes, digest {:016x}, {}\n", found.classes.size(), found.digest(),
             options.most_preemptions ? "by rounds of preemptions" : "in the other order of tasks");
  return ExitStatus::held;
}

ExitStatus run(const ExploreOptions& options) {
  const check::Accused given_accused = options.accused.accused();
  const check::Accused accused = telling(given_accused);
  check::ExplorationOptions exploration =
      exploration_options(options, accused, is_our_own(given_accused));
  std::optional<check::Certificate> given;
  if (options.verify) {
    given = check::read_certificate(*options.verify);
    exploration.order = explore::dpor::TaskOrder::last_come;
  }
  try_certificate(options.certificate);
  const auto json = open_report("--json", options.json);
  const auto junit = open_report("--junit", options.junit);
  std::optional<check::ExplorationFile> file;
  if (options.resume) {
    file.emplace(*options.resume, check::certificate(accused, exploration, {}));
  }
  check::Explorable seen = file ? file->read().value_or(check::Explorable{}) : check::Explorable{};
  if (file) file->write(seen);  // if that cannot be done it is said now
  const std::size_t before = seen.classes.size();
  const bool is_told = !options.quiet || json != nullptr;
  const auto estimated =
      before == 0 && is_told ? check::estimate(accused, exploration) : std::nullopt;
  if (estimated && !options.quiet) {
    fmt::print("{}\n", estimate_line(*estimated, exploration.jobs));
    std::fflush(stdout);
  }
  ExplorationProgress progress(std::move(file), options.quiet);
  check::Exploration found = check::explore(
      accused, exploration, [&](const check::Explorable& so_far) { return progress.show(so_far); },
      std::move(seen));
  found.estimated = estimated;
  progress.end(found);
  if (!options.quiet) {
    fmt::print("{}: {}\n", accused.name(), check::summary(exploration, found.scenario));
    fmt::print(
        "{:.1f} s, {:.0f} classes/s; {} executions to their end, {} cut short, {} classes, "
        "{} steps each\n",
        found.seconds,
        static_cast<double>(found.classes.size() - before) / std::max(found.seconds, 1e-3),
        found.executions, found.redundant, found.classes.size(),
        found.executions == 0 ? 0 : found.steps / found.executions);
  }
  if (json != nullptr) *json << check::json_report(accused, exploration, found) << '\n';
  if (junit != nullptr) *junit << check::junit_report(accused, exploration, found);
  if (found.finding) {
    const check::SearchOptions search = check::search_options(exploration);
    fmt::print("{}", check::terminal_report(accused, search, *found.finding));
    return ExitStatus::broken;
  }
  if (found.unexplained) {
    fmt::print("{}", check::terminal_report(accused, *found.unexplained));
    return ExitStatus::broken;
  }
  if (found.verdict == check::Verdict::held && (given || options.certificate)) {
    const check::Certificate certificate = check::certificate(accused, exploration, found);
    if (options.certificate) check::write_certificate(*options.certificate, certificate);
    if (given) return verified(*given, certificate, exploration, found);
  }
  fmt::print("{}\n", verdict_line(accused, exploration, found));
  return status_of(found.verdict);
}

}  // namespace

void add_explore(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ExploreOptions>();
  CLI::App& command = *app.add_subcommand(
      "explore",
      "Run every schedule of a small scenario, up to the order of independent steps, and judge\n"
      "each. The callers acquire, query and release; pool options that are not given are as plain\n"
      "as can be. The exit status is 3 if a bound ends it before all have been seen.");
  options->accused.add_to(command);
  options->pool.add_to(command);
  command.add_option("--callers", options->callers, "threads that use the pool")
      ->capture_default_str();
  command.add_option("--ops", options->ops, "loans that each takes")->capture_default_str();
  command.add_option("--think", options->think, "before each acquire")->capture_default_str();
  command.add_option("--hold", options->hold, "each lease")->capture_default_str();
  command
      .add_option("--use", options->use, "what each lease is used for: " + scenario::use_names())
      ->capture_default_str();
  command
      .add_option("--remark", options->remark,
                  "what each caller says of his connection in the end: " + scenario::remark_names())
      ->capture_default_str();
  command.add_option("--chore", options->chore,
                     "one more caller does that before his loan: dispose or close");
  command
      .add_option("--faults", options->faults,
                  "which may strike, and how often in one run: connect_refused:1,killed_idle:2")
      ->capture_default_str();
  command
      .add_option("--time", options->time,
                  "racing: time may pass while a thread could run; lazy: it does not")
      ->capture_default_str();
  command.add_option("--executions", options->executions, "how many at most");
  command.add_option("--for", options->patience, "for how long at most, such as 30s");
  command.add_option("--bound", options->bound,
                     "preemptions=N: no schedule with more switches away from a thread that could "
                     "have gone on; for what is too large to be explored whole");
  command.add_option("--jobs", options->jobs, "worker processes (default: one for each core)");
  command.add_option("--resume", options->resume,
                     "keep how far it is in this file, and go on from there if it is there");
  command.add_option("--certificate", options->certificate, "write what is proved to this file");
  command.add_option("--verify", options->verify,
                     "explore in another order, or with --bound in another way, and compare with "
                     "this certificate");
  command.add_flag_function(
      "--refine,!--no-refine", [options](std::int64_t on) { options->refines = on > 0; },
      "each step must be one that the model allows (default: of our own pool)");
  command.add_option("--json", options->json, "write a report to this file");
  command.add_option("--junit", options->junit, "write a report as JUnit's XML to this file");
  command.add_flag("--quiet", options->quiet, "print the verdict only");
  command.callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace poolproof::cli
