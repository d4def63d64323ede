#include <poolproof/settings.hpp>

#include <cstdlib>
#include <utility>

#include "impl/settings.hpp"

namespace poolproof {
namespace {

using settings::Complaint;
using settings::FoundSettings;

constexpr const char* kUrl = "DATABASE_URL";
constexpr const char* kClass = "DATABASE_POOL_CLASS";
constexpr const char* kArgs = "DATABASE_POOL_ARGS";
constexpr std::chrono::nanoseconds kRecycleOfDjango = std::chrono::seconds(300);

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): as promised
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

// Control characters would make two lines of one.
Unexpected<std::string> wrong(const char* where, std::string what) {
  for (char& c : what) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return Unexpected(std::string(where) + ": " + what);
}

Complaint set_all(PoolOptions& options, const FoundSettings& found, bool may_quote) {
  for (const auto& [name, each] : found) {
    if (auto complaint = settings::set(options, name, each, may_quote)) return complaint;
  }
  return std::nullopt;
}

// Whether both give the same: what is set in one is as good as what is set in the other.
bool agree(const settings::Found& one, const settings::Found& other, std::string_view name) {
  PoolOptions a;
  PoolOptions b;
  (void)settings::set(a, name, one, false);
  (void)settings::set(b, name, other, false);
  return a.pool_size == b.pool_size && a.max_overflow == b.max_overflow && a.timeout == b.timeout &&
         a.recycle == b.recycle && a.pre_ping == b.pre_ping && a.use_lifo == b.use_lifo &&
         a.reset_on_return == b.reset_on_return && a.patience == b.patience &&
         a.recycle_jitter == b.recycle_jitter && a.min_idle == b.min_idle &&
         a.idle_timeout == b.idle_timeout && a.connect_backoff == b.connect_backoff &&
         a.track_leases == b.track_leases;
}

}  // namespace

SettingsText settings_of_environment() {
  return {variable(kUrl), variable(kClass), variable(kArgs)};
}

Result<PoolOptions, std::string> read_settings(const SettingsText& text) {
  PoolOptions options;
  FoundSettings in_url;
  FoundSettings in_args;
  if (text.database_url) {
    if (auto complaint = settings::read_url(*text.database_url, in_url, options.conninfo)) {
      return wrong(kUrl, *std::move(complaint));
    }
    if (auto complaint = set_all(options, in_url, settings::may_quote(*text.database_url))) {
      return wrong(kUrl, *std::move(complaint));
    }
  }
  if (text.pool_class) {
    const auto known = pool_class_named(*text.pool_class);
    if (!known) {
      return wrong(kClass, "'" + *text.pool_class +
                               "' is no pool; write QueuePool, NullPool, StaticPool, "
                               "SingletonThreadPool or AssertionPool, or sqlalchemy.pool.QueuePool "
                               "and so on");
    }
    options.pool_class = *known;
  }
  if (text.pool_args) {
    if (auto complaint = settings::read_json(*text.pool_args, in_args)) {
      return wrong(kArgs, *std::move(complaint));
    }
    if (!in_url.contains("recycle")) options.recycle = kRecycleOfDjango;
    if (auto complaint = set_all(options, in_args, true)) return wrong(kArgs, *complaint);
    for (const auto& [name, found] : in_args) {
      const auto other = in_url.find(name);
      if (other == in_url.end() || agree(found, other->second, name)) continue;
      return wrong(kArgs, name + ": " + kUrl + " gives another value; give it once");
    }
  }
  if (auto complaint = problem(options)) {
    return wrong(text.pool_args ? kArgs : kUrl, *std::move(complaint));
  }
  return options;
}

}  // namespace poolproof
