// The options of a pool as the environment of a program gives them, in the form that Django's
// settings files have:
//
//   DATABASE_URL         postgresql://me:s%3Acret@db1:5432,db2/app?sslmode=require&pool_size=10
//   DATABASE_POOL_CLASS  sqlalchemy.pool.QueuePool, or QueuePool
//   DATABASE_POOL_ARGS   {"max_overflow": 10, "pool_size": 5, "recycle": 300}
//
//   auto options = read_settings(settings_of_environment());
//   if (!options) return complain(options.error());
//   poolproof::Pool pool(*std::move(options));
//
// Each may be missing. The URL is libpq's, with all that libpq knows; taken out of it are:
//
//   in the URL            in the JSON       value, and what it sets in PoolOptions
//   pool_size             pool_size         whole number; 0: no limit
//   max_overflow          max_overflow      whole number; -1: no limit
//   pool_timeout          timeout           seconds; none (null): wait for ever
//   pool_recycle          recycle           seconds; -1 or none: never
//   pool_pre_ping         pre_ping          true or false
//   pool_use_lifo         use_lifo          true or false
//   pool_reset_on_return  reset_on_return   rollback, commit, discard, none (true: rollback)
//   pool_patience         patience          seconds
//   pool_recycle_jitter   recycle_jitter    seconds
//   pool_min_idle         min_idle          whole number
//   pool_idle_timeout     idle_timeout      seconds; -1 or none: never
//   pool_connect_backoff  connect_backoff   seconds; 0: none
//   pool_track_leases     track_leases      true or false
//   echo_pool             echo              anything: no effect, see PoolOptions::log
//   pool_logging_name     logging_name      anything: no effect
//
// What is not given is PoolOptions' default, but where DATABASE_POOL_ARGS is set: there recycle is
// 300 s, as in Django's pools. What is given in both places must be the same.
#pragma once

#include <optional>
#include <string>

#include <poolproof/export.hpp>
#include <poolproof/options.hpp>
#include <poolproof/result.hpp>

namespace poolproof {

// The texts as they stand; nullopt: not set.
struct SettingsText {
  // DATABASE_URL, DATABASE_POOL_CLASS, DATABASE_POOL_ARGS.
  std::optional<std::string> database_url = std::nullopt;
  std::optional<std::string> pool_class = std::nullopt;
  std::optional<std::string> pool_args = std::nullopt;
};

// Of this process. One that is empty counts as not set. Not while another thread changes the
// environment.
[[nodiscard]] POOLPROOF_API SettingsText settings_of_environment();

// Options in which problem() finds nothing; else one sentence on what is wrong and how to mend it.
// It names the variable and the setting, and never shows what may be part of a password. Does no
// I/O.
[[nodiscard]] POOLPROOF_API Result<PoolOptions, std::string> read_settings(
    const SettingsText& text);

}  // namespace poolproof
