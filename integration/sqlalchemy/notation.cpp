#include "integration/sqlalchemy/notation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace poolproof::integration {
namespace {

using namespace model;

// As agent.py numbers them.
std::uint32_t number(CallerId caller) { return static_cast<std::uint32_t>(caller); }
std::uint32_t number(ConnectionId connection) { return static_cast<std::uint32_t>(connection); }

template <class T>
std::string number_or_none(const std::optional<T>& one) {
  return one ? std::to_string(number(*one)) : "-";
}

std::string nanoseconds_or_none(const std::optional<Duration>& duration) {
  return duration ? std::to_string(duration->count()) : "-";
}

struct Operation {
  std::string operator()(const Acquire& event) const { return one("a", event); }
  std::string operator()(const Wake& event) const { return one("w", event); }
  std::string operator()(const Release& event) const { return one("r", event); }
  std::string operator()(const Detach& event) const { return one("d", event); }
  std::string operator()(const Connected& event) const { return one("c", event); }
  std::string operator()(const ConnectFailed& event) const { return one("f", event); }
  std::string operator()(const PingSucceeded& event) const { return one("p", event); }
  std::string operator()(const PingFailed& event) const { return one("q", event); }
  std::string operator()(const Dispose&) const { return "x"; }
  std::string operator()(const Advance& event) const {
    return fmt::format("t{}", event.to.time_since_epoch().count());
  }
  std::string operator()(const Invalidate& event) const {
    switch (event.how) {
      case Invalidation::hard: return one("i", event);
      case Invalidation::soft: return one("s", event);
      case Invalidation::generation: return one("g", event);
    }
    return "?";
  }
  std::string operator()(const Cancel&) const { return "?"; }
  std::string operator()(const Close&) const { return "?"; }
  std::string operator()(const Maintain&) const { return "?"; }
  std::string operator()(const WarmUp&) const { return "?"; }
  std::string operator()(const Drain&) const { return "?"; }

 private:
  static std::string one(const char* letter, const auto& event) {
    return fmt::format("{}{}", letter, number(event.caller));
  }
};

struct Sight {
  const PoolConfig& config;

  std::string operator()(const Granted& answer) const {
    return fmt::format("granted({},{})", number(answer.caller), number(answer.connection));
  }
  std::string operator()(const TimedOut& answer) const {
    return fmt::format("timed_out({})", number(answer.caller));
  }
  std::string operator()(const ConnectionError& answer) const {
    return fmt::format("connect_error({})", number(answer.caller));
  }
  std::string operator()(const HookError& answer) const {
    return fmt::format("hook_error({},{})", number_or_none(answer.caller), name(answer.hook));
  }
  std::string operator()(const GivenUp& answer) const {
    return fmt::format("given_up({})", number(answer.caller));
  }
  std::string operator()(const OpenConnection& answer) const {
    return fmt::format("CREATE({})", number(answer.caller));
  }
  std::string operator()(const PingConnection& answer) const {
    return fmt::format("PING({},{})", number(answer.caller), number(answer.connection));
  }
  std::string operator()(const ResetConnection& answer) const {
    const char* reset = config.reset_on_return == ResetOnReturn::commit ? "COMMIT" : "ROLLBACK";
    return fmt::format("{}({})", reset, number(answer.connection));
  }
  std::string operator()(const CloseConnection& answer) const {
    return fmt::format("CLOSE({})", number(answer.connection));
  }
  std::string operator()(const HookCalled& answer) const {
    return fmt::format("{}({})", name(answer.hook), number_or_none(answer.connection));
  }
  std::string operator()(const Cancelled&) const { return "?"; }
  std::string operator()(const Closed&) const { return "?"; }
  std::string operator()(const AbandonConnect&) const { return "?"; }
  std::string operator()(const InUse&) const { return "?"; }
  std::string operator()(const Done&) const { return "?"; }
};

// The callers of those that are meant.
template <class List, class Predicate>
std::vector<std::uint32_t> callers(const List& list, Predicate is_meant) {
  std::vector<std::uint32_t> numbers;
  for (const auto& each : list) {
    if (is_meant(each)) numbers.push_back(number(each.caller));
  }
  return numbers;
}

std::string sorted(std::vector<std::uint32_t> numbers) {
  std::ranges::sort(numbers);
  return fmt::format("{}", fmt::join(numbers, ","));
}

}  // namespace

std::string words_of(const PoolConfig& config, bool recreated) {
  return fmt::format("{} {} {} {} {:d} {:d} {} {:d}", config.pool_size, config.max_overflow,
                     nanoseconds_or_none(config.timeout), nanoseconds_or_none(config.recycle),
                     config.use_lifo, config.pre_ping, name(config.reset_on_return), recreated);
}

std::string words_of(const Event& event, const Failures& failures) {
  std::vector<std::string_view> failing;
  for (const Hook hook : failures.hooks) failing.push_back(name(hook));
  if (failures.checkout_says == Disconnected::this_one) failing.emplace_back("this_one");
  if (failures.checkout_says == Disconnected::all) failing.emplace_back("all");
  if (failures.reset) failing.emplace_back("do_reset");
  if (failures.close) failing.emplace_back("do_close");
  return fmt::format("{}{}{}", std::visit(Operation{}, event), failing.empty() ? "" : ":",
                     fmt::join(failing, ","));
}

std::string words_of(const PoolConfig& config, const Step& step) {
  std::vector<std::string> seen;
  for (const Answer& answer : step.answers) seen.push_back(std::visit(Sight{config}, answer));
  std::vector<std::string> idle;
  for (const Slot& slot : step.after.idle) {
    idle.push_back(slot.connection ? std::to_string(number(slot.connection->id)) : "-");
  }

  const auto connects = [](const Preparing& each) { return !each.slot.connection; };
  const auto pings = [](const Preparing& each) { return each.slot.connection.has_value(); };
  const auto is_awake = [](const Waiter& each) { return each.notified; };
  const auto sleeps = [](const Waiter& each) { return !each.notified; };
  const Status status = model::status(config, step.after);
  return fmt::format("{}|{}|{}|{}|{}|{} {} {} {}|{}", fmt::join(seen, " "),
                     sorted(callers(step.after.preparing, connects)),
                     sorted(callers(step.after.preparing, pings)),
                     sorted(callers(step.after.waiters, is_awake)),
                     fmt::join(callers(step.after.waiters, sleeps), ","), status.size, status.idle,
                     status.overflow, status.checked_out, fmt::join(idle, ","));
}

}  // namespace poolproof::integration
