#include "props/world/postgres/setting_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace poolproof::world::postgres {
namespace {

constexpr SettingRule kRules[] = {
// clang-format off
#define SETTING(name, by, kind, unit, value, least, most, choices) \
  {name, SettingRule::By::by, SettingRule::Kind::kind, unit, value, least, most, choices},
#include "props/world/postgres/settings.inc"
#undef SETTING
    // clang-format on
};

// Settings that the view does not list.
constexpr SettingRule kHidden[] = {
    {"is_superuser", SettingRule::By::fixed, SettingRule::Kind::boolean, "", "off", 0, 0, ""},
    {"role", SettingRule::By::user, SettingRule::Kind::text, "", "none", 0, 0, ""},
    {"session_authorization", SettingRule::By::user, SettingRule::Kind::text, "", "app", 0, 0, ""},
};

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  return lower;
}

struct Unit {
  std::string_view name;
  double size;  // in milliseconds, or in bytes
};
constexpr std::array<Unit, 6> kTimes{
    {{"us", 0.001}, {"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 6> kSizes{{{"B", 1},
                                      {"kB", 1024},
                                      {"8kB", 8192},
                                      {"MB", 1048576.0},
                                      {"GB", 1073741824.0},
                                      {"TB", 1099511627776.0}}};

const Unit* find_unit(std::string_view name, bool time) {
  const auto& units = time ? kTimes : kSizes;
  const auto* const found =
      std::find_if(units.begin(), units.end(), [&](const Unit& each) { return each.name == name; });
  return found == units.end() ? nullptr : found;
}

// A number with a unit, or without, in the setting's own.
std::optional<double> number_in(std::string_view unit, std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return std::nullopt;
  text.remove_prefix(first);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  while (rest.ends_with(' ')) rest.remove_suffix(1);
  if (rest.empty()) return number;
  const bool time = find_unit(unit, true) != nullptr;
  const Unit* const given = find_unit(rest, time);
  const Unit* const own = find_unit(unit, time);
  if (given == nullptr || own == nullptr) return std::nullopt;
  return number * given->size / own->size;
}

Failure invalid(std::string_view name, std::string_view value) {
  return {"22023", "invalid value for parameter \"" + std::string(name) + "\": \"" +
                       std::string(value) + "\""};
}

std::optional<Failure> check_number(const SettingRule& rule, std::string& value) {
  const auto number = number_in(rule.unit, value);
  if (!number) return invalid(rule.name, value);
  if (rule.kind == SettingRule::Kind::real) return std::nullopt;
  const double whole = std::rint(*number);
  if (whole < static_cast<double>(rule.least) || whole > static_cast<double>(rule.most)) {
    const std::string unit = rule.unit.empty() ? "" : " " + std::string(rule.unit);
    return Failure{"22023", std::to_string(static_cast<std::int64_t>(whole)) + unit +
                                " is outside the valid range for parameter \"" +
                                std::string(rule.name) + "\" (" + std::to_string(rule.least) +
                                " .. " + std::to_string(rule.most) + ")"};
  }
  value = std::to_string(static_cast<std::int64_t>(whole));
  return std::nullopt;
}

std::optional<Failure> check_choice(const SettingRule& rule, std::string& value) {
  const std::string given = in_lower_case(value);
  std::string_view rest = rule.choices;
  while (!rest.empty()) {
    const auto choice = rest.substr(0, rest.find(','));
    if (in_lower_case(choice) == given) {
      value = choice;
      return std::nullopt;
    }
    rest.remove_prefix(std::min(choice.size() + 1, rest.size()));
  }
  // Most switches with more than two positions take a boolean, too.
  const auto yes = to_boolean(given);
  const std::string_view choices = rule.choices;
  if (yes && choices.find(*yes ? "on" : "off") != std::string_view::npos) {
    value = *yes ? "on" : "off";
    return std::nullopt;
  }
  return invalid(rule.name, value);
}

// Encodings and zones that clients use, by their PostgreSQL names.
std::optional<Failure> check_encoding(const SettingRule& rule, std::string& value) {
  constexpr std::array<std::string_view, 12> kEncodings{"UTF8",   "SQL_ASCII", "LATIN1",  "LATIN2",
                                                        "LATIN9", "WIN1252",   "WIN1251", "EUC_JP",
                                                        "SJIS",   "BIG5",      "GB18030", "KOI8R"};
  std::string given;
  for (const char each : in_lower_case(value)) {
    if (std::isalnum(static_cast<unsigned char>(each)) != 0) given += each;
  }
  if (given == "unicode") given = "utf8";
  if (given == "iso88591") given = "latin1";
  for (const std::string_view each : kEncodings) {
    std::string plain = in_lower_case(each);
    std::erase(plain, '_');
    if (plain != given) continue;
    value = each;
    return std::nullopt;
  }
  return invalid(rule.name, value);
}

std::optional<Failure> check_zone(const SettingRule& rule, std::string& value) {
  constexpr std::array<std::string_view, 14> kAreas{
      "Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/",
      "Europe/", "Indian/",  "Pacific/",    "Etc/",    "US/",   "Canada/",   "posix/"};
  constexpr std::array<std::string_view, 8> kZones{"UTC", "GMT", "EST", "MST",
                                                   "HST", "CET", "EET", "Zulu"};
  const std::string given = in_lower_case(value);
  for (const std::string_view each : kZones) {
    if (in_lower_case(each) != given) continue;
    value = each;
    return std::nullopt;
  }
  for (const std::string_view each : kAreas) {
    if (given.starts_with(in_lower_case(each)) && given.size() > each.size()) return std::nullopt;
  }
  const auto hours = to_integer(value);
  if (!hours || *hours < -167 || *hours > 167) return invalid(rule.name, value);
  std::string east = std::to_string(std::abs(*hours));
  if (east.size() < 2) east.insert(east.begin(), '0');
  const std::string here = *hours < 0 ? "-" : "+", there = *hours < 0 ? "+" : "-";
  value = "<" + here + east + ">" + there + east;
  return std::nullopt;
}

// A style of output, an order of the parts of a date, or both.
std::optional<Failure> check_date_style(const SettingRule& rule, std::string& value) {
  std::string style = "ISO", order = "MDY";
  std::string_view rest = value;
  while (!rest.empty()) {
    auto word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    const std::string lower = in_lower_case(word);
    if (lower == "iso") {
      style = "ISO";
    } else if (lower == "sql") {
      style = "SQL";
    } else if (lower == "german") {
      style = "German";
      order = "DMY";
    } else if (lower.starts_with("postgres")) {
      style = "Postgres";
    } else if (lower == "ymd") {
      order = "YMD";
    } else if (lower == "dmy" || lower.starts_with("euro")) {
      order = "DMY";
    } else if (lower == "mdy" || lower == "us" || lower.starts_with("noneuro")) {
      order = "MDY";
    } else if (lower != "default") {
      return invalid(rule.name, value);
    }
  }
  value = style + ", " + order;
  return std::nullopt;
}

std::optional<Failure> check_text(const SettingRule& rule, std::string& value) {
  if (rule.name == "client_encoding") return check_encoding(rule, value);
  if (rule.name == "TimeZone") return check_zone(rule, value);
  if (rule.name == "DateStyle") return check_date_style(rule, value);
  if (rule.name == "application_name") {
    value.resize(std::min<std::size_t>(value.size(), 63));
    for (char& each : value) {
      if (each < ' ' || each > '~') each = '?';
    }
  }
  return std::nullopt;
}

std::optional<Failure> check_right(const SettingRule& rule) {
  using By = SettingRule::By;
  const std::string parameter = "parameter \"" + std::string(rule.name) + "\"";
  switch (rule.by) {
    case By::user: return std::nullopt;
    case By::superuser: return Failure{"42501", "permission denied to set " + parameter};
    case By::connection:
      return Failure{"55P02", parameter + " cannot be set after connection start"};
    case By::reload: return Failure{"55P02", parameter + " cannot be changed now"};
    case By::restart:
      return Failure{"55P02", parameter + " cannot be changed without restarting the server"};
    case By::fixed: return Failure{"55P02", parameter + " cannot be changed"};
  }
  return std::nullopt;
}

Failure unknown(std::string_view name) {
  return {"42704", "unrecognized configuration parameter \"" + std::string(name) + "\""};
}

bool is_custom(std::string_view name) { return name.find('.') != std::string_view::npos; }

}  // namespace

