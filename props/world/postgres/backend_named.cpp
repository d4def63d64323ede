// Prepared statements and cursors.
#include <algorithm>

#include "props/world/postgres/backend.hpp"
#include "props/world/postgres/evaluator.hpp"
#include "props/world/postgres/server.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

std::string no_statement(std::string_view name) {
  return "prepared statement \"" + std::string(name) + "\" does not exist";
}

}  // namespace

Prepared* Backend::find_prepared(std::string_view name) {
  const auto found = std::find_if(prepared_.begin(), prepared_.end(),
                                  [&](const Prepared& each) { return each.name == name; });
  return found == prepared_.end() ? nullptr : &*found;
}

void Backend::keep(Prepared prepared) { prepared_.push_back(std::move(prepared)); }

void Backend::forget_prepared(std::string_view name) {
  std::erase_if(prepared_, [&](const Prepared& each) { return each.name == name; });
}

Portal* Backend::find_portal(std::string_view name) {
  const auto found = std::find_if(portals_.begin(), portals_.end(),
                                  [&](const Portal& each) { return each.name == name; });
  return found == portals_.end() ? nullptr : &*found;
}

Portal& Backend::open(Portal portal) {
  portals_.push_back(std::move(portal));
  return portals_.back();
}

void Backend::close_portal(std::string_view name) {
  std::erase_if(portals_, [&](const Portal& each) { return each.name == name; });
}

Outcome Backend::run_named(Execution& execution) {
  const Statement& statement = *execution.statement;
  switch (statement.kind) {
    case Kind::prepare: {
      std::vector<Type> types = statement.types;
      std::vector<Column> columns;
      bool has_rows = false;
      if (auto failure = analyse(*statement.inner, types, columns, has_rows)) {
        return fail(std::move(*failure));
      }
      if (find_prepared(statement.name) != nullptr) {
        return fail("42P05", "prepared statement \"" + statement.name + "\" already exists");
      }
      keep({statement.name, statement.inner.get(), std::move(types)});
      return done(execution, "PREPARE");
    }
    case Kind::execute: return execute(execution);
    case Kind::deallocate: return deallocate(execution);
    case Kind::declare: return declare(execution);
    case Kind::fetch: return fetch(execution);
    default: break;
  }
  if (statement.name.empty()) {
    portals_.clear();
  } else {
    if (find_portal(statement.name) == nullptr) {
      return fail("34000", "cursor \"" + statement.name + "\" does not exist");
    }
    close_portal(statement.name);
  }
  return done(execution, statement.tag);
}

// From here on the execution is that of the prepared statement.
Outcome Backend::execute(Execution& execution) {
  const Statement& statement = *execution.statement;
  const Prepared* const prepared = find_prepared(statement.name);
  if (prepared == nullptr) return fail("26000", no_statement(statement.name));
  if (statement.arguments.size() != prepared->types.size()) {
    return fail("42601",
                "wrong number of parameters for prepared statement \"" + statement.name + "\"");
  }
  std::vector<Value> values;
  const std::vector<Column> none;
  Evaluator evaluator(*this, execution, none);
  for (std::size_t i = 0; i < statement.arguments.size(); ++i) {
    auto value = evaluator.value(statement.arguments[i], nullptr);
    if (!value) return fail(evaluator.failure().value_or(Failure{"0A000", "not supported"}));
    if (auto failure = convert(*value, prepared->types[i])) return fail(std::move(*failure));
    values.push_back(std::move(*value));
  }
  execution.statement = prepared->statement;
  execution.parameters = std::move(values);
  execution.called.clear();
  return run(execution);
}

Outcome Backend::deallocate(Execution& execution) {
  const Statement& statement = *execution.statement;
  if (statement.name.empty()) {
    prepared_.clear();
  } else {
    if (find_prepared(statement.name) == nullptr) {
      return fail("26000", no_statement(statement.name));
    }
    forget_prepared(statement.name);
  }
  return done(execution, statement.tag);
}

Outcome Backend::declare(Execution& execution) {
  const Statement& statement = *execution.statement;
  if (!in_block() && !of_several_ && !statement.held) {
    return fail("25P01", "DECLARE CURSOR can only be used in transaction blocks");
  }
  std::vector<Type> types;
  std::vector<Column> columns;
  bool has_rows = false;
  if (auto failure = analyse(*statement.inner, types, columns, has_rows)) {
    return fail(std::move(*failure));
  }
  if (find_portal(statement.name) != nullptr) {
    return fail("42P03", "cursor \"" + statement.name + "\" already exists");
  }
  open({statement.name,
        {.statement = statement.inner.get(), .parameters = execution.parameters},
        statement.held,
        true});
  return done(execution, statement.tag);
}

Outcome Backend::fetch(Execution& execution) {
  const Statement& statement = *execution.statement;
  Portal* const portal = find_portal(statement.name);
  if (portal == nullptr) {
    return fail("34000", "cursor \"" + statement.name + "\" does not exist");
  }
  if (statement.backward || statement.count < 0) {
    return fail("55000", "cursor can only scan forward");
  }
  Execution& of = portal->execution;
  if (!of.finished) {
    const Outcome outcome = run(of);
    if (outcome != Outcome::done) return outcome;
  }
  const auto left = static_cast<std::int64_t>(of.rows.size() - of.sent);
  const auto count = static_cast<std::size_t>(std::min(left, statement.count));
  const std::string number = std::to_string(count);
  if (!statement.held) {
    execution.columns = of.columns;
    execution.has_rows = true;
    const auto from = of.rows.begin() + static_cast<std::ptrdiff_t>(of.sent);
    execution.rows.assign(from, from + static_cast<std::ptrdiff_t>(count));
  }
  of.sent += count;
  return done(execution, (statement.held ? "MOVE " : "FETCH ") + number);
}

}  // namespace poolproof::world::postgres
