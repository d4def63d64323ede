#include "props/world/postgres/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "props/world/postgres/setting_rules.hpp"

namespace poolproof::world::postgres {
namespace {

using Setting = Settings::Setting;

std::vector<Setting>::iterator place(std::vector<Setting>& in, std::string_view name) {
  return std::lower_bound(in.begin(), in.end(), name, [](const Setting& each, std::string_view of) {
    return std::string_view(each.name) < of;
  });
}

// No value: the server's default.
void put(std::vector<Setting>& in, const std::string& name, std::optional<std::string> value) {
  const auto found = place(in, name);
  const bool there = found != in.end() && found->name == name;
  if (!value) {
    if (there) in.erase(found);
  } else if (there) {
    found->value = std::move(*value);
  } else {
    in.insert(found, {name, std::move(*value)});
  }
}

// What no ROLLBACK takes back and no RESET ALL touches.
bool belongs_to_transaction(std::string_view name) { return name.starts_with("transaction_"); }

// By name and rule: asked for at the end of each query.
struct Reported {
  std::string name;
  const SettingRule& rule;
};

const std::vector<Reported>& reported() {
  static const std::vector<Reported> all = [] {
    std::vector<Reported> found;
    for (const std::string& name : Settings::reported_names()) {
      found.push_back({name, *find_rule(name)});
    }
    return found;
  }();
  return all;
}

}  // namespace

const std::vector<std::string>& Settings::reported_names() {
  static const std::vector<std::string> names{"application_name",
                                              "client_encoding",
                                              "DateStyle",
                                              "default_transaction_read_only",
                                              "in_hot_standby",
                                              "integer_datetimes",
                                              "IntervalStyle",
                                              "is_superuser",
                                              "server_encoding",
                                              "server_version",
                                              "session_authorization",
                                              "standard_conforming_strings",
                                              "TimeZone"};
  return names;
}

std::string Settings::canonical(std::string_view name) {
  const SettingRule* const rule = find_rule(name);
  return rule == nullptr ? std::string(name) : std::string(rule->name);
}

std::vector<std::string> Settings::names() { return rule_names(); }

const std::string* Settings::find(const std::vector<Setting>& in, std::string_view name) const {
  const auto found =
      std::find_if(in.begin(), in.end(), [&](const Setting& each) { return each.name == name; });
  return found == in.end() ? nullptr : &found->value;
}

std::string Settings::value_of(std::string_view name) const {
  if (const std::string* const value = find(now_, name)) return *value;
  const SettingRule* const rule = find_rule(name);
  return rule == nullptr ? std::string() : std::string(rule->value);
}

std::optional<Failure> Settings::begin_with(std::string_view name, std::string_view value) {
  if (auto failure = set(name, value, Scope::session)) return failure;
  at_first_ = now_;
  altered_ = false;
  return std::nullopt;
}

void Settings::force(std::string_view name, std::string_view value) {
  for (auto* const each : {&at_first_, &now_, &later_})
    put(*each, std::string(name), std::string(value));
  changed();
}

std::optional<Failure> Settings::set(std::string_view name, std::string_view value, Scope scope) {
  std::string checked(value);
  if (auto failure = check_setting(name, checked)) return failure;
  const SettingRule* const rule = find_rule(name);
  const std::string known = canonical(name);
  const bool plain = rule != nullptr && rule->value == checked;
  const auto kept = plain ? std::nullopt : std::optional(std::move(checked));
  put(now_, known, kept);
  if (scope == Scope::session && !belongs_to_transaction(known)) put(later_, known, kept);
  changed();
  return std::nullopt;
}

std::optional<Failure> Settings::reset(std::string_view name, Scope scope) {
  if (auto failure = check_reset(name)) return failure;
  const std::string known = canonical(name);
  const std::string* const first = find(at_first_, known);
  const auto value = first == nullptr ? std::nullopt : std::optional(*first);
  put(now_, known, value);
  if (scope == Scope::session) put(later_, known, value);
  changed();
  return std::nullopt;
}

void Settings::reset_all() {
  const auto local = now_;
  now_ = later_ = at_first_;
  for (const Setting& each : local) {
    if (belongs_to_transaction(each.name)) put(now_, each.name, each.value);
  }
  changed();
}

std::optional<Failure> Settings::show(std::string_view name, std::string& value) const {
  const std::string known = canonical(name);
  const SettingRule* const rule = find_rule(known);
  const std::string* given = find(now_, known);
  if (given == nullptr && belongs_to_transaction(known)) given = find(now_, "default_" + known);
  if (rule == nullptr && given == nullptr) {
    return Failure{"42704", "unrecognized configuration parameter \"" + std::string(name) + "\""};
  }
  value = shown(rule, given != nullptr ? *given : std::string(rule->value));
  return std::nullopt;
}

void Settings::restore(const Snapshot& snapshot) {
  now_ = snapshot.now;
  later_ = snapshot.later;
  changed();
}

void Settings::commit() {
  now_ = later_;
  changed();
}

void Settings::changed() {
  unreported_ = true;
  const auto is_local = [this](const Setting& each) {
    const std::string* const later = find(later_, each.name);
    return !belongs_to_transaction(each.name) && (later == nullptr || *later != each.value);
  };
  altered_ = later_ != at_first_ || std::any_of(now_.begin(), now_.end(), is_local);
  statement_timeout_ = duration_of("statement_timeout");
  lock_timeout_ = duration_of("lock_timeout");
  idle_in_transaction_ = duration_of("idle_in_transaction_session_timeout");
  idle_ = duration_of("idle_session_timeout");
  read_only_ = value_of("default_transaction_read_only") == "on";
}

Duration Settings::duration_of(std::string_view name) const {
  const std::string* const value = find(now_, name);
  return value == nullptr ? Duration{} : std::chrono::milliseconds(to_integer(*value).value_or(0));
}

void Settings::told() {
  report_to([](const std::string&, const std::string&) {});
  unreported_ = false;
}

void Settings::report_to(const std::function<void(const std::string&, const std::string&)>& tell) {
  for (const auto& [name, rule] : reported()) {
    const std::string* const now = find(now_, name);
    const std::string* const told = find(told_, name);
    const std::string_view value = now == nullptr ? rule.value : std::string_view(*now);
    if (value == (told == nullptr ? rule.value : std::string_view(*told))) continue;
    put(told_, name, std::string(value));
    tell(name, std::string(value));
  }
}

}  // namespace poolproof::world::postgres
