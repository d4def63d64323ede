#include "props/world/postgres/statements.hpp"

#include <algorithm>

#include "props/world/postgres/functions.hpp"
#include "props/world/postgres/statement_parser.hpp"
#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

bool has_effect(const Expression& expression) {
  if (expression.kind == Expression::Kind::call) {
    const Function* const function = find_function(expression.text);
    if (function == nullptr || function->effect) return true;
  }
  return std::any_of(expression.arguments.begin(), expression.arguments.end(), has_effect);
}

bool is_pure(const Statement& statement) {
  if (statement.kind != Kind::select) return false;
  const Query& query = *statement.query;
  if (!query.understood || !query.table.empty() || query.function || query.locks) return false;
  return std::none_of(query.items.begin(), query.items.end(),
                      [](const auto& each) { return has_effect(each.expression); });
}

// A row of literals: what most pools ask to see whether a connection lives.
void make_ready(Statement& statement) {
  if (statement.kind != Kind::select || statement.query->items.empty()) return;
  const Query& query = *statement.query;
  if (!query.understood || !query.table.empty() || query.function || query.where || query.limit ||
      query.locks) {
    return;
  }
  std::vector<Column> columns;
  Row row;
  for (const auto& [expression, name] : query.items) {
    if (expression.kind != Expression::Kind::literal) return;
    const Type type = expression.type == Type::unknown ? Type::text : expression.type;
    columns.push_back({name.empty() ? "?column?" : name, type});
    row.push_back({type, expression.text, expression.null});
  }
  Answer answer;
  answer.row_description(columns).row(row).complete("SELECT 1");
  statement.ready_answer = answer.bytes();
}

}  // namespace

std::vector<Statement> parse(std::string_view query) {
  std::vector<Token> tokens;
  if (auto failure = cut(query, tokens)) {
    return {{.kind = Kind::wrong, .failure = std::move(failure)}};
  }
  auto statements = StatementParser(tokens).all();
  for (Statement& each : statements) {
    if (statements.size() == 1) each.text = query;
    each.pure = is_pure(each);
    make_ready(each);
  }
  return statements;
}

std::string_view column_name(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::column:
    case Expression::Kind::call: return expression.text;
    case Expression::Kind::cast: {
      const std::string_view inner = column_name(expression.arguments.front());
      return inner == "?column?" ? name_of(expression.type) : inner;
    }
    default: return "?column?";
  }
}

}  // namespace poolproof::world::postgres
