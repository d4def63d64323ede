// The extended query protocol: Parse, Bind, Describe, Execute, Close, Flush and Sync, one by one or
// many at once.
#include <algorithm>
#include <utility>

#include "props/world/postgres/session.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

std::string quoted(std::string_view name) {
  std::string text(1, '"');
  text += name;
  text += '"';
  return text;
}

}  // namespace

void Session::extended(const Message& message) {
  switch (message.type) {
    case 'P': return parse_message(message.body);
    case 'B': return bind(message.body);
    case 'D': return describe_message(message.body);
    case 'E': return execute(message.body);
    case 'C': return close(message.body);
    case 'H': return send();
    case 'c':
    case 'd':
    case 'f': return;  // left of a COPY that has failed
    case 'F': answer_.error("ERROR", "0A000", "function calls are not supported"); return ready();
    default: break;
  }
  refuse("08P01", "invalid frontend message type " +
                      std::to_string(static_cast<unsigned char>(message.type)));
}

void Session::fail_extended(std::string_view sqlstate, std::string_view message) {
  backend_.abort();
  answer_.error("ERROR", sqlstate, message);
  state_ = State::skipping;
  send();
}

void Session::parse_message(std::string_view body) {
  Reader reader(body);
  const std::string name(reader.text());
  const std::string_view sql = reader.text();
  std::vector<Type> types(static_cast<std::size_t>(std::max<int>(0, reader.number16())));
  for (Type& each : types) {
    each = Type{reader.number32()};
    if (each == Type{0}) each = Type::unknown;
  }
  if (!name.empty()) announce(sql);
  const auto& statements = server_.parsed(sql);
  const Statement& statement = statements.front();
  if (statements.size() > 1) {
    return fail_extended("42601", "cannot insert multiple commands into a prepared statement");
  }
  if (statement.kind == Kind::wrong) {
    return fail_extended(statement.failure->sqlstate, statement.failure->message);
  }
  if (!backend_.admits(statement)) {
    return fail_extended(backend_.failure().sqlstate, backend_.failure().message);
  }
  std::vector<Column> columns;
  bool has_rows = false;
  if (const auto failure = backend_.analyse(statement, types, columns, has_rows)) {
    return fail_extended(failure->sqlstate, failure->message);
  }
  Prepared prepared{name, &statement, std::move(types)};
  if (name.empty()) {
    unnamed_ = std::move(prepared);
  } else {
    if (backend_.find_prepared(name) != nullptr) {
      return fail_extended("42P05", "prepared statement " + quoted(name) + " already exists");
    }
    backend_.keep(std::move(prepared));
  }
  answer_.bare('1');
}

const Prepared* Session::find_statement(std::string_view name) {
  if (!name.empty()) return backend_.find_prepared(name);
  return unnamed_.statement == nullptr ? nullptr : &unnamed_;
}

void Session::bind(std::string_view body) {
  Reader reader(body);
  const std::string portal(reader.text()), name(reader.text());
  const Prepared* const prepared = find_statement(name);
  if (prepared == nullptr) {
    return fail_extended("26000", name.empty()
                                      ? "unnamed prepared statement does not exist"
                                      : "prepared statement " + quoted(name) + " does not exist");
  }
  Execution execution{.statement = prepared->statement};
  if (!bind_values(reader, *prepared, execution)) return;
  if (!backend_.admits(*prepared->statement)) {
    return fail_extended(backend_.failure().sqlstate, backend_.failure().message);
  }
  if (portal.empty()) {
    backend_.close_portal(portal);
  } else if (backend_.find_portal(portal) != nullptr) {
    return fail_extended("42P03", "cursor " + quoted(portal) + " already exists");
  }
  // PostgreSQL plans it now, and plans compute what is constant.
  if (prepared->statement->pure && backend_.run(execution) == Outcome::failed) {
    return fail_extended(backend_.failure().sqlstate, backend_.failure().message);
  }
  backend_.open({portal, std::move(execution)});
  answer_.bare('2');
}

// What stands behind the two names of a Bind.
bool Session::bind_values(Reader& reader, const Prepared& prepared, Execution& execution) {
  const auto fail = [this](std::string_view sqlstate, std::string_view message) {
    fail_extended(sqlstate, message);
    return false;
  };
  std::vector<std::int16_t> formats(static_cast<std::size_t>(std::max<int>(0, reader.number16())));
  for (auto& each : formats) each = reader.number16();
  const auto count = static_cast<std::size_t>(std::max<int>(0, reader.number16()));
  if (formats.size() > 1 && formats.size() != count) {
    return fail("08P01", "bind message has " + std::to_string(formats.size()) +
                             " parameter formats but " + std::to_string(count) + " parameters");
  }
  if (count != prepared.types.size()) {
    return fail("08P01", "bind message supplies " + std::to_string(count) +
                             " parameters, but prepared statement " + quoted(prepared.name) +
                             " requires " + std::to_string(prepared.types.size()));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t size = reader.number32();
    const Type type = prepared.types[i];
    if (size < 0) {
      execution.parameters.push_back({.type = type, .null = true});
      continue;
    }
    const std::string_view bytes = reader.bytes(static_cast<std::size_t>(size));
    const bool binary =
        !formats.empty() && (formats.size() == 1 ? formats.front() : formats[i]) != 0;
    Value value{.text = std::string(bytes)};
    if (binary) {
      auto text = from_binary(bytes, type);
      if (!text) return fail("08P01", "insufficient data left in message");
      value = {type, std::move(*text)};
    } else if (const auto failure = convert(value, type)) {
      return fail(failure->sqlstate, failure->message);
    }
    execution.parameters.push_back(std::move(value));
  }
  execution.formats.resize(static_cast<std::size_t>(std::max<int>(0, reader.number16())));
  for (auto& each : execution.formats) each = reader.number16();
  if (reader.overrun()) return fail("08P01", "insufficient data left in message");
  return true;
}

