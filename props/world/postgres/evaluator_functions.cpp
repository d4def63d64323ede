// What the functions do.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "props/world/clocks.hpp"
#include "props/world/postgres/evaluator.hpp"
#include "props/world/postgres/server.hpp"
#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

using Id = Function::Id;

constexpr std::string_view kVersion =
    "PostgreSQL 15.20 (Debian 15.20-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc (Debian "
    "12.2.0-14+deb12u1) 12.2.0, 64-bit";

std::string formatted(Time now, const char* format) {
  const auto since = kWallEpoch + now.time_since_epoch();
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, format, &parts);
  return {text, size};
}

std::string time_stamp(Time now) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() %
      1'000'000;
  std::string text = formatted(now, "%Y-%m-%d %H:%M:%S");
  if (micros != 0) {
    char fraction[16];
    std::snprintf(fraction, sizeof fraction, ".%06d", static_cast<int>(micros));
    text += fraction;
    while (text.ends_with('0')) text.pop_back();
  }
  return text + "+00";
}

std::string in_case(std::string text, int (*change)(int)) {
  for (char& each : text) each = static_cast<char>(change(static_cast<unsigned char>(each)));
  return text;
}

}  // namespace

std::optional<Value> Evaluator::pure(const Function& function, std::vector<Value> arguments) {
  const auto as_text = [&](std::string text) { return Value{function.result, std::move(text)}; };
  const Time now = backend_.server_.scheduler_.read_clock();
  switch (function.id) {
    case Id::backend_pid: return Value::integer(static_cast<std::int32_t>(backend_.id_));
    case Id::coalesce:
      for (Value& each : arguments) {
        if (!each.null) return std::move(each);
      }
      return Value{.null = true};
    case Id::concat: {
      std::string all;
      for (const Value& each : arguments) all += each.null ? "" : each.text;
      return as_text(std::move(all));
    }
    case Id::current_database: return as_text(backend_.database_);
    case Id::current_date: return as_text(formatted(now, "%Y-%m-%d"));
    case Id::current_schema: return as_text("public");
    case Id::current_setting: return setting(function, arguments);
    case Id::current_user: return as_text(backend_.user_);
    case Id::in_recovery: return Value::boolean(backend_.server_.in_recovery(backend_.id_));
    case Id::now: return as_text(time_stamp(now));
    case Id::nullif: {
      const bool same = !arguments[0].null && arguments[0].text == arguments[1].text;
      return same ? Value{arguments[0].type, {}, true} : arguments[0];
    }
    case Id::random: return as_text("0.5");
    case Id::txid: return as_text(std::to_string(1000 + static_cast<int>(backend_.id_)));
    case Id::version: return as_text(std::string(kVersion));
    default: break;
  }
  if (arguments.front().null) return Value{function.result, {}, true};
  const std::string& text = arguments.front().text;
  if (function.id == Id::length) return Value::integer(static_cast<std::int64_t>(text.size()));
  if (function.id == Id::lower) return as_text(in_case(text, std::tolower));
  if (function.id == Id::upper) return as_text(in_case(text, std::toupper));
  if (!text.starts_with('-')) return arguments.front();
  return Value{arguments.front().type, text.substr(1)};
}

std::optional<Value> Evaluator::setting(const Function& function,
                                        const std::vector<Value>& arguments) {
  Settings& settings = backend_.settings_;
  std::string shown;
  if (function.id == Id::set_config) {
    const bool local = arguments[2].text == "t" || arguments[2].text == "true";
    backend_.remember();
    const auto scope = local ? Settings::Scope::transaction : Settings::Scope::session;
    if (auto failure = settings.set(arguments[0].text, arguments[1].text, scope)) {
      return fail(failure->sqlstate, failure->message);
    }
  }
  if (auto failure = settings.show(arguments[0].text, shown)) {
    const bool tolerant = arguments.size() == 2 && arguments[1].text.starts_with('t');
    if (tolerant) return Value{Type::text, {}, true};
    return fail(failure->sqlstate, failure->message);
  }
  return Value{Type::text, std::move(shown)};
}