const SettingRule* find_rule(std::string_view name) {
  static_assert(std::size(kRules) > 300);
  const std::string lower = in_lower_case(name);
  const auto* const found = std::lower_bound(
      std::begin(kRules), std::end(kRules), lower,
      [](const SettingRule& each, const std::string& of) { return in_lower_case(each.name) < of; });
  if (found != std::end(kRules) && in_lower_case(found->name) == lower) return found;
  const auto* const hidden =
      std::find_if(std::begin(kHidden), std::end(kHidden),
                   [&](const SettingRule& each) { return each.name == lower; });
  return hidden == std::end(kHidden) ? nullptr : hidden;
}

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const SettingRule& each : kRules) names.emplace_back(each.name);
  return names;
}

std::optional<Failure> check_setting(std::string_view name, std::string& value) {
  const SettingRule* const rule = find_rule(name);
  if (rule == nullptr) return is_custom(name) ? std::nullopt : std::optional(unknown(name));
  if (auto failure = check_right(*rule)) return failure;
  switch (rule->kind) {
    case SettingRule::Kind::boolean: {
      const auto yes = to_boolean(value);
      if (!yes) {
        return Failure{"22023",
                       "parameter \"" + std::string(rule->name) + "\" requires a Boolean value"};
      }
      value = *yes ? "on" : "off";
      return std::nullopt;
    }
    case SettingRule::Kind::integer:
    case SettingRule::Kind::real: return check_number(*rule, value);
    case SettingRule::Kind::choice: return check_choice(*rule, value);
    case SettingRule::Kind::text: return check_text(*rule, value);
  }
  return std::nullopt;
}

std::optional<Failure> check_reset(std::string_view name) {
  const SettingRule* const rule = find_rule(name);
  if (rule == nullptr) return is_custom(name) ? std::nullopt : std::optional(unknown(name));
  return check_right(*rule);
}

// In the largest unit that leaves it whole.
std::string shown(const SettingRule* rule, const std::string& value) {
  if (rule == nullptr || rule->kind != SettingRule::Kind::integer || rule->unit.empty()) {
    return value;
  }
  const auto number = to_integer(value).value_or(0);
  if (number <= 0) return value;
  const bool time = find_unit(rule->unit, true) != nullptr;
  const Unit* const own = find_unit(rule->unit, time);
  if (own == nullptr) return value;
  const auto& units = time ? kTimes : kSizes;
  const double whole = static_cast<double>(number) * own->size;
  for (auto each = units.rbegin(); each != units.rend(); ++each) {
    if (each->name == "8kB" || std::fmod(whole, each->size) != 0) continue;
    return std::to_string(static_cast<std::int64_t>(whole / each->size)) + std::string(each->name);
  }
  return value;
}

}  // namespace poolproof::world::postgres
