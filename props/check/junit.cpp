#include "props/check/junit.hpp"

#include <fmt/format.h>
#include <tinyxml2.h>

#include <algorithm>

#include "props/check/report.hpp"

namespace poolproof::check {
namespace {

// What XML 1.0 cannot hold, however it is escaped, and what is no UTF-8 at all: the accused may
// have said anything.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return c > 126 || (c < ' ' && c != '\n' && c != '\t'); }, '?');
  return text;
}

class Writer {
 public:
  Writer(const Accused& accused, const SearchOptions& options, const SearchResult& result)
      : accused_(accused), options_(options), result_(result) {}

  std::string write() {
    const bool decided = result_.verdict == Verdict::held || result_.verdict == Verdict::broken;
    const std::size_t failures = result_.finding ? result_.finding->violations.size() : 0;
    xml_.PushHeader(false, true);
    xml_.OpenElement("testsuites");
    xml_.OpenElement("testsuite");
    attribute("name", "poolproof check: " + accused_.name());
    attribute("tests", fmt::to_string(options_.laws.size() + (decided ? 0 : 1)));
    attribute("failures", fmt::to_string(failures));
    attribute("errors", decided ? "0" : "1");
    attribute("time", fmt::format("{:.3f}", result_.seconds));
    properties();
    for (const model::LawId law : options_.laws) test(law);
    if (!decided) error();
    xml_.CloseElement();
    xml_.CloseElement();
    return xml_.CStr();
  }

 private:
  void attribute(const char* name, const std::string& value) {
    xml_.PushAttribute(name, printable(value).c_str());
  }

  void property(const char* name, const std::string& value) {
    xml_.OpenElement("property");
    attribute("name", name);
    attribute("value", value);
    xml_.CloseElement();
  }

  void properties() {
    xml_.OpenElement("properties");
    property("seed", fmt::to_string(options_.seed));
    property("schedules", fmt::to_string(result_.schedules));
    xml_.CloseElement();
  }

  void begin_test(const std::string& name) {
    xml_.OpenElement("testcase");
    attribute("classname", "poolproof." + accused_.name());
    attribute("name", name);
  }

  void test(model::LawId law) {
    begin_test(fmt::format("{}: {}", model::id(law), model::sentence(law)));
    if (result_.finding) {
      for (const Violation& each : result_.finding->violations) {
        if (each.law == law) failure(each);
      }
    }
    xml_.CloseElement();
  }

  void failure(const Violation& violation) {
    xml_.OpenElement("failure");
    attribute("type", std::string(model::id(violation.law)));
    attribute("message", violation.evidence);
    const std::string text = terminal_report(accused_, options_, *result_.finding);
    xml_.PushText(printable(text).c_str());
    xml_.CloseElement();
  }

  void error() {
    begin_test("the search comes to a verdict");
    xml_.OpenElement("error");
    attribute("message", result_.detail.empty()
                             ? fmt::format("undecided: ended after {} schedules", result_.schedules)
                             : result_.detail);
    xml_.CloseElement();
    xml_.CloseElement();
  }

  const Accused& accused_;
  const SearchOptions& options_;
  const SearchResult& result_;
  tinyxml2::XMLPrinter xml_;
};

}  // namespace

std::string junit_report(const Accused& accused, const SearchOptions& options,
                         const SearchResult& result) {
  return Writer(accused, options, result).write();
}

}  // namespace poolproof::check
