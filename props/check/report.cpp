#include "props/check/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "props/check/coverage_report.hpp"

namespace poolproof::check {
namespace {

using nlohmann::ordered_json;

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

std::string law_text(const Violation& violation) {
  return fmt::format("{}: {}\n  at {}: {}\n", model::id(violation.law),
                     model::sentence(violation.law),
                     model::to_string(violation.at.time_since_epoch()), violation.evidence);
}

std::string counterexample(const std::vector<Violation>& violations, const std::string& story) {
  std::string text = "\n" + story + "\n" + law_text(violations.front());
  for (std::size_t i = 1; i < violations.size(); ++i) text += law_text(violations[i]);
  return text + "\n";
}

std::string broken_line(const Accused& accused, const SearchOptions& options,
                        const explore::Token& token, const std::vector<Violation>& violations,
                        std::string_view when) {
  return fmt::format("broken: {}{}; replay with: {}\n", model::id(violations.front().law), when,
                     replay_command(accused, options, token));
}

}  // namespace

std::string terminal_report(const Accused& accused, const SearchOptions& options,
                            const SearchResult& result, bool quiet) {
  std::string text;
  if (!quiet) {
    if (!result.stacks.empty()) text += "\n" + result.stacks + "\n";
    if (result.finding) text += counterexample(result.finding->violations, result.finding->story);
    text += fmt::format("{}, seed {}\n", accused.name(), options.seed) +
            coverage_text(accused, options, result);
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
                            const explore::Token& token, const ReplayResult& result, bool quiet) {
  std::string text;
  if (!quiet && !result.violations.empty()) text += counterexample(result.violations, result.story);
  if (!quiet && result.violations.empty()) text += "\n" + result.story + "\n";
  if (!result.fits) {
    text +=
        "the token no longer fits the code: from some choice on the run went on from its seed\n";
  } else if (!result.same) {
    text += "the run is not the one that the token was made of: the code has changed since\n";
  }
  if (result.violations.empty()) return text + "held: 1 schedule, 0 violations\n";
  return text + broken_line(accused, options, token, result.violations, "");
}

std::string json_report(const Accused& accused, const SearchOptions& options,
                        const SearchResult& result) {
  ordered_json violations = ordered_json::array();
  if (result.finding) {
    for (const Violation& each : result.finding->violations) {
      violations.push_back({{"law", model::id(each.law)},
                            {"token", explore::to_text(result.finding->token)},
                            {"story", result.finding->story},
                            {"evidence", each.evidence},
                            {"schedule", result.finding->schedule}});
    }
  }
  const ordered_json report{{"verdict", name(result.verdict)},
                            {"pool", accused.name()},
                            {"seed", options.seed},
                            {"schedules", result.schedules},
                            {"lost_schedules", result.lost},
                            {"violations", violations},
                            {"detail", result.detail},
                            {"seconds", result.seconds},
                            {"schedules_per_second", static_cast<double>(result.schedules) /
                                                         std::max(result.seconds, 1e-9)},
                            {"coverage", coverage_json(accused, options, result.coverage)}};
  // The accused may have said anything.
  return report.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace poolproof::check
