#include <nlohmann/json.hpp>

#include <set>

#include "impl/settings.hpp"

namespace poolproof::settings {
namespace {

using nlohmann::json;

// nullopt: a list or an object, which no setting is.
std::optional<Value> value_of(const json& given) {
  if (given.is_null()) return Null{};
  if (given.is_boolean()) return given.get<bool>();
  if (given.is_number_unsigned() && given.get<std::uint64_t>() > INT64_MAX) {
    return given.get<double>();
  }
  if (given.is_number_integer()) return given.get<long long>();
  if (given.is_number_float()) return given.get<double>();
  if (given.is_string()) return given.get<std::string>();
  return std::nullopt;
}

// A number in quotes is a mistake here, though a URL has nothing else.
bool is_number_in_quotes(std::string_view name, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && name != "reset_on_return" && name != "echo" && name != "logging_name";
}

}  // namespace

Complaint read_json(std::string_view text, FoundSettings& found) {
  // What is given twice would be lost in silence.
  std::set<std::string> seen;
  std::optional<std::string> twice;
  const auto notice = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) {
      if (!seen.insert(parsed.get<std::string>()).second) twice = parsed.get<std::string>();
    }
    return true;
  };
  json settings;
  try {
    settings = json::parse(text, notice);
  } catch (const json::parse_error& error) {
    return "it is no JSON from byte " + std::to_string(error.byte) +
           " on; write {\"pool_size\": 5}, with double quotes";
  } catch (const json::exception&) {
    return "there is a number in it that is too large";
  }
  if (!settings.is_object()) return "it is no JSON object; write {\"pool_size\": 5}";
  if (twice) return *twice + ": it is given twice";
  for (const auto& [name, given] : settings.items()) {
    if (name == "events") {
      return "events: code cannot be written in JSON; give PoolOptions::hooks to the pool";
    }
    if (!is_setting(name)) {
      return name + ": no such setting of a pool; they are " + names_in_json();
    }
    auto value = value_of(given);
    if (!value) return name + ": it is a list or an object; write a single value";
    if (is_number_in_quotes(name, *value)) {
      return name + ": it is a string; write the value without quotes";
    }
    found.try_emplace(name, Found{name, *std::move(value)});
  }
  return std::nullopt;
}

}  // namespace poolproof::settings
