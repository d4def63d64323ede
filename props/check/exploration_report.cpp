#include "props/check/exploration_report.hpp"

#include <fmt/format.h>
#include <tinyxml2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "props/check/report.hpp"
#include "props/check/story_text.hpp"

namespace poolproof::check {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kRefines = "each step is one that the model allows";

std::vector<std::string> ids(const Laws& laws) {
  std::vector<std::string> ids;
  for (const model::LawId law : laws) ids.emplace_back(model::id(law));
  return ids;
}

ordered_json unexplained_json(const Unexplained& found) {
  return {{"event", found.disallowed.event},
          {"at_ns", found.disallowed.at.time_since_epoch().count()},
          {"allowed", found.disallowed.allowed},
          {"states", found.disallowed.states},
          {"token", explore::to_text(found.token)},
          {"story", to_text(found.story)}};
}

std::string why_undecided(const Exploration& found) {
  return found.detail.empty()
             ? fmt::format("incomplete (bound): ended after {} executions", found.executions)
             : found.detail;
}

class Writer {
 public:
  Writer(const Accused& accused, const ExplorationOptions& options, const Exploration& found)
      : accused_(accused), options_(options), found_(found) {}

  std::string write() {
    const bool decided = found_.verdict == Verdict::held || found_.verdict == Verdict::broken;
    const std::size_t tests = options_.laws.size() + (options_.refines ? 1 : 0) + (decided ? 0 : 1);
    const std::size_t failures =
        (found_.finding ? found_.finding->violations.size() : 0) + (found_.unexplained ? 1 : 0);
    xml_.PushHeader(false, true);
    xml_.OpenElement("testsuites");
    xml_.OpenElement("testsuite");
    attribute("name", "poolproof explore: " + accused_.name());
    attribute("tests", fmt::to_string(tests));
    attribute("failures", fmt::to_string(failures));
    attribute("errors", decided ? "0" : "1");
    attribute("time", fmt::format("{:.3f}", found_.seconds));
    properties();
    for (const model::LawId law : options_.laws) test(law);
    if (options_.refines) test_refinement();
    if (!decided) error();
    xml_.CloseElement();
    xml_.CloseElement();
    return xml_.CStr();
  }

 private:
  // What XML cannot hold is the accused's own: it may have said anything.
  void attribute(const char* name, std::string value) {
    xml_.PushAttribute(name, printable(std::move(value)).c_str());
  }
  static std::string printable(std::string text) {
    std::replace_if(
        text.begin(), text.end(),
        [](unsigned char c) { return c > 126 || (c < ' ' && c != '\n' && c != '\t'); }, '?');
    return text;
  }

  void property(const char* name, const std::string& value) {
    xml_.OpenElement("property");
    attribute("name", name);
    attribute("value", value);
    xml_.CloseElement();
  }

  void properties() {
    xml_.OpenElement("properties");
    property("scenario", summary(options_, found_.scenario));
    property("classes", fmt::to_string(found_.classes.size()));
    property("executions", fmt::to_string(found_.executions));
    property("classes_digest", fmt::format("{:016x}", found_.digest()));
    xml_.CloseElement();
  }

  void begin_test(const std::string& name) {
    xml_.OpenElement("testcase");
    attribute("classname", "poolproof." + accused_.name());
    attribute("name", name);
  }

  void test(model::LawId law) {
    begin_test(fmt::format("{}: {}", model::id(law), model::sentence(law)));
    if (found_.finding) {
      for (const Violation& each : found_.finding->violations) {
        if (each.law != law) continue;
        failure(std::string(model::id(law)), each.evidence,
                terminal_report(accused_, search_options(options_), *found_.finding));
      }
    }
    xml_.CloseElement();
  }

  void test_refinement() {
    begin_test(std::string(kRefines));
    if (found_.unexplained) {
      failure("MODEL", found_.unexplained->disallowed.event,
              terminal_report(accused_, *found_.unexplained));
    }
    xml_.CloseElement();
  }

  void failure(const std::string& type, const std::string& message, const std::string& text) {
    xml_.OpenElement("failure");
    attribute("type", type);
    attribute("message", message);
    xml_.PushText(printable(text).c_str());
    xml_.CloseElement();
  }

  void error() {
    begin_test("the exploration is complete");
    xml_.OpenElement("error");
    attribute("message", why_undecided(found_));
    xml_.CloseElement();
    xml_.CloseElement();
  }

  const Accused& accused_;
  const ExplorationOptions& options_;
  const Exploration& found_;
  tinyxml2::XMLPrinter xml_;
};

}  // namespace

std::string json_report(const Accused& accused, const ExplorationOptions& options,
                        const Exploration& found) {
  const bool held = found.verdict == Verdict::held;
  const double seconds = std::max(found.seconds, 1e-9);
  const ordered_json report{
      {"verdict", name(found.verdict)},
      {"complete", held && !found.approximate},
      {"pool", accused.name()},
      {"scenario", summary(options, found.scenario)},
      {"laws", ids(options.laws)},
      {"refines", options.refines},
      {"classes", found.classes.size()},
      {"classes_estimated",
       found.estimated ? ordered_json(found.estimated->classes) : ordered_json(nullptr)},
      {"preemptions",
       options.most_preemptions ? ordered_json(found.rounds.preemptions) : ordered_json(nullptr)},
      {"executions", found.executions},
      {"cut_short", found.redundant},
      {"steps", found.steps},
      {"violations", found.finding
                         ? violations_json(accused, search_options(options), *found.finding)
                         : ordered_json::array()},
      {"unexplained",
       found.unexplained ? unexplained_json(*found.unexplained) : ordered_json(nullptr)},
      {"detail", found.verdict == Verdict::undecided ? why_undecided(found) : found.detail},
      {"certificate", held ? ordered_json::parse(to_json(certificate(accused, options, found)))
                           : ordered_json(nullptr)},
      {"seconds", found.seconds},
      {"classes_per_second", static_cast<double>(found.classes.size()) / seconds}};
  // The accused may have said anything.
  return report.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string junit_report(const Accused& accused, const ExplorationOptions& options,
                         const Exploration& found) {
  return Writer(accused, options, found).write();
}

std::string terminal_report(const Accused& accused, const Unexplained& found) {
  return fmt::format(
      "\n{}\n{}\nbroken: the model does not explain {}; replay with: poolproof replay {}{}\n",
      to_string(found.disallowed), to_text(found.story), found.disallowed.event,
      explore::to_text(found.token), accused.file().empty() ? "" : " --pool " + accused.file());
}

}  // namespace poolproof::check