std::optional<Value> Evaluator::effect(const Function& function,
                                       const std::vector<Value>& arguments) {
  const bool unknown =
      std::any_of(arguments.begin(), arguments.end(), [](const Value& each) { return each.null; });
  if (unknown && function.id != Id::notify) return Value{function.result, {}, true};
  const Value nothing{Type::nothing, {}};
  switch (function.id) {
    case Id::sleep: {
      const auto seconds = to_real(arguments.front().text);
      if (!seconds) {
        return fail("22P02", "invalid input syntax for type double precision: \"" +
                                 arguments.front().text + "\"");
      }
      constexpr double kLongest = 1e9;
      if (*seconds <= 0) return nothing;
      backend_.wait_ = {Wait::For::time,
                        std::chrono::duration_cast<Duration>(
                            std::chrono::duration<double>(std::min(*seconds, kLongest))),
                        {}};
      waits_ = true;
      execution_.called.push_back(nothing);  // when it goes on, it has slept
      return std::nullopt;
    }
    case Id::notify:
      if (auto failure = backend_.notify(arguments[0].text, arguments[1].text)) {
        return fail(failure->sqlstate, failure->message);
      }
      return nothing;
    case Id::set_config: return setting(function, arguments);
    case Id::cancel_backend:
    case Id::terminate_backend: return signal(function, arguments.front());
    case Id::unlock_all:
      backend_.server_.shared_.locks.release_all(backend_.id_, LockLevel::session);
      backend_.holds_locks_ = backend_.server_.shared_.locks.held_by(backend_.id_);
      backend_.server_.wake_granted();
      return nothing;
    default: return lock(function, arguments);
  }
}

std::optional<Value> Evaluator::lock(const Function& function,
                                     const std::vector<Value>& arguments) {
  LockRequest request{
      .key = {},
      .shared = function.shared,
      .level = function.of_transaction ? LockLevel::transaction : LockLevel::session};
  for (const Value& each : arguments) {
    const auto number = to_integer(each.text);
    if (!number) {
      return fail("22P02", "invalid input syntax for type bigint: \"" + each.text + "\"");
    }
    request.key.pair = arguments.size() == 2;
    request.key.number =
        request.key.pair
            ? static_cast<std::int64_t>(static_cast<std::uint64_t>(request.key.number) << 32 |
                                        static_cast<std::uint32_t>(*number))
            : *number;
  }
  AdvisoryLocks& locks = backend_.server_.shared_.locks;
  if (function.id == Id::unlock) {
    const bool released = locks.release(backend_.id_, request.key, request.shared);
    backend_.holds_locks_ = locks.held_by(backend_.id_);
    if (!released) {
      backend_.warn("01000", std::string("you don't own a lock of type ") +
                                 (request.shared ? "ShareLock" : "ExclusiveLock"));
    }
    backend_.server_.wake_granted();
    return Value::boolean(released);
  }
  const bool taken = locks.take(backend_.id_, request);
  if (taken) backend_.holds_locks_ = true;
  if (function.id == Id::try_lock) return Value::boolean(taken);
  const Value nothing{Type::nothing, {}};
  if (taken) return nothing;
  locks.wait(backend_.id_, request);
  backend_.wait_ = {Wait::For::lock, {}, request};
  waits_ = true;
  execution_.called.push_back(nothing);  // when it goes on, it has been given it
  return std::nullopt;
}

std::optional<Value> Evaluator::signal(const Function& function, const Value& process) {
  const SessionId victim{static_cast<std::int32_t>(to_integer(process.text).value_or(0))};
  if (!backend_.server_.may_signal(backend_.id_, victim)) {
    return fail("42501", function.id == Id::terminate_backend
                             ? "must be a superuser to terminate superuser process"
                             : "must be a superuser to cancel superuser query");
  }
  const bool found = function.id == Id::terminate_backend ? backend_.server_.terminate(victim)
                                                          : backend_.server_.cancel(victim);
  if (!found) {
    backend_.warn("01000", "PID " + process.text + " is not a PostgreSQL backend process");
  }
  return Value::boolean(found);
}

}  // namespace poolproof::world::postgres
