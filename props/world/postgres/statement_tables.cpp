// Statements about tables and other objects.
#include <algorithm>
#include <array>

#include "props/world/postgres/statement_parser.hpp"

namespace poolproof::world::postgres {

using Kind = Statement::Kind;

// ---- tables ----

bool StatementParser::table(const std::string& word, Statement& statement) {
  if (word == "create") {
    create(statement);
  } else if (word == "drop") {
    drop(statement);
  } else if (parser_.take({"insert", "into"})) {
    insert(statement);
  } else if (parser_.take({"delete", "from"})) {
    statement.kind = Kind::remove;
    statement.writes = true;
    statement.name = parser_.take_name();
    where(statement);
  } else if (word == "update") {
    update(statement);
  } else if (parser_.take("truncate")) {
    parser_.take("table");
    statement.kind = Kind::truncate;
    statement.tag = "TRUNCATE TABLE";
    statement.writes = true;
    names(statement);
    parser_.skip_statement();
  } else if (parser_.take("lock")) {
    parser_.take("table");
    statement.kind = Kind::lock_table;
    statement.tag = "LOCK TABLE";
    names(statement);
    parser_.skip_statement();
  } else if (parser_.take("copy")) {
    copy(statement);
  } else if (parser_.take("explain")) {
    statement.kind = Kind::explain;
    if (parser_.sees_symbol("(")) parser_.list();
    for (const char* each : {"analyze", "verbose"}) parser_.take(each);
    statement.inner = std::make_shared<const Statement>(one());
  } else {
    return false;
  }
  return true;
}

void StatementParser::names(Statement& statement) {
  do {
    statement.names.push_back(parser_.take_name());
  } while (parser_.take_symbol(","));
}

void StatementParser::where(Statement& statement) {
  auto query = std::make_shared<Query>();
  query->table = statement.name;
  if (parser_.take("where")) query->where = parser_.expression();
  returning(*query);
  statement.query = std::move(query);
}

// What the answer has rows of.
void StatementParser::returning(Query& query) {
  if (!parser_.take("returning")) return;
  do {
    query.items.push_back({parser_.expression(), {}});
    if (parser_.take("as")) query.items.back().name = parser_.take_any().text;
  } while (parser_.take_symbol(","));
}

void StatementParser::create(Statement& statement) {
  parser_.take("create");
  statement.writes = true;
  if (!parser_.take("global")) parser_.take("local");
  statement.local = parser_.take("temp") || parser_.take("temporary");
  if (!statement.local) parser_.take("unlogged");
  if (!parser_.take("table")) return object(statement);
  statement.kind = Kind::create_table;
  statement.tag = "CREATE TABLE";
  statement.tolerant = parser_.take({"if", "not", "exists"});
  statement.name = parser_.take_name();
  if (parser_.take("as")) {
    statement.tag = "SELECT";
    statement.query = std::make_shared<const Query>(parser_.query());
    return;
  }
  parser_.expect_symbol("(");
  while (!parser_.failure() && !parser_.take_symbol(")")) column(statement);
  statement.held = parser_.take({"on", "commit", "drop"});
  parser_.skip_statement();
}

// Constraints are not kept.
void StatementParser::column(Statement& statement) {
  static constexpr std::array<std::string_view, 5> kConstraints{"primary", "unique", "check",
                                                                "foreign", "constraint"};
  const bool is_column = std::find(kConstraints.begin(), kConstraints.end(), parser_.peek().text) ==
                         kConstraints.end();
  if (is_column) {
    statement.names.push_back(parser_.take_name());
    statement.types.push_back(parser_.type().value_or(Type::text));
  }
  int depth = 0;
  while (!parser_.at_end() && !parser_.failure()) {
    if (depth == 0 && (parser_.take_symbol(",") || parser_.sees_symbol(")"))) return;
    if (parser_.sees_symbol("(")) ++depth;
    if (parser_.sees_symbol(")")) --depth;
    parser_.take_any();
  }
  parser_.wrong();
}

// Of another kind than a table: its tag is all that is known.
void StatementParser::object(Statement& statement) {
  parser_.take({"or", "replace"});
  while (parser_.take("unique") || parser_.take("materialized")) {
  }
  if (parser_.at_end()) return parser_.wrong();
  const std::string what = parser_.take_any().text;
  statement.tag.append(" ").append(in_capitals(what));
  statement.alone = what == "database" || what == "tablespace";
  if (parser_.at_end()) return parser_.wrong();
  parser_.skip_statement();
}

void StatementParser::drop(Statement& statement) {
  parser_.take("drop");
  statement.writes = true;
  if (!parser_.take("table")) return object(statement);
  statement.kind = Kind::drop_table;
  statement.tag = "DROP TABLE";
  statement.tolerant = parser_.take({"if", "exists"});
  names(statement);
  if (!parser_.take("cascade")) parser_.take("restrict");
}

void StatementParser::insert(Statement& statement) {
  statement.kind = Kind::insert;
  statement.writes = true;
  statement.name = parser_.take_name();
  if (parser_.take_symbol("(")) {
    do {
      statement.names.push_back(parser_.take_name());
    } while (parser_.take_symbol(","));
    parser_.expect_symbol(")");
  }
  Query query;
  if (parser_.take({"default", "values"})) {
    query.values.emplace_back();
  } else {
    query = parser_.query();
  }
  if (parser_.take({"on", "conflict"})) {
    while (!parser_.at_end() && !parser_.sees("returning")) parser_.take_any();
  }
  auto returned = std::make_shared<Query>();
  returned->table = statement.name;
  returning(*returned);
  auto inner = std::make_shared<Statement>();
  inner->query = std::move(returned);
  statement.inner = std::move(inner);
  statement.query = std::make_shared<const Query>(std::move(query));
}

void StatementParser::update(Statement& statement) {
  parser_.take("update");
  statement.kind = Kind::update;
  statement.writes = true;
  statement.name = parser_.take_name();
  parser_.expect("set");
  do {
    statement.names.push_back(parser_.take_name());
    parser_.expect_symbol("=");
    statement.arguments.push_back(parser_.expression());
  } while (parser_.take_symbol(","));
  where(statement);
}

void StatementParser::copy(Statement& statement) {
  if (parser_.take_symbol("(")) {
    statement.query = std::make_shared<const Query>(parser_.query());
    parser_.expect_symbol(")");
  } else {
    statement.name = parser_.take_name();
    if (parser_.take_symbol("(")) {
      do {
        statement.names.push_back(parser_.take_name());
      } while (parser_.take_symbol(","));
      parser_.expect_symbol(")");
    }
  }
  if (statement.query == nullptr && parser_.take({"from", "stdin"})) {
    statement.kind = Kind::copy_in;
    statement.writes = true;
  } else if (parser_.take({"to", "stdout"})) {
    statement.kind = Kind::copy_out;
  } else {
    parser_.wrong();
  }
  parser_.skip_statement();
}

}  // namespace poolproof::world::postgres
