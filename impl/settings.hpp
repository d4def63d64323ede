// What settings.cpp is made of: one table of settings, a reader for each place in which they may
// stand, and a setter that knows what each may be.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <poolproof/options.hpp>

namespace poolproof::settings {

// What stands there. A URL has only texts.
struct Null {
  bool operator==(const Null&) const = default;
};
using Value = std::variant<Null, bool, long long, double, std::string>;

// By their names in the JSON, each with what it is called where it was found.
struct Found {
  std::string called;
  Value value;
};
using FoundSettings = std::map<std::string, Found, std::less<>>;

// What is wrong, in words; nullopt: nothing is.
using Complaint = std::optional<std::string>;

// The JSON's name of what a URL calls like that; nullptr: it is none of the pool's settings.
const char* setting_in_url(std::string_view name);

// Whether the JSON may have it.
bool is_setting(std::string_view name);

// "pool_size, max_overflow, ...", as they are called there.
std::string names_in_url();
std::string names_in_json();

// Sets it in `options`. `may_quote`: whether the complaint may show the value. Requires that it is
// a setting.
Complaint set(PoolOptions& options, std::string_view name, const Found& found, bool may_quote);

// Takes the pool's settings out of a URL; the rest is libpq's, and becomes `conninfo`.
Complaint read_url(std::string_view url, FoundSettings& found, std::string& conninfo);

// Whether a complaint may show what stands in the query of that URL: not if it may be a part of a
// password that was written without percent-encoding.
bool may_quote(std::string_view url);

Complaint read_json(std::string_view json, FoundSettings& found);

}  // namespace poolproof::settings
