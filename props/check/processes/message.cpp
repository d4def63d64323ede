#include "props/check/processes/message.hpp"

#include <string>
#include <variant>

namespace poolproof::check {
namespace {

using nlohmann::json;

explore::Tape tape_in(const json& from) {
  explore::Tape tape;
  from.get_to(tape.streams);
  return tape;
}

json tapes_json(const std::vector<explore::Tape>& tapes) {
  json list = json::array();
  for (const explore::Tape& each : tapes) list.push_back(each.streams);
  return list;
}

std::vector<explore::Tape> tapes_in(const json& from) {
  std::vector<explore::Tape> tapes;
  for (const json& each : from) tapes.push_back(tape_in(each));
  return tapes;
}

std::optional<std::uint64_t> optional_number(const json& from) {
  if (from.is_null()) return std::nullopt;
  return from.get<std::uint64_t>();
}

json optional_json(const std::optional<std::uint64_t>& number) {
  return number ? json(*number) : json(nullptr);
}

json json_of(const Violation& violation) {
  return {violation.law, violation.at.time_since_epoch().count(), violation.evidence,
          violation.seen};
}

// The cells that are not 0, each with its place.
json sparse(const Matrix& matrix) {
  json cells = json::array();
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    if (matrix[i] > 0) cells.push_back({i, matrix[i]});
  }
  return cells;
}

json flat(const std::unordered_map<std::uint64_t, std::uint64_t>& counts) {
  json numbers = json::array();
  for (const auto& [each, count] : counts) {
    numbers.push_back(each);
    numbers.push_back(count);
  }
  return numbers;
}

Violation violation_in(const json& from) {
  return {from[0].get<model::LawId>(), Time(Duration(from[1].get<std::int64_t>())),
          from[2].get<std::string>(), from[3].get<std::size_t>()};
}

}  // namespace

void to_json(json& to, const Coverage& coverage) {
  to = {coverage.runs,          coverage.steps,    coverage.switches,       coverage.connections,
        coverage.acquires,      coverage.faults,   sparse(coverage.matrix), coverage.schedules,
        flat(coverage.classes), coverage.meetings, coverage.standings,      coverage.rare_paths};
}

void from_json(const json& from, Coverage& coverage) {
  from[0].get_to(coverage.runs);
  from[1].get_to(coverage.steps);
  from[2].get_to(coverage.switches);
  from[3].get_to(coverage.connections);
  from[4].get_to(coverage.acquires);
  from[5].get_to(coverage.faults);
  for (const json& each : from[6]) coverage.matrix[each[0].get<std::size_t>()] = each[1];
  from[7].get_to(coverage.schedules);
  for (std::size_t i = 0; i < from[8].size(); i += 2) coverage.classes[from[8][i]] = from[8][i + 1];
  from[9].get_to(coverage.meetings);
  from[10].get_to(coverage.standings);
  from[11].get_to(coverage.rare_paths);
}

void to_json(json& to, const Incident& incident) {
  to = {incident.verdict,      incident.schedule, incident.seed,
        incident.tape.streams, incident.law,      optional_json(incident.hash),
        incident.wounded,      incident.slow,     incident.detail,
        incident.stacks,       incident.strategy};
}

void from_json(const json& from, Incident& incident) {
  from[0].get_to(incident.verdict);
  from[1].get_to(incident.schedule);
  from[2].get_to(incident.seed);
  incident.tape = tape_in(from[3]);
  from[4].get_to(incident.law);
  incident.hash = optional_number(from[5]);
  from[6].get_to(incident.wounded);
  from[7].get_to(incident.slow);
  from[8].get_to(incident.detail);
  from[9].get_to(incident.stacks);
  from[10].get_to(incident.strategy);
}

void to_json(json& to, const Telling& telling) {
  json violations = json::array();
  for (const Violation& each : telling.violations) violations.push_back(json_of(each));
  to = {violations,
        telling.story,
        telling.tape.streams,
        optional_json(telling.hash),
        telling.fits,
        telling.unsupported,
        telling.last.time_since_epoch().count(),
        packed(telling.trace.steps),
        telling.trace.tasks,
        telling.explanation ? json(*telling.explanation) : json(nullptr),
        optional_json(telling.order)};
}

void from_json(const json& from, Telling& telling) {
  for (const json& each : from[0]) telling.violations.push_back(violation_in(each));
  from[1].get_to(telling.story);
  telling.tape = tape_in(from[2]);
  telling.hash = optional_number(from[3]);
  from[4].get_to(telling.fits);
  from[5].get_to(telling.unsupported);
  telling.last = Time(Duration(from[6].get<std::int64_t>()));
  telling.trace.steps = unpacked(from[7].get<std::string>()).value();
  from[8].get_to(telling.trace.tasks);
  if (!from[9].is_null()) telling.explanation = from[9].get<Explanation>();
  telling.order = optional_number(from[10]);
}

void to_json(json& to, const Played& played) {
  json lines = json::array();
  for (const explore::Line& each : played.script.lines) {
    lines.push_back({each.place.actor, each.place.part, each.kind});
  }
  json whims = json::array();
  for (const explore::Whim& each : played.script.whims) {
    whims.push_back(
        {each.place.actor, each.place.part, each.stream, each.rarity, each.value, each.nth});
  }
  const Size& size = played.size;
  to = {played.tape.streams,
        lines,
        whims,
        {size.loans, size.callers, size.faults, size.uses, size.preemptions, size.jumps,
         size.switches, size.deviations, size.numbers, size.length}};
}

void from_json(const json& from, Played& played) {
  played.tape = tape_in(from[0]);
  for (const json& each : from[1]) {
    played.script.lines.push_back({{each[0], each[1]}, each[2].get<world::OperationKind>()});
  }
  for (const json& each : from[2]) {
    played.script.whims.push_back(
        {{each[0], each[1]}, each[2].get<world::Stream>(), each[3], each[4], each[5]});
  }
  const json& size = from[3];
  played.size = {size[0], size[1], size[2], size[3], size[4],
                 size[5], size[6], size[7], size[8], size[9]};
}

json message_of(const explore::Harvest& harvest) {
  json tallies = json::array();
  for (const explore::Tally& each : harvest.tallies)
    tallies.push_back({each.schedules, each.fresh});
  return {tallies, harvest.features, tapes_json(harvest.tapes)};
}

explore::Harvest harvest_in(const json& from) {
  explore::Harvest harvest;
  for (std::size_t i = 0; i < explore::kStrategies; ++i) {
    harvest.tallies[i] = {from[0][i][0].get<std::uint64_t>(), from[0][i][1].get<std::uint64_t>()};
  }
  from[1].get_to(harvest.features);
  harvest.tapes = tapes_in(from[2]);
  return harvest;
}

json message_of(const explore::Guide& guide) {
  return {
      {"shares", guide.shares()}, {"known", guide.known()}, {"tapes", tapes_json(guide.tapes())}};
}

explore::Guide guide_in(const json& from) {
  return explore::Guide::of({from["shares"], from["known"], tapes_in(from["tapes"])});
}

json message_of(const Case& smallest) {
  return explore::to_text({.bounds = smallest.bounds, .tape = smallest.tape});
}

Case case_in(const json& from) {
  auto token = std::get<explore::Token>(explore::parse_token(from.get<std::string>()));
  return {token.bounds, std::move(token.tape)};
}

}  // namespace poolproof::check
