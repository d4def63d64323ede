// Queries: what they will answer, and what they do.
#include <algorithm>

#include "props/world/postgres/backend.hpp"
#include "props/world/postgres/evaluator.hpp"
#include "props/world/postgres/server.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

// PostgreSQL's own tables are there, and empty.
bool is_catalog(std::string_view name) {
  return name.starts_with("pg_") || name.starts_with("information_schema.");
}

bool has_aggregate(const Expression& expression) {
  if (expression.kind == Expression::Kind::call) {
    const Function* const function = find_function(expression.text);
    if (function != nullptr && function->aggregate) return true;
  }
  return std::any_of(expression.arguments.begin(), expression.arguments.end(), has_aggregate);
}

std::string no_relation(std::string_view name) {
  return "relation \"" + std::string(name) + "\" does not exist";
}

std::string column_of_function(const Query& query) {
  if (!query.column_alias.empty()) return query.column_alias;
  return query.alias.empty() ? query.function->text : query.alias;
}

}  // namespace

Table* Backend::find_table(std::string_view name) {
  if (Table* const own = temporary_.find(name)) return own;
  return server_.shared_.tables.find(name);
}

Outcome Backend::unknown_table(std::string_view name) { return fail("42P01", no_relation(name)); }

// ---- what a query will answer ----

std::optional<Failure> Backend::analyse(const Statement& statement, std::vector<Type>& parameters,
                                        std::vector<Column>& columns, bool& has_rows) {
  has_rows = true;
  if (parameters.size() < statement.parameters) {
    parameters.resize(statement.parameters, Type::unknown);
  }
  const auto settle = [&] {
    for (Type& each : parameters) each = each == Type{0} ? Type::text : Analyser::settled(each);
  };
  switch (statement.kind) {
    case Kind::wrong: return statement.failure;
    case Kind::show: columns = {{Settings::canonical(statement.name), Type::text}}; return {};
    case Kind::show_all:
      columns = {{"name", Type::text}, {"setting", Type::text}, {"description", Type::text}};
      return {};
    case Kind::explain: columns = {{"QUERY PLAN", Type::text}}; return {};
    case Kind::execute: {
      const Prepared* const prepared = find_prepared(statement.name);
      if (prepared == nullptr) {
        has_rows = false;
        return {};
      }
      auto types = prepared->types;
      return analyse(*prepared->statement, types, columns, has_rows);
    }
    case Kind::fetch: {
      Portal* const portal = find_portal(statement.name);
      has_rows = portal != nullptr && !statement.held;
      if (!has_rows) return {};
      std::vector<Type> none;
      return analyse(*portal->execution.statement, none, columns, has_rows);
    }
    case Kind::select: break;
    case Kind::insert:
    case Kind::update:
    case Kind::remove:
    case Kind::truncate:
      has_rows = false;
      if (!statement.name.empty() && find_table(statement.name) == nullptr) {
        return Failure{"42P01", no_relation(statement.name)};
      }
      settle();
      return {};
    default:
      has_rows = false;
      settle();
      return {};
  }
  const Query& query = *statement.query;
  if (!query.understood) {
    columns = {{"?column?", Type::text}};
    settle();
    return {};
  }
  std::vector<Column> source;
  bool any_column = false;
  if (!query.table.empty()) {
    const Table* const table = find_table(query.table);
    any_column = table == nullptr && is_catalog(query.table);
    if (table == nullptr && !any_column) return Failure{"42P01", no_relation(query.table)};
    if (table != nullptr) source = table->columns;
  }
  Analyser analyser(&source, any_column, parameters);
  if (query.function) {
    const Type type = analyser.type_of(*query.function);
    source.push_back({column_of_function(query), type});
    if (query.items.empty() || query.items.front().name == "generate_series") {
      source.back().name = "generate_series";
    }
    if (!query.alias.empty() && query.column_alias.empty()) source.back().name = query.alias;
  }
  for (std::size_t i = 0; !query.values.empty() && i < query.values.front().size(); ++i) {
    const Type type = analyser.type_of(query.values.front()[i]);
    columns.push_back({"column" + std::to_string(i + 1), Analyser::settled(type)});
  }
  for (const auto& [expression, name] : query.items) {
    if (expression.kind == Expression::Kind::star) {
      columns.insert(columns.end(), source.begin(), source.end());
      continue;
    }
    Type type = analyser.type_of(expression);
    if (expression.kind == Expression::Kind::parameter && type == Type::unknown) type = Type::text;
    columns.push_back(
        {name.empty() ? std::string(column_name(expression)) : name, Analyser::settled(type)});
  }
  if (query.where) analyser.type_of(*query.where);
  if (query.limit) analyser.type_of(*query.limit);
  settle();
  return analyser.failure();
}

// ---- queries ----

