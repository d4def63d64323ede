// What values PostgreSQL 15 takes for its settings, and how it prints them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/values.hpp"

namespace poolproof::world::postgres {

struct SettingRule {
  enum class By : std::uint8_t { user, superuser, connection, reload, restart, fixed };
  enum class Kind : std::uint8_t { boolean, integer, real, choice, text };

  std::string_view name;
  By by;  // who may change it, and when
  Kind kind;
  std::string_view unit;   // of an integer: what it counts
  std::string_view value;  // the server's default
  std::int64_t least, most;
  std::string_view choices;  // with commas between them
};

// In any case; null, if PostgreSQL has no such setting.
const SettingRule* find_rule(std::string_view name);
std::vector<std::string> rule_names();

// Whether SET may give it that value, which becomes what is kept: a number in its unit, a choice in
// its spelling.
std::optional<Failure> check_setting(std::string_view name, std::string& value);
std::optional<Failure> check_reset(std::string_view name);

// As SHOW prints it.
std::string shown(const SettingRule* rule, const std::string& value);

}  // namespace poolproof::world::postgres
