#include "model/event.hpp"

namespace poolproof::model {
namespace {

struct EventText {
  std::string operator()(const Acquire& e) const {
    return to_string(e.caller) + " acquires, " +
           (e.timeout ? "timeout " + to_string(*e.timeout) : "waiting for ever");
  }
  std::string operator()(const Connected& e) const {
    return "the connect for " + to_string(e.caller) + " succeeds";
  }
  std::string operator()(const ConnectFailed& e) const {
    return "the connect for " + to_string(e.caller) + " fails";
  }
  std::string operator()(const Release& e) const { return to_string(e.caller) + " releases"; }
  std::string operator()(const Invalidate& e) const {
    return to_string(e.caller) + " invalidates its connection";
  }
  std::string operator()(const Advance& e) const { return "time advances to " + to_string(e.to); }
};

struct AnswerText {
  std::string operator()(const Granted& a) const {
    return to_string(a.caller) + " is granted " + to_string(a.connection);
  }
  std::string operator()(const TimedOut& a) const { return to_string(a.caller) + " times out"; }
  std::string operator()(const ConnectionError& a) const {
    return to_string(a.caller) + " gets the connect error";
  }
  std::string operator()(const OpenConnection& a) const {
    return "open a connection for " + to_string(a.caller);
  }
  std::string operator()(const AbandonConnect& a) const {
    return "abandon the connect for " + to_string(a.caller);
  }
  std::string operator()(const CloseConnection& a) const {
    return "close " + to_string(a.connection);
  }
};

}  // namespace

Time deadline(const Acquire& acquire, Time asked) {
  if (!acquire.timeout || *acquire.timeout > kNever - asked) return kNever;
  return asked + *acquire.timeout;
}

std::string to_string(CallerId caller) {
  return "caller " + std::to_string(static_cast<std::uint32_t>(caller));
}

std::string to_string(ConnectionId connection) {
  return "connection " + std::to_string(static_cast<std::uint32_t>(connection));
}

std::string to_string(const Event& event) { return std::visit(EventText{}, event); }

std::string to_string(const Answer& answer) { return std::visit(AnswerText{}, answer); }

}  // namespace poolproof::model
