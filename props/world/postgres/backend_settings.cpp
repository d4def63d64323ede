// SET, RESET, SHOW, DISCARD; LISTEN and NOTIFY.
#include <algorithm>

#include "props/world/postgres/backend.hpp"
#include "props/world/postgres/server.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestPayload = 7999;

}  // namespace

Outcome Backend::run_setting(Execution& execution) {
  const Statement& statement = *execution.statement;
  switch (statement.kind) {
    case Kind::set: {
      if (statement.local && !in_block() && !of_several_) {
        warn("25P01", "SET LOCAL can only be used in transaction blocks");
      }
      if ((statement.name == "role" || statement.name == "session_authorization") &&
          !statement.by_default && statement.value != "none" &&
          !server_.knows_role(statement.value)) {
        return fail("22023", "role \"" + statement.value + "\" does not exist");
      }
      if (statement.name == "session_authorization" && !statement.by_default &&
          statement.value != user() && !server_.options_.roles.empty()) {
        const Role* const role = server_.find_role(user());
        if (role == nullptr || !role->superuser) {
          return fail("42501",
                      "permission denied to set session authorization \"" + statement.value + "\"");
        }
      }
      remember();
      const auto scope = statement.local ? Settings::Scope::transaction : Settings::Scope::session;
      auto failure = statement.by_default ? settings_.reset(statement.name, scope)
                                          : settings_.set(statement.name, statement.value, scope);
      if (failure) return fail(std::move(*failure));
      return done(execution, "SET");
    }
    case Kind::reset: {
      remember();
      if (auto failure = settings_.reset(statement.name)) return fail(std::move(*failure));
      return done(execution, "RESET");
    }
    case Kind::reset_all:
      remember();
      settings_.reset_all();
      return done(execution, "RESET");
    default: break;
  }
  execution.has_rows = true;
  if (statement.kind == Kind::show) {
    std::string value;
    if (auto failure = settings_.show(statement.name, value)) return fail(std::move(*failure));
    execution.columns = {{Settings::canonical(statement.name), Type::text}};
    execution.rows = {{{Type::text, std::move(value)}}};
  } else {
    execution.columns = {
        {"name", Type::text}, {"setting", Type::text}, {"description", Type::text}};
    for (const std::string& name : Settings::names()) {
      std::string value;
      settings_.show(name, value);
      execution.rows.push_back({{Type::text, name}, {Type::text, value}, {Type::text, {}}});
    }
  }
  return done(execution, "SHOW");
}

Outcome Backend::discard(Execution& execution) {
  const Statement& statement = *execution.statement;
  const bool all = statement.name == "all";
  if (statement.name == "temp" || (all && !temporary_.empty())) {
    remember();
    temporary_.clear();
  }
  if (all) {
    portals_.clear();
    prepared_.clear();
    channels_.clear();
    settings_.reset_all();
    before_.reset();
    AdvisoryLocks& locks = server_.shared_.locks;
    if (holds_locks_) {
      locks.release_all(id_, LockLevel::session);
      holds_locks_ = false;
      server_.wake_granted();
    }
  }
  return done(execution, statement.tag);
}

// ---- notifications ----

bool Backend::listens(std::string_view channel) const {
  return std::find(channels_.begin(), channels_.end(), channel) != channels_.end();
}

Outcome Backend::run_notification(Execution& execution) {
  const Statement& statement = *execution.statement;
  if (statement.kind == Kind::notify) {
    if (auto failure = notify(statement.name, statement.value)) return fail(std::move(*failure));
    return done(execution, "NOTIFY");
  }
  if (server_.in_recovery(id_)) {
    return fail("25006", "cannot execute " + statement.tag + " during recovery");
  }
  remember();
  if (statement.kind == Kind::listen) {
    if (!listens(statement.name)) channels_.push_back(statement.name);
  } else if (statement.name.empty()) {
    channels_.clear();
  } else {
    std::erase(channels_, statement.name);
  }
  return done(execution, statement.tag);
}

std::optional<Failure> Backend::notify(std::string_view channel, std::string_view payload) {
  if (server_.in_recovery(id_)) {
    return Failure{"25006", "cannot execute NOTIFY during recovery"};
  }
  if (channel.empty()) return Failure{"22023", "channel name cannot be empty"};
  if (channel.size() > kLongestName) return Failure{"22023", "channel name too long"};
  if (payload.size() > kLongestPayload) return Failure{"22023", "payload string too long"};
  notifications_.push_back({std::string(channel), std::string(payload)});
  return std::nullopt;
}

}  // namespace poolproof::world::postgres
