#include "model/event.hpp"

namespace poolproof::model {
namespace {

std::string with(CallerId caller, const char* does) { return to_string(caller) + ' ' + does; }

struct EventText {
  std::string operator()(const Acquire& e) const {
    return with(e.caller, "acquires, ") +
           (e.timeout ? "timeout " + to_string(*e.timeout) : "waiting for ever");
  }
  std::string operator()(const Cancel& e) const { return with(e.caller, "is called off"); }
  std::string operator()(const Wake& e) const { return with(e.caller, "wakes"); }
  std::string operator()(const Release& e) const { return with(e.caller, "releases"); }
  std::string operator()(const Invalidate& e) const {
    switch (e.how) {
      case Invalidation::hard: return with(e.caller, "invalidates its connection");
      case Invalidation::soft: return with(e.caller, "invalidates its connection softly");
      case Invalidation::generation:
        return with(e.caller, "invalidates its connection and its generation");
    }
    return "?";
  }
  std::string operator()(const Detach& e) const {
    return with(e.caller, "detaches its connection");
  }
  std::string operator()(const Dispose&) const { return "the pool is disposed"; }
  std::string operator()(const Close&) const { return "the pool is closed"; }
  std::string operator()(const Connected& e) const {
    return "the connect for " + with(e.caller, "succeeds");
  }
  std::string operator()(const ConnectFailed& e) const {
    return "the connect for " + with(e.caller, "fails");
  }
  std::string operator()(const PingSucceeded& e) const {
    return "the ping for " + with(e.caller, "succeeds");
  }
  std::string operator()(const PingFailed& e) const {
    return "the ping for " + with(e.caller, "fails");
  }
  std::string operator()(const Advance& e) const { return "time advances to " + to_string(e.to); }
  std::string operator()(const Maintain& e) const { return with(e.caller, "maintains the pool"); }
  std::string operator()(const WarmUp& e) const {
    return with(e.caller, "warms the pool up to ") + std::to_string(e.count);
  }
  std::string operator()(const Drain& e) const {
    return with(e.caller, "drains the pool, ") +
           (e.timeout ? "timeout " + to_string(*e.timeout) : "waiting for ever");
  }
};

struct AnswerText {
  std::string operator()(const Granted& a) const {
    return with(a.caller, "is granted ") + to_string(a.connection);
  }
  std::string operator()(const TimedOut& a) const { return with(a.caller, "times out"); }
  std::string operator()(const ConnectionError& a) const {
    return with(a.caller, "gets the connect error");
  }
  std::string operator()(const HookError& a) const {
    return (a.caller ? to_string(*a.caller) : "whoever disposes") + " gets what the " +
           std::string(name(a.hook)) + " hook has thrown";
  }
  std::string operator()(const GivenUp& a) const { return with(a.caller, "is given up"); }
  std::string operator()(const Cancelled& a) const { return with(a.caller, "has been called off"); }
  std::string operator()(const Closed& a) const {
    return with(a.caller, "is told that the pool is closed");
  }
  std::string operator()(const InUse& a) const {
    return with(a.caller, "is told that the connection is in use");
  }
  std::string operator()(const Done& a) const { return with(a.caller, "is done"); }
  std::string operator()(const OpenConnection& a) const {
    return "open a connection for " + to_string(a.caller);
  }
  std::string operator()(const AbandonConnect& a) const {
    return "abandon the connect for " + to_string(a.caller);
  }
  std::string operator()(const PingConnection& a) const {
    return "ping " + to_string(a.connection) + " for " + to_string(a.caller);
  }
  std::string operator()(const ResetConnection& a) const {
    return "reset " + to_string(a.connection);
  }
  std::string operator()(const CloseConnection& a) const {
    return "close " + to_string(a.connection);
  }
  std::string operator()(const HookCalled& a) const {
    return "call the " + std::string(name(a.hook)) + " hook with " +
           (a.connection ? to_string(*a.connection) : "no connection");
  }
};

}  // namespace

Time deadline(const PoolConfig& config, const Acquire& acquire, Time asked) {
  auto limit = acquire.timeout;
  if (limit == Duration::zero()) limit = config.timeout;
  if (limit == Duration::zero()) limit = kConnectLimit;
  if (!limit || *limit > kNever - asked) return kNever;
  return asked + *limit;
}

Time deadline_of(const PoolConfig& config, const WarmUp& warm_up, Time asked) {
  return deadline(config, Acquire{warm_up.caller, Duration::zero()}, asked);
}

Time deadline_of(const PoolConfig&, const Drain& drain, Time asked) {
  if (!drain.timeout || *drain.timeout > kNever - asked) return kNever;
  return asked + *drain.timeout;
}

std::string_view name(Hook hook) {
  switch (hook) {
    case Hook::first_connect: return "first_connect";
    case Hook::connect: return "connect";
    case Hook::checkout: return "checkout";
    case Hook::checkin: return "checkin";
    case Hook::reset: return "reset";
    case Hook::invalidate: return "invalidate";
    case Hook::soft_invalidate: return "soft_invalidate";
    case Hook::detach: return "detach";
    case Hook::close: return "close";
    case Hook::close_detached: return "close_detached";
  }
  return "?";
}

std::string to_string(CallerId caller) {
  return "caller " + std::to_string(static_cast<std::uint32_t>(caller));
}

std::string to_string(ConnectionId connection) {
  return "connection " + std::to_string(static_cast<std::uint32_t>(connection));
}

std::string to_string(const Event& event) { return std::visit(EventText{}, event); }

std::string to_string(const Answer& answer) { return std::visit(AnswerText{}, answer); }

std::string to_string(const Failures& failures) {
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "with " : ", ") + what; };
  for (const Hook hook : failures.hooks) add("a throwing " + std::string(name(hook)) + " hook");
  if (failures.checkout_says == Disconnected::this_one) add("which says: disconnected");
  if (failures.checkout_says == Disconnected::all) add("which says: all disconnected");
  if (failures.reset) add("a failing reset");
  if (failures.close) add("a failing close");
  return text;
}

}  // namespace poolproof::model
