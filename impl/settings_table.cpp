// What each setting is called, what it may be, and which option it sets.
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include "impl/settings.hpp"

namespace poolproof::settings {
namespace {

using std::chrono::nanoseconds;
using Seconds = std::chrono::duration<double>;

// Further than that a count of nanoseconds overflows.
constexpr double kMostSeconds = 9.2e9;

struct Setting {
  const char* name;
  const char* in_url;
  // Sets it; else says what is asked for.
  const char* (*set)(PoolOptions&, const Value&);
};

// ---- what a value may be ----

std::optional<long long> whole_number(const Value& value) {
  if (const auto* number = std::get_if<long long>(&value)) return *number;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  long long number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<double> seconds(const Value& value) {
  if (const auto number = whole_number(value)) return static_cast<double>(*number);
  double number = 0;
  if (const auto* given = std::get_if<double>(&value)) {
    number = *given;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc() || rest != end) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<bool> truth(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  for (const char* yes : {"true", "True", "1", "yes", "on"}) {
    if (*text == yes) return true;
  }
  for (const char* no : {"false", "False", "0", "no", "off"}) {
    if (*text == no) return false;
  }
  return std::nullopt;
}

bool is_none(const Value& value) {
  if (std::holds_alternative<Null>(value)) return true;
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && (*text == "none" || *text == "None" || *text == "null");
}

// ---- how it is set ----

template <int PoolOptions::*member, int least>
const char* set_count(PoolOptions& options, const Value& value) {
  const auto number = whole_number(value);
  if (!number || *number < least || *number > std::numeric_limits<int>::max()) {
    return least == -1 ? "a whole number from 0 on, or -1 for no limit"
                       : "a whole number from 0 on";
  }
  options.*member = static_cast<int>(*number);
  return nullptr;
}

template <nanoseconds PoolOptions::*member>
const char* set_time(PoolOptions& options, const Value& value) {
  const auto given = seconds(value);
  if (!given || *given < 0 || *given > kMostSeconds) return "a number of seconds from 0 on";
  options.*member = std::chrono::round<nanoseconds>(Seconds(*given));
  return nullptr;
}

// -1 is SQLAlchemy's word for never; its timeout knows only None.
template <std::optional<nanoseconds> PoolOptions::*member, bool minus_one_is_never>
const char* set_limit(PoolOptions& options, const Value& value) {
  const auto given = seconds(value);
  if (is_none(value) || (minus_one_is_never && given == -1)) {
    options.*member = std::nullopt;
    return nullptr;
  }
  if (!given || *given < 0 || *given > kMostSeconds) {
    return minus_one_is_never ? "a number of seconds from 0 on, or -1 for never"
                              : "a number of seconds from 0 on, or none (null) for no limit";
  }
  options.*member = std::chrono::round<nanoseconds>(Seconds(*given));
  return nullptr;
}

template <bool PoolOptions::*member>
const char* set_flag(PoolOptions& options, const Value& value) {
  const auto flag = truth(value);
  if (!flag) return "true or false";
  options.*member = *flag;
  return nullptr;
}

const char* set_reset(PoolOptions& options, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto flag = truth(value);
  if (is_none(value) || flag == false) {
    options.reset_on_return = ResetOnReturn::none;
  } else if (flag == true || (text != nullptr && *text == "rollback")) {
    options.reset_on_return = ResetOnReturn::rollback;
  } else if (text != nullptr && *text == "commit") {
    options.reset_on_return = ResetOnReturn::commit;
  } else if (text != nullptr && *text == "discard") {
    options.reset_on_return = ResetOnReturn::discard;
  } else {
    return "rollback, commit, discard or none";
  }
  return nullptr;
}

const char* set_nothing(PoolOptions&, const Value&) { return nullptr; }

constexpr std::array<Setting, 15> kSettings{{
    {"pool_size", "pool_size", set_count<&PoolOptions::pool_size, 0>},
    {"max_overflow", "max_overflow", set_count<&PoolOptions::max_overflow, -1>},
    {"timeout", "pool_timeout", set_limit<&PoolOptions::timeout, false>},
    {"recycle", "pool_recycle", set_limit<&PoolOptions::recycle, true>},
    {"pre_ping", "pool_pre_ping", set_flag<&PoolOptions::pre_ping>},
    {"use_lifo", "pool_use_lifo", set_flag<&PoolOptions::use_lifo>},
    {"reset_on_return", "pool_reset_on_return", set_reset},
    {"patience", "pool_patience", set_time<&PoolOptions::patience>},
    {"recycle_jitter", "pool_recycle_jitter", set_time<&PoolOptions::recycle_jitter>},
    {"min_idle", "pool_min_idle", set_count<&PoolOptions::min_idle, 0>},
    {"idle_timeout", "pool_idle_timeout", set_limit<&PoolOptions::idle_timeout, true>},
    {"connect_backoff", "pool_connect_backoff", set_time<&PoolOptions::connect_backoff>},
    {"track_leases", "pool_track_leases", set_flag<&PoolOptions::track_leases>},
    {"echo", "echo_pool", set_nothing},
    {"logging_name", "pool_logging_name", set_nothing},
}};

std::string joined(const char* Setting::*name) {
  std::string all;
  for (const Setting& each : kSettings) all += (all.empty() ? "" : ", ") + std::string(each.*name);
  return all;
}

std::string shown(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<long long>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return "'" + *text + "'";
  return "null";
}

}  // namespace

const char* setting_in_url(std::string_view name) {
  for (const Setting& each : kSettings) {
    if (name == each.in_url) return each.name;
  }
  return nullptr;
}

bool is_setting(std::string_view name) {
  for (const Setting& each : kSettings) {
    if (name == each.name) return true;
  }
  return false;
}

std::string names_in_url() { return joined(&Setting::in_url); }
std::string names_in_json() { return joined(&Setting::name); }

Complaint set(PoolOptions& options, std::string_view name, const Found& found, bool may_quote) {
  for (const Setting& each : kSettings) {
    if (name != each.name) continue;
    const char* const wanted = each.set(options, found.value);
    if (wanted == nullptr) return std::nullopt;
    return found.called + ": " + (may_quote ? shown(found.value) : "it") + " is not " + wanted;
  }
  return std::nullopt;
}

}  // namespace poolproof::settings
