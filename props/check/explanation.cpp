#include "props/check/explanation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace poolproof::check {
namespace {

std::string counted(std::size_t number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : one.ends_with("ch") ? "es" : "s");
}

}  // namespace

void to_json(nlohmann::json& json, const Explanation& from) {
  json = {{"callers", from.callers},
          {"loans", from.loans},
          {"operations", from.operations()},
          {"acquires", from.acquires},
          {"queries", from.queries},
          {"releases", from.releases},
          {"preemptions", from.preemptions},
          {"switches", from.switches},
          {"jumps", from.jumps},
          {"faults", from.faults},
          {"tried", from.tried},
          {"kept", from.kept},
          {"matters", from.matters},
          {"indifferent", from.indifferent},
          {"critical", nullptr}};
  if (!from.critical) return;
  json["critical"] = {{"step", from.critical->step},
                      {"at", from.critical->at.time_since_epoch().count()},
                      {"who", from.critical->who},
                      {"operation", from.critical->operation},
                      {"instead", from.critical->instead}};
}

void from_json(const nlohmann::json& json, Explanation& to) {
  json.at("callers").get_to(to.callers);
  json.at("loans").get_to(to.loans);
  json.at("acquires").get_to(to.acquires);
  json.at("queries").get_to(to.queries);
  json.at("releases").get_to(to.releases);
  json.at("preemptions").get_to(to.preemptions);
  json.at("switches").get_to(to.switches);
  json.at("jumps").get_to(to.jumps);
  json.at("faults").get_to(to.faults);
  json.at("tried").get_to(to.tried);
  json.at("kept").get_to(to.kept);
  json.at("matters").get_to(to.matters);
  json.at("indifferent").get_to(to.indifferent);
  const nlohmann::json& critical = json.at("critical");
  if (critical.is_null()) return;
  to.critical = {.step = critical.at("step"),
                 .at = Time(Duration(critical.at("at").get<std::int64_t>())),
                 .who = critical.at("who"),
                 .operation = critical.at("operation"),
                 .instead = critical.at("instead")};
}

std::string to_text(const Explanation& explanation) {
  std::string text = fmt::format(
      "made small: {}, {}, {}, {}, {}\n", counted(explanation.callers, "caller"),
      counted(explanation.operations(), "operation"), counted(explanation.faults, "fault"),
      counted(explanation.preemptions, "preemption"), counted(explanation.switches, "switch"));
  if (const auto& critical = explanation.critical) {
    text += fmt::format("critical: step {}, {}'s {} at {}: {} it breaks the law; kept if {}\n",
                        critical->step, critical->who, critical->operation,
                        model::to_string(critical->at.time_since_epoch()),
                        explanation.tried == 0
                            ? std::string("from there on")
                            : fmt::format("in each of {} other continuations tried from there on",
                                          explanation.tried),
                        critical->instead);
  } else {
    text +=
        explanation.tried == 0
            ? "critical: none; there was nothing else to choose\n"
            : fmt::format("critical: none; the law is broken in each of {} other schedules tried\n",
                          explanation.tried);
  }
  if (!explanation.matters.empty()) {
    text += fmt::format("what matters: {}\n", fmt::join(explanation.matters, "; "));
  }
  if (!explanation.indifferent.empty()) {
    text += fmt::format("what does not: {}\n", fmt::join(explanation.indifferent, "; "));
  }
  return text;
}

}  // namespace poolproof::check