void Session::describe_message(std::string_view body) {
  Reader reader(body);
  const char what = reader.byte();
  if (what != 'P' && what != 'S') {
    return fail_extended("08P01", "invalid DESCRIBE message subtype " + std::to_string(what));
  }
  const bool is_portal = what == 'P';
  const std::string name(reader.text());
  const Statement* statement = nullptr;
  std::vector<Type> types;
  std::vector<std::int16_t> formats;
  if (is_portal) {
    const Portal* const portal = backend_.find_portal(name);
    if (portal == nullptr) {
      return fail_extended("34000", "portal " + quoted(name) + " does not exist");
    }
    statement = portal->execution.statement;
    formats = portal->execution.formats;
    for (const Value& each : portal->execution.parameters) types.push_back(each.type);
  } else {
    const Prepared* const prepared = find_statement(name);
    if (prepared == nullptr) {
      return fail_extended("26000", name.empty()
                                        ? "unnamed prepared statement does not exist"
                                        : "prepared statement " + quoted(name) + " does not exist");
    }
    statement = prepared->statement;
    types = prepared->types;
  }
  std::vector<Column> columns;
  bool has_rows = false;
  const auto failure = backend_.analyse(*statement, types, columns, has_rows);
  if (failure) return fail_extended(failure->sqlstate, failure->message);
  if (!is_portal) answer_.parameter_description(types);
  if (has_rows) {
    answer_.row_description(columns, formats);
  } else {
    answer_.bare('n');
  }
}

void Session::execute(std::string_view body) {
  Reader reader(body);
  portal_ = reader.text();
  limit_ = std::max(0, reader.number32());
  Portal* const portal = backend_.find_portal(portal_);
  if (portal == nullptr) {
    return fail_extended("34000", "portal " + quoted(portal_) + " does not exist");
  }
  const Statement& statement = *portal->execution.statement;
  server_.observer_->queried(id_, statement.text, state());
  state_ = State::querying;
  if (server_.faults_.strikes(FaultKind::killed_in_query, place())) return terminate();
  if (!backend_.admits(statement)) {
    return fail_extended(backend_.failure().sqlstate, backend_.failure().message);
  }
  if (portal->execution.finished && !portal->execution.has_rows && statement.kind != Kind::empty) {
    return fail_extended("55000", "portal " + quoted(portal_) + " cannot be run");
  }
  by_ = By::extended;
  backend_.group(false, unsynced_ > 0);
  ++unsynced_;
  since_ = server_.scheduler_.now();
  // The portal itself may not outlive its statement.
  execution_ = std::move(portal->execution);
  portal->execution = {.statement = &statement};
  run_portal();
}

void Session::run_portal() {
  executing_ = true;
  const Outcome outcome = backend_.run(execution_);
  executing_ = false;
  if (state_ == State::ended) return;
  switch (outcome) {
    case Outcome::waiting: return start_waiting();
    case Outcome::copying: return begin_copy();
    case Outcome::failed: return interrupt(backend_.failure().sqlstate, backend_.failure().message);
    case Outcome::done: break;
  }
  write_rows();
  if (state_ != State::querying) return;
  state_ = State::ready;
  if (Portal* const portal = backend_.find_portal(portal_)) {
    portal->execution = std::move(execution_);
  }
}

// The rows of the statement under way, as many as are wanted, and how it ended.
void Session::write_rows() {
  const Kind kind = execution_.statement->kind;
  if (kind == Kind::copy_out) return copy_to_client();
  if (kind == Kind::empty) {
    answer_.empty_query();
    return;
  }
  if (execution_.has_rows) describe(execution_);
  std::size_t count = 0;
  const bool limited = by_ == By::extended && limit_ > 0;
  while (execution_.sent < execution_.rows.size() &&
         (!limited || count < static_cast<std::size_t>(limit_))) {
    answer_.row(execution_.rows[execution_.sent++], execution_.formats);
    ++count;
  }
  if (interrupted()) return;
  if (limited && execution_.has_rows && count == static_cast<std::size_t>(limit_)) {
    answer_.bare('s');
  } else if (execution_.tag == "SELECT") {
    answer_.complete("SELECT " + std::to_string(count));
  } else {
    answer_.complete(execution_.tag);
  }
}

void Session::close(std::string_view body) {
  Reader reader(body);
  const char what = reader.byte();
  if (what != 'P' && what != 'S') {
    return fail_extended("08P01", "invalid CLOSE message subtype " + std::to_string(what));
  }
  const bool is_portal = what == 'P';
  const std::string_view name = reader.text();
  if (is_portal) {
    backend_.close_portal(name);
  } else if (name.empty()) {
    unnamed_.statement = nullptr;
  } else {
    backend_.forget_prepared(name);
  }
  answer_.bare('3');
}

void Session::sync() {
  if (state_ != State::skipping) backend_.finish();
  unsynced_ = 0;
  ready();
}

}  // namespace poolproof::world::postgres
