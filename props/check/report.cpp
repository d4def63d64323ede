#include "props/check/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::timeout: return "timeout";
    case Outcome::connect_failed: return "connect_failed";
    case Outcome::closed: return "closed";
    case Outcome::failed: return "failed";
    case Outcome::cancelled: return "cancelled";
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

std::string time_text(const scenario::Bounds& bounds) {
  if (bounds.time != world::TimeMode::bounded) return std::string(world::name(bounds.time));
  return fmt::format("{}:{}", world::name(bounds.time), scenario::to_text(bounds.time_bound));
}

std::string coverage_text(const scenario::Bounds& bounds, const SearchResult& result) {
  const Coverage& seen = result.coverage;
  std::string faults;
  for (std::size_t i = 0; i < world::kFaultKinds; ++i) {
    if (seen.faults[i] == 0) continue;
    faults +=
        fmt::format("{}{} {}", faults.empty() ? "" : ", ", world::kFaults[i].name, seen.faults[i]);
  }
  std::string acquires;
  for (std::size_t i = 0; i < seen.acquires.size(); ++i) {
    if (seen.acquires[i] == 0) continue;
    acquires += fmt::format("{}{} {}", acquires.empty() ? "" : ", ", seen.acquires[i],
                            name(static_cast<Outcome>(i)));
  }
  return fmt::format(
      "{:.1f} s, {:.0f} schedules/s; {} distinct, {:.0f} steps each; time: {}\n"
      "acquires: {}; connections: {}\nfaults: {}\n",
      result.seconds, static_cast<double>(result.schedules) / std::max(result.seconds, 1e-9),
      seen.schedules.size(),
      static_cast<double>(seen.steps) /
          static_cast<double>(std::max<std::uint64_t>(1, result.schedules)),
      time_text(bounds), acquires.empty() ? "none" : acquires, seen.connections,
      faults.empty() ? "none" : faults);
}

std::string text(Cell cell) {
  return fmt::format("{} {} in {}", world::name(cell.fault),
                     world::kPhaseNames[static_cast<std::size_t>(cell.phase)],
                     kPoolCallNames[static_cast<std::size_t>(cell.call)]);
}

// What could have been seen and was not comes first: that is what to search on for.
std::string matrix_text(const scenario::Bounds& bounds, const Coverage& seen) {
  if (bounds.faults.none()) return "";
  constexpr std::size_t kMostNamed = 8;
  std::vector<std::string> missing;
  std::string idle;  // kinds
  std::size_t possible = 0;
  for (std::size_t i = 0; i < seen.matrix.size(); ++i) {
    const Cell cell = cell_at(i);
    if (!bounds.faults[static_cast<std::size_t>(cell.fault)] || !is_possible(cell)) continue;
    ++possible;
    if (seen.matrix[i] == 0) missing.push_back(text(cell));
  }
  for (std::size_t i = 0; i < world::kFaultKinds; ++i) {
    if (!bounds.faults[i] || seen.faults[i] > 0) continue;
    idle += fmt::format("{}{}", idle.empty() ? "" : ", ", world::kFaults[i].name);
  }
  std::string text;
  if (!idle.empty()) text += fmt::format("faults that were allowed and never struck: {}\n", idle);
  if (!missing.empty()) {
    const std::size_t named = std::min(missing.size(), kMostNamed);
    const std::size_t rest = missing.size() - named;
    missing.resize(named);
    text += fmt::format("never seen: {}{}\n", fmt::join(missing, "; "),
                        rest == 0 ? "" : fmt::format("; and {} more", rest));
    return text + fmt::format(
                      "seen: {} of {} places where a fault can strike (fault, state of its "
                      "connection, call of the pool)\n",
                      possible - named - rest, possible);
  }
  return text + fmt::format("seen: all {} places where a fault can strike\n", possible);
}

std::string broken_line(const Accused& accused, const SearchOptions& options,
                        const explore::Token& token, const std::vector<Violation>& violations,
                        std::string_view when) {
  return fmt::format("broken: {}{}; replay with: {}\n", model::id(violations.front().law), when,
                     replay_command(accused, options, token));
}

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

ordered_json coverage_json(const Coverage& seen) {
  ordered_json acquires = ordered_json::object();
  for (std::size_t i = 0; i < seen.acquires.size(); ++i) {
    acquires[std::string(name(static_cast<Outcome>(i)))] = seen.acquires[i];
  }
  ordered_json faults = ordered_json::object();
  for (std::size_t i = 0; i < world::kFaultKinds; ++i) {
    faults[std::string(world::kFaults[i].name)] = seen.faults[i];
  }
  return {{"distinct_schedules", seen.schedules.size()},
          {"steps", seen.steps},
          {"switches", seen.switches},
          {"connections", seen.connections},
          {"acquires", acquires},
          {"faults", faults},
          {"fault_matrix", matrix_json(seen.matrix)}};
}

}  // namespace

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
            coverage_text(options.bounds, result);
    // A search that was cut short has not looked everywhere.
    if (!result.finding) text += matrix_text(options.bounds, result.coverage);
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
      violations.push_back(
          {{"law", model::id(each.law)},
           {"token", explore::to_text(result.finding->token)},
           {"story", result.finding->story},
           {"evidence", each.evidence},
           {"schedule", result.finding->schedule},
           {"explanation", result.finding->explanation
                               ? ordered_json(nlohmann::json(*result.finding->explanation))
                               : ordered_json(nullptr)}});
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
                            {"coverage", coverage_json(result.coverage)}};
  // The accused may have said anything.
  return report.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace poolproof::check
