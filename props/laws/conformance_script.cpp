#include <algorithm>

#include "props/laws/conformance.hpp"

namespace poolproof::conformance {
namespace {

std::string text(const Command& command) {
  const std::string who = caller_name(command.caller) + " ";
  const std::string limit =
      command.timeout ? "for " + model::to_string(*command.timeout) : "for ever";
  switch (command.action) {
    case Action::acquire: return who + "acquires " + limit;
    case Action::cancel: return who + "is called off";
    case Action::release: return who + "releases";
    case Action::begin: return who + "begins a transaction";
    case Action::invalidate: return who + "invalidates";
    case Action::invalidate_softly: return who + "invalidates softly";
    case Action::invalidate_generation: return who + "invalidates the generation";
    case Action::detach: return who + "detaches";
    case Action::dispose: return "the pool is disposed of";
    case Action::close: return "the pool is closed";
    case Action::maintain: return who + "maintains";
    case Action::warm_up: return who + "warms up to " + std::to_string(command.number);
    case Action::drain: return who + "drains " + limit;
    case Action::kill: return "session " + std::to_string(command.number) + " is killed";
    case Action::server_is_well: return "the server is well";
    case Action::server_refuses: return "the server refuses";
    case Action::server_is_slow: return "the server is slow";
  }
  return "?";
}

void append(std::string& text, const std::multiset<std::string>& lines) {
  for (const std::string& line : lines) text += "\n    " + line;
}

}  // namespace

const Command* Script::in_force(Duration time) const {
  const auto steps = static_cast<std::size_t>(time / kStep);
  return steps == 0 || steps > commands.size() ? nullptr : &commands[steps - 1];
}

void showValue(const Script& script, std::ostream& out) {
  out << model::to_string(script.config) << (script.hooked ? ", hooked" : "")
      << (script.transactions ? ", with transactions" : "");
  for (std::size_t i = 0; i < script.commands.size(); ++i) {
    const Command& command = script.commands[i];
    out << '\n' << model::to_string(script.at(i)) << ' ' << text(command);
    model::Failures failures;
    failures.hooks = command.throwing;
    if (script.hooked && !failures.hooks.empty()) {
      out << ' ' << model::to_string(failures) << ", checkout says "
          << static_cast<int>(command.checkout_says);
    }
  }
}

void Log::note(Duration when, std::optional<int> session, const std::string& what) {
  if (session) by_session[*session].push_back(what);
  note(when, what + (session ? " session " + std::to_string(*session) : " an EMPTY slot"));
}

std::string difference(const Log& expected, const Log& happened) {
  std::set<Duration> instants;
  for (const auto* log : {&expected, &happened}) {
    for (const auto& [when, lines] : log->by_instant) instants.insert(when);
  }
  const auto at = [](const Log& log, Duration when) {
    const auto found = log.by_instant.find(when);
    return found == log.by_instant.end() ? std::multiset<std::string>() : found->second;
  };
  for (const Duration when : instants) {
    if (at(expected, when) == at(happened, when)) continue;
    std::string text = "at " + model::to_string(when) + "\n  the model says";
    append(text, at(expected, when));
    text += "\n  the pool does";
    append(text, at(happened, when));
    return text;
  }
  for (const auto& [session, lines] : expected.by_session) {
    const auto found = happened.by_session.find(session);
    if (found != happened.by_session.end() && found->second == lines) continue;
    std::string text = "session " + std::to_string(session) + "\n  the model says";
    for (const std::string& line : lines) text += "\n    " + line;
    text += "\n  the pool does";
    if (found != happened.by_session.end()) {
      for (const std::string& line : found->second) text += "\n    " + line;
    }
    return text;
  }
  return expected == happened ? "" : "the logs differ";
}

std::string name(const model::Status& status) {
  return "status: " + std::to_string(status.size) + " slots, " + std::to_string(status.idle) +
         " idle, " + std::to_string(status.overflow) + " overflow, " +
         std::to_string(status.waiting) + " waiting, " + std::to_string(status.detached) +
         " detached";
}

}  // namespace poolproof::conformance
