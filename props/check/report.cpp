#include "props/check/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "props/check/coverage_report.hpp"
#include "props/check/story_text.hpp"
#include "props/check/strategy_report.hpp"

namespace poolproof::check {
namespace {

using nlohmann::ordered_json;

// Options follow the token, so that the token can be cut out of the line.
std::string replay_command(const Accused& accused, const SearchOptions& options,
                           const explore::Token& token) {
  std::string command = "poolproof replay " + explore::to_text(token);
  if (!accused.file().empty()) command += " --pool " + accused.file();
  if (options.carrier != world::CarrierKind::fiber) {
    command.append(" --carrier ").append(world::name(options.carrier));
  }
  if (options.laws != default_laws(accused)) {
    std::string_view separator = " --laws ";
    for (const auto law : options.laws) {
      if (law == model::LawId::crash && options.laws.size() > 1) continue;  // judged all the same
      command.append(separator).append(model::id(law));
      separator = ",";
    }
  }
  return command;
}

// What else is broken, in one line for each law: it mostly follows.
std::string counterexample(const std::vector<Violation>& violations, const Story& story) {
  const model::LawId first = violations.front().law;
  std::string text =
      fmt::format("\n{}: {}\n{}", model::id(first), model::sentence(first), deciding_text(story));
  for (std::size_t i = 1; i < violations.size(); ++i) {
    text +=
        fmt::format("then {}, at {}: {}\n", model::id(violations[i].law),
                    model::to_string(violations[i].at.time_since_epoch()), violations[i].evidence);
  }
  return text + fmt::format("\n{}\n", to_text(story));
}

std::string broken_line(const Accused& accused, const SearchOptions& options,
                        const explore::Token& token, const std::vector<Violation>& violations,
                        std::string_view when) {
  return fmt::format("broken: {}{}; replay with: {}\n", model::id(violations.front().law), when,
                     replay_command(accused, options, token));
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::held: return "held";
    case Verdict::broken: return "broken";
    case Verdict::undecided: return "undecided";
    case Verdict::nondeterministic: return "nondeterministic";
    case Verdict::unsupported: return "unsupported";
  }
  return "?";
}

ordered_json violations_json(const Accused& accused, const SearchOptions& options,
                             const Finding& finding) {
  ordered_json violations = ordered_json::array();
  for (const Violation& each : finding.violations) {
    violations.push_back(
        {{"law", model::id(each.law)},
         {"sentence", model::sentence(each.law)},
         {"at_ns", each.at.time_since_epoch().count()},
         {"evidence", each.evidence},
         {"token", explore::to_text(finding.token)},
         {"replay", replay_command(accused, options, finding.token)},
         {"schedule", finding.schedule},
         {"strategy", explore::name(finding.strategy)},
         {"story", to_text(finding.story)},
         {"table", ordered_json(nlohmann::json(finding.story))},
         {"explanation", finding.explanation ? ordered_json(nlohmann::json(*finding.explanation))
                                             : ordered_json(nullptr)}});
  }
  return violations;
}

std::string terminal_report(const Accused& accused, const SearchOptions& options,
                            const SearchResult& result, bool quiet) {
  std::string text;
  if (!quiet) {
    if (!result.stacks.empty()) text += "\n" + result.stacks + "\n";
    if (result.finding) text += counterexample(result.finding->violations, result.finding->story);
    if (result.finding && result.finding->explanation) {
      text += to_text(*result.finding->explanation) + "\n";
    }
    text += fmt::format("{}, seed {}\n", accused.name(), options.seed) +
            coverage_text(accused, options, result) + strategy_text(options, result);
    text += result.remark;
  }
  switch (result.verdict) {
    case Verdict::held:
      return text + fmt::format("held: {} schedules, 0 violations\n", result.schedules);
    case Verdict::broken:
      return text + broken_line(accused, options, result.finding->token, result.finding->violations,
                                fmt::format(" after {} schedules", result.finding->schedule));
    case Verdict::undecided:
      return text + fmt::format("undecided: ended after {} schedules, 0 violations so far\n",
                                result.schedules);
    case Verdict::nondeterministic:
    case Verdict::unsupported:
      return text + fmt::format("{}: {}\n", name(result.verdict), result.detail);
  }
  return text;
}

std::string terminal_report(const Accused& accused, const SearchOptions& options,
                            const Rerun& rerun, bool quiet) {
  std::string text;
  if (!quiet) {
    if (rerun.finding) {
      text += counterexample(rerun.finding->violations, rerun.finding->story);
    } else {
      text += fmt::format("\n{}\n", to_text(rerun.replay.story));
    }
    text += remarks(rerun);
  }
  const std::uint64_t schedules = rerun.searched + 1;
  switch (rerun.verdict) {
    case Verdict::held:
      return text + fmt::format("held: {} schedule{}, 0 violations\n", schedules,
                                schedules == 1 ? "" : "s");
    case Verdict::broken:
      return text +
             broken_line(accused, options, rerun.finding->token, rerun.finding->violations, "");
    case Verdict::undecided:
      return text +
             fmt::format("undecided: ended after {} schedules, 0 violations so far\n", schedules);
    case Verdict::nondeterministic:
    case Verdict::unsupported:
      return text + fmt::format("{}: {}\n", name(rerun.verdict), rerun.detail);
  }
  return text;
}

std::string terminal_report(const Accused& accused, const SearchOptions& options,
                            const Finding& finding) {
  return counterexample(finding.violations, finding.story) +
         broken_line(accused, options, finding.token, finding.violations,
                     fmt::format(" after {} schedules", finding.schedule));
}

std::string json_report(const Accused& accused, const SearchOptions& options,
                        const SearchResult& result) {
  const ordered_json report{
      {"verdict", name(result.verdict)},
      {"pool", accused.name()},
      {"seed", options.seed},
      {"schedules", result.schedules},
      {"lost_schedules", result.lost},
      {"violations",
       result.finding ? violations_json(accused, options, *result.finding) : ordered_json::array()},
      {"detail", result.detail},
      {"regressions", result.regressions},
      {"seconds", result.seconds},
      {"schedules_per_second",
       static_cast<double>(result.schedules) / std::max(result.seconds, 1e-9)},
      {"strategies", strategy_json(result)},
      {"coverage", coverage_json(accused, options, result.coverage)}};
  // The accused may have said anything.
  return report.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace poolproof::check