// The rows that the query is over: those of its table, its function, or a single empty one.
bool Backend::query_rows(Execution& execution, const Query& query, std::vector<Column>& columns,
                         std::vector<Row>& rows, Outcome& outcome) {
  if (!query.table.empty()) {
    if (const Table* const table = find_table(query.table)) {
      columns = table->columns;
      rows = table->rows;
    }
    return true;
  }
  rows.emplace_back();
  if (!query.function) return true;
  const std::vector<Column> none;
  Evaluator evaluator(*this, execution, none);
  const auto stop = [&] {
    outcome = evaluator.waits() ? Outcome::waiting : fail(*evaluator.failure());
    return false;
  };
  rows.clear();
  const std::string name = query.items.empty() || query.items.front().name != "generate_series"
                               ? column_of_function(query)
                               : "generate_series";
  if (query.function->text != "generate_series") {
    auto value = evaluator.value(*query.function, nullptr);
    if (!value) return stop();
    columns = {{name, value->type}};
    rows.push_back({std::move(*value)});
    return true;
  }
  std::vector<std::int64_t> bounds;
  Type type = Type::int4;
  for (const Expression& each : query.function->arguments) {
    const auto value = evaluator.value(each, nullptr);
    if (!value) return stop();
    if (value->type == Type::int8) type = Type::int8;
    bounds.push_back(to_integer(value->text).value_or(0));
  }
  if (bounds.size() < 2) {
    outcome = fail("42883", "function generate_series() does not exist");
    return false;
  }
  const std::int64_t step = bounds.size() > 2 ? bounds[2] : 1;
  if (step == 0) {
    outcome = fail("22023", "step size cannot equal zero");
    return false;
  }
  constexpr std::size_t kMostRows = 100'000;
  columns = {{name, type}};
  for (std::int64_t i = bounds[0];
       (step > 0 ? i <= bounds[1] : i >= bounds[1]) && rows.size() < kMostRows; i += step) {
    rows.push_back({Value::integer(i, type)});
  }
  return true;
}

Outcome Backend::run_query(Execution& execution) {
  const Query& query = *execution.statement->query;
  if (execution.columns.empty()) {
    std::vector<Type> types;
    for (const Value& each : execution.parameters) types.push_back(each.type);
    if (auto failure =
            analyse(*execution.statement, types, execution.columns, execution.has_rows)) {
      return fail(std::move(*failure));
    }
  }
  execution.has_rows = true;
  execution.rows.clear();
  std::vector<Column> source;
  std::vector<Row> rows;
  Outcome outcome = Outcome::done;
  if (!query.understood) return done(execution, "SELECT");
  if (!query_rows(execution, query, source, rows, outcome)) return outcome;
  Evaluator evaluator(*this, execution, source);
  const auto stop = [&] {
    return evaluator.waits() ? Outcome::waiting : fail(*evaluator.failure());
  };
  std::int64_t limit = Statement::kAll;
  if (query.limit) {
    const auto value = evaluator.value(*query.limit, nullptr);
    if (!value) return stop();
    if (!value->null) limit = to_integer(value->text).value_or(limit);
  }
  if (query.where) {
    std::vector<Row> kept;
    for (Row& each : rows) {
      const auto holds = evaluator.value(*query.where, &each);
      if (!holds) return stop();
      if (!holds->null && holds->text == "t") kept.push_back(std::move(each));
    }
    rows = std::move(kept);
  }
  const auto add = [&](const std::vector<Expression>& expressions, const Row* row) {
    Row result;
    for (const Expression& each : expressions) {
      auto value = evaluator.value(each, row);
      if (!value) return false;
      result.push_back(std::move(*value));
    }
    execution.rows.push_back(std::move(result));
    return true;
  };
  for (const auto& each : query.values) {
    if (!add(each, nullptr)) return stop();
  }
  const bool aggregates = std::any_of(query.items.begin(), query.items.end(), [](const auto& each) {
    return has_aggregate(each.expression);
  });
  if (aggregates) {
    Row result;
    for (const auto& item : query.items) {
      auto value = evaluator.value(item.expression, nullptr, &rows);
      if (!value) return stop();
      result.push_back(std::move(*value));
    }
    execution.rows.push_back(std::move(result));
  } else if (query.values.empty()) {
    for (const Row& each : rows) {
      if (static_cast<std::int64_t>(execution.rows.size()) >= limit) break;
      Row result;
      for (const auto& item : query.items) {
        if (item.expression.kind == Expression::Kind::star) {
          result.insert(result.end(), each.begin(), each.end());
          continue;
        }
        auto value = evaluator.value(item.expression, &each);
        if (!value) return stop();
        result.push_back(std::move(*value));
      }
      execution.rows.push_back(std::move(result));
    }
  }
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
  if (execution.rows.size() > most) execution.rows.resize(most);
  for (Row& row : execution.rows) {
    for (std::size_t i = 0; i < row.size() && i < execution.columns.size(); ++i) {
      if (auto failure = convert(row[i], execution.columns[i].type)) {
        if (row[i].type == Type::unknown || is_integer(row[i].type))
          return fail(std::move(*failure));
      }
      if (row[i].type == Type::boolean && row[i].text == "true") row[i].text = "t";
    }
  }
  return done(execution, "SELECT");
}

}  // namespace poolproof::world::postgres
