// Statements that make, fill, change and drop tables.
#include <algorithm>

#include "props/world/postgres/backend.hpp"
#include "props/world/postgres/evaluator.hpp"
#include "props/world/postgres/server.hpp"

namespace poolproof::world::postgres {

using Kind = Statement::Kind;

// ---- tables ----

Outcome Backend::run_table(Execution& execution) {
  const Statement& statement = *execution.statement;
  switch (statement.kind) {
    case Kind::create_table: return create_table(execution);
    case Kind::drop_table: return drop_tables(execution);
    case Kind::insert: return insert(execution);
    case Kind::update:
    case Kind::remove: return change_rows(execution);
    case Kind::copy_out: return copy_out(execution);
    case Kind::copy_in: {
      const Table* const table = find_table(statement.name);
      if (table == nullptr) return unknown_table(statement.name);
      execution.columns = table->columns;
      return Outcome::copying;
    }
    case Kind::lock_table:
      if (!in_block() && !of_several_) {
        return fail("25P01", "LOCK TABLE can only be used in transaction blocks");
      }
      break;
    default: break;
  }
  for (const std::string& each : statement.names) {
    Table* const table = find_table(each);
    if (table == nullptr) return unknown_table(each);
    if (statement.kind != Kind::truncate) continue;
    remember();
    table->rows.clear();
  }
  return done(execution, statement.tag);
}

Outcome Backend::create_table(Execution& execution) {
  const Statement& statement = *execution.statement;
  Tables& tables = statement.local ? temporary_ : server_.shared_.tables;
  if (tables.find(statement.name) != nullptr) {
    const std::string exists = "relation \"" + statement.name + "\" already exists";
    if (!statement.tolerant) return fail("42P07", exists);
    host_.warn("NOTICE", "42P07", exists + ", skipping");
    return done(execution, "CREATE TABLE");
  }
  Table table{.name = statement.name, .dropped_at_commit = statement.held};
  for (std::size_t i = 0; i < statement.names.size(); ++i) {
    table.columns.push_back({statement.names[i], statement.types[i]});
  }
  std::string tag = "CREATE TABLE";
  if (statement.query != nullptr) {
    const Statement select{.kind = Kind::select, .query = statement.query};
    Execution source{.statement = &select, .called = execution.called};
    const Outcome outcome = run_query(source);
    execution.called = source.called;
    if (outcome != Outcome::done) return outcome;
    table.columns = source.columns;
    table.rows = source.rows;
    tag = "SELECT " + std::to_string(table.rows.size());
  }
  remember();
  tables.add(std::move(table));
  return done(execution, tag);
}

Outcome Backend::drop_tables(Execution& execution) {
  for (const std::string& each : execution.statement->names) {
    if (find_table(each) == nullptr) {
      const std::string missing = "table \"" + each + "\" does not exist";
      if (!execution.statement->tolerant) return fail("42P01", missing);
      host_.warn("NOTICE", "00000", missing + ", skipping");
      continue;
    }
    remember();
    if (temporary_.find(each) != nullptr) {
      temporary_.drop(each);
    } else {
      server_.shared_.tables.drop(each);
    }
  }
  return done(execution, "DROP TABLE");
}

// Those of its values that are strings become what the columns are.
Outcome Backend::add_row(Execution& execution, Table& table, Row row) {
  const auto& names = execution.statement->names;
  if (row.size() > table.columns.size() || (!names.empty() && row.size() > names.size())) {
    return fail("42601", "INSERT has more expressions than target columns");
  }
  Row stored;
  for (const Column& column : table.columns) {
    const auto named = std::find(names.begin(), names.end(), column.name);
    const auto index =
        names.empty() ? stored.size() : static_cast<std::size_t>(named - names.begin());
    Value value{.type = column.type, .null = true};
    if (index < row.size()) value = row[index];
    if (auto failure = convert(value, column.type)) return fail(std::move(*failure));
    stored.push_back(std::move(value));
  }
  table.rows.push_back(std::move(stored));
  return Outcome::done;
}

Outcome Backend::insert(Execution& execution) {
  const Statement& statement = *execution.statement;
  Table* table = find_table(statement.name);
  if (table == nullptr) return unknown_table(statement.name);
  for (const std::string& each : statement.names) {
    const bool known = std::any_of(table->columns.begin(), table->columns.end(),
                                   [&](const Column& column) { return column.name == each; });
    if (!known) {
      return fail("42703",
                  "column \"" + each + "\" of relation \"" + statement.name + "\" does not exist");
    }
  }
  const Statement select{.kind = Kind::select, .query = statement.query};
  Execution source{
      .statement = &select, .parameters = execution.parameters, .called = execution.called};
  const Outcome outcome = run_query(source);
  execution.called = source.called;
  if (outcome != Outcome::done) return outcome;
  remember();
  table = find_table(statement.name);
  const std::size_t before = table->rows.size();
  for (Row& each : source.rows) {
    if (add_row(execution, *table, std::move(each)) == Outcome::failed) return Outcome::failed;
  }
  const Query& returned = *statement.inner->query;
  if (!returned.items.empty()) {
    execution.has_rows = true;
    Evaluator evaluator(*this, execution, table->columns);
    for (std::size_t i = before; i < table->rows.size(); ++i) {
      Row row;
      for (const auto& [expression, name] : returned.items) {
        if (expression.kind == Expression::Kind::star) {
          row = table->rows[i];
          continue;
        }
        auto value = evaluator.value(expression, &table->rows[i]);
        if (!value) return fail(*evaluator.failure());
        row.push_back(std::move(*value));
      }
      execution.rows.push_back(std::move(row));
    }
    for (const auto& [expression, name] : returned.items) {
      if (expression.kind == Expression::Kind::star) {
        execution.columns = table->columns;
      } else {
        std::vector<Type> none;
        const Type type = Analyser(&table->columns, false, none).type_of(expression);
        execution.columns.push_back(
            {name.empty() ? std::string(column_name(expression)) : name, Analyser::settled(type)});
      }
    }
  }
  return done(execution, "INSERT 0 " + std::to_string(table->rows.size() - before));
}

// UPDATE and DELETE.
Outcome Backend::change_rows(Execution& execution) {
  const Statement& statement = *execution.statement;
  Table* const table = find_table(statement.name);
  if (table == nullptr) return unknown_table(statement.name);
  remember();
  Evaluator evaluator(*this, execution, table->columns);
  std::vector<Row> kept;
  std::size_t changed = 0;
  for (Row row : table->rows) {
    bool hit = true;
    if (statement.query->where) {
      const auto holds = evaluator.value(*statement.query->where, &row);
      if (!holds) return fail(*evaluator.failure());
      hit = !holds->null && holds->text == "t";
    }
    if (!hit || statement.kind == Kind::update) {
      const Row old = row;
      for (std::size_t i = 0; hit && i < statement.names.size(); ++i) {
        const auto column =
            std::find_if(table->columns.begin(), table->columns.end(),
                         [&](const Column& each) { return each.name == statement.names[i]; });
        if (column == table->columns.end()) {
          return fail("42703", "column \"" + statement.names[i] + "\" of relation \"" +
                                   statement.name + "\" does not exist");
        }
        auto value = evaluator.value(statement.arguments[i], &old);
        if (!value) return fail(*evaluator.failure());
        if (auto failure = convert(*value, column->type)) return fail(std::move(*failure));
        row[static_cast<std::size_t>(column - table->columns.begin())] = std::move(*value);
      }
      kept.push_back(std::move(row));
    }
    if (hit) ++changed;
  }
  table->rows = std::move(kept);
  return done(execution, statement.tag + " " + std::to_string(changed));
}

// ---- COPY ----

Outcome Backend::copy_out(Execution& execution) {
  const Statement& statement = *execution.statement;
  if (statement.query == nullptr) {
    const Table* const table = find_table(statement.name);
    if (table == nullptr) return unknown_table(statement.name);
    execution.columns = table->columns;
    execution.rows = table->rows;
  } else {
    const Statement select{.kind = Kind::select, .query = statement.query};
    Execution source{.statement = &select, .called = execution.called};
    const Outcome outcome = run_query(source);
    execution.called = source.called;
    if (outcome != Outcome::done) return outcome;
    execution.columns = std::move(source.columns);
    execution.rows = std::move(source.rows);
  }
  return done(execution, "COPY " + std::to_string(execution.rows.size()));
}

Outcome Backend::copied(Execution& execution, std::string_view lines) {
  Table* const table = find_table(execution.statement->name);
  if (table == nullptr) return unknown_table(execution.statement->name);
  remember();
  std::size_t count = 0;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line == "\\.") break;
    Row row;
    for (;;) {
      const std::string_view field = line.substr(0, line.find('\t'));
      row.push_back({Type::unknown, std::string(field), field == "\\N"});
      if (field.size() == line.size()) break;
      line.remove_prefix(field.size() + 1);
    }
    if (row.size() < table->columns.size()) {
      return fail("22P04", "missing data for column \"" + table->columns[row.size()].name + "\"");
    }
    if (row.size() > table->columns.size()) {
      return fail("22P04", "extra data after last expected column");
    }
    if (add_row(execution, *table, std::move(row)) == Outcome::failed) return Outcome::failed;
    ++count;
  }
  return done(execution, "COPY " + std::to_string(count));
}

}  // namespace poolproof::world::postgres
