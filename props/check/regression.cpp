#include "props/check/regression.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "props/check/story_text.hpp"

namespace poolproof::check {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Of the form of the file. What a step in it means is told by the version of its token.
constexpr int kForm = 1;
constexpr const char* kFormKey = "poolproof_regression";
constexpr const char* kClassKey = "class";

// Thrown while a text is read, with what is wrong with it.
struct Damage {
  std::string what;
};

const json& member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) throw Damage{fmt::format("'{}' is missing", key)};
  return *found;
}

template <class Value>
Value value(const json& object, const char* key) {
  try {
    return member(object, key).get<Value>();
  } catch (const json::exception&) {
    throw Damage{fmt::format("'{}' is of the wrong kind", key)};
  }
}

model::LawId law_in(const std::string& name) {
  const auto law = model::law_named(name);
  if (!law) throw Damage{fmt::format("there is no law '{}'", name)};
  return *law;
}

world::CarrierKind carrier_in(const std::string& name) {
  for (const auto kind : {world::CarrierKind::fiber, world::CarrierKind::thread}) {
    if (name == world::name(kind)) return kind;
  }
  throw Damage{fmt::format("there is no carrier '{}'", name)};
}

explore::Token token_in(const std::string& text) {
  auto token = explore::parse_token(text);
  if (const auto* const why = std::get_if<std::string>(&token)) throw Damage{*why};
  return std::get<explore::Token>(std::move(token));
}

// Files of old have none.
std::optional<std::uint64_t> class_in(const json& object) {
  if (!object.contains(kClassKey)) return std::nullopt;
  const auto text = value<std::string>(object, kClassKey);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw Damage{fmt::format("'{}' is no number of 16 digits", kClassKey)};
  }
  return number;
}

Trace trace_in(const json& object) {
  auto steps = unpacked(value<std::string>(object, "steps"));
  if (!steps) throw Damage{"its trace is damaged"};
  return {*std::move(steps), value<std::vector<std::string>>(object, "tasks")};
}

Regression regression_in(const json& object) {
  if (!object.is_object() || !object.contains(kFormKey)) throw Damage{"it is no regression"};
  const int form = value<int>(object, kFormKey);
  if (form != kForm) {
    throw Damage{fmt::format("it is of form {}, and this poolproof reads form {}", form, kForm)};
  }
  Regression regression{.law = law_in(value<std::string>(object, "law")),
                        .pool = value<std::string>(object, "pool"),
                        .laws = {},
                        .carrier = carrier_in(value<std::string>(object, "carrier")),
                        .token = token_in(value<std::string>(object, "token")),
                        .seed = value<std::uint64_t>(member(object, "found"), "seed"),
                        .schedule = value<std::uint64_t>(member(object, "found"), "schedule"),
                        .version = value<std::string>(member(object, "found"), "version"),
                        .evidence = value<std::string>(object, "evidence"),
                        .story = value<std::string>(object, "story"),
                        .order = class_in(object),
                        .trace = trace_in(member(object, "trace"))};
  for (const auto& each : value<std::vector<std::string>>(object, "laws")) {
    regression.laws.insert(law_in(each));
  }
  return regression;
}

}  // namespace

Regression regression(const Accused& accused, const SearchOptions& search, const Finding& finding,
                      std::string version) {
  return {.law = finding.violations.front().law,
          .pool = accused.name(),
          .laws = search.laws,
          .carrier = search.carrier,
          .token = finding.token,
          .seed = search.seed,
          .schedule = finding.schedule,
          .version = std::move(version),
          .evidence = finding.violations.front().evidence,
          .story = to_text(finding.story),
          .order = finding.order,
          .trace = finding.token.run ? finding.trace : Trace{}};
}

std::string to_text(const Regression& regression) {
  std::vector<std::string_view> laws;
  for (const auto law : regression.laws) laws.push_back(model::id(law));
  ordered_json object{
      {kFormKey, kForm},
      {"law", model::id(regression.law)},
      {"pool", regression.pool},
      {"laws", laws},
      {"carrier", world::name(regression.carrier)},
      {"token", explore::to_text(regression.token)},
      {"found",
       {{"seed", regression.seed},
        {"schedule", regression.schedule},
        {"version", regression.version}}},
      {"evidence", regression.evidence},
      {"story", regression.story},
      {"trace", {{"tasks", regression.trace.tasks}, {"steps", packed(regression.trace.steps)}}}};
  if (regression.order) object[kClassKey] = fmt::format("{:016x}", *regression.order);
  // The accused may have said anything.
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

bool is_regression(std::string_view text) {
  return text.starts_with('{') && text.find(kFormKey) != std::string_view::npos;
}

std::variant<Regression, std::string> parse_regression(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded()) return "it is no JSON, or cut short";
  try {
    return regression_in(object);
  } catch (const Damage& damage) {
    return damage.what;
  }
}

bool duplicates(const Regression& one, const Regression& other) {
  if (one.law != other.law || one.pool != other.pool) return false;
  if (one.token.bounds == other.token.bounds && one.token.tape == other.token.tape) return true;
  if (one.order && one.order == other.order) return true;
  return !one.trace.steps.empty() && one.trace.steps == other.trace.steps;
}

}  // namespace poolproof::check
