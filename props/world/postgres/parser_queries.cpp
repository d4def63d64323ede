// Queries: what they select, from where, and what follows that.
#include <algorithm>
#include <array>

#include "props/world/postgres/parser.hpp"

namespace poolproof::world::postgres {

using Kind = Expression::Kind;

bool Parser::sees_query() const {
  return sees("select") || sees("values") || sees("table") || sees("with");
}

// What follows is some SQL that is not modelled, and right as far as anyone can tell.
void Parser::not_understood(Query& query) {
  query.understood = false;
  int depth = 0;
  while (!at_end() && (depth > 0 || !sees_symbol(")"))) {
    if (sees_symbol("(")) ++depth;
    if (sees_symbol(")")) --depth;
    take_any();
  }
}

Query Parser::query() {
  Query query;
  if (take("table")) {
    query.items.push_back({{.kind = Kind::star}, {}});
    query.table = take_name();
  } else if (take("values")) {
    do {
      query.values.push_back(list());
    } while (take_symbol(","));
  } else if (take("with")) {
    not_understood(query);
  } else {
    expect("select");
    if (sees("distinct") || sees("all")) take_any();
    items(query);
    if (take("from")) source(query);
  }
  tail(query);
  return query;
}

void Parser::items(Query& query) {
  if (at_end() || sees("from")) return;
  do {
    if (sees("case") || sees("exists") || sees("array")) return not_understood(query);
    Query::Item item{expression(), {}};
    if (take("as")) {
      item.name = take_any().text;
    } else if (peek().kind == Token::Kind::quoted ||
               (peek().kind == Token::Kind::word && !is_reserved(peek().text))) {
      static constexpr std::array<std::string_view, 6> kBeyond{"between", "in",   "like",
                                                               "ilike",   "over", "at"};
      if (std::find(kBeyond.begin(), kBeyond.end(), peek().text) != kBeyond.end()) {
        return not_understood(query);
      }
      item.name = take_any().text;
    }
    if (item.expression.kind == Kind::call && item.expression.text == "generate_series") {
      if (item.name.empty()) item.name = "generate_series";
      query.function = std::move(item.expression);
      item.expression = {.kind = Kind::column, .text = "generate_series"};
    }
    query.items.push_back(std::move(item));
  } while (take_symbol(","));
}

void Parser::source(Query& query) {
  if (sees_symbol("(") || sees("lateral") || sees("only")) return not_understood(query);
  std::string name = take_name();
  if (take_symbol("(")) {
    query.function = call(std::move(name));
  } else {
    query.table = std::move(name);
  }
  take("as");
  const bool aliased = peek().kind == Token::Kind::quoted ||
                       (peek().kind == Token::Kind::word && !is_reserved(peek().text) &&
                        !sees("join") && !sees("left") && !sees("inner") && !sees("cross") &&
                        !sees("full") && !sees("right") && !sees("natural"));
  if (aliased) query.alias = take_any().text;
  if (take_symbol("(")) {
    query.column_alias = take_any().text;
    if (!sees_symbol(")")) return not_understood(query);
    expect_symbol(")");
  }
  if (sees_symbol(",") || sees("join") || sees("left") || sees("inner") || sees("cross") ||
      sees("full") || sees("right") || sees("natural")) {
    not_understood(query);
  }
}

void Parser::tail(Query& query) {
  if (take("where")) query.where = expression();
  static constexpr std::array<std::string_view, 8> kBeyond{"group",     "having", "union", "except",
                                                           "intersect", "window", "in",    "like"};
  for (const std::string_view each : kBeyond) {
    if (sees(each)) return not_understood(query);
  }
  if (sees("between") || sees("ilike") || sees("not")) return not_understood(query);
  if (take("order")) {
    expect("by");
    do {
      expression();
      if (!take("asc")) take("desc");
      if (take("nulls")) take_any();
    } while (take_symbol(","));
  }
  if (take("limit")) {
    if (!take("all")) query.limit = expression();
  }
  if (take("offset")) not_understood(query);
  if (take("for")) {
    query.locks = true;
    not_understood(query);
    query.understood = true;
  }
}

}  // namespace poolproof::world::postgres
