// Reads expressions and queries from tokens. What it cannot read is a syntax error, or a query that
// it says it has not understood.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/expression.hpp"
#include "props/world/postgres/lexer.hpp"

namespace poolproof::world::postgres {

// After the first failure nothing more is read, and every answer is empty.
class Parser {
 public:
  explicit Parser(const std::vector<Token>& tokens) : tokens_(tokens) {}

  // ---- tokens ----
  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
  [[nodiscard]] bool at_end() const;  // of the statement: at a semicolon or behind the last token
  [[nodiscard]] bool sees(std::string_view word) const;
  [[nodiscard]] bool sees_symbol(std::string_view symbol) const;
  bool take(std::string_view word);
  bool take(std::initializer_list<std::string_view> words);  // all of them, or none
  bool take_symbol(std::string_view symbol);
  const Token& take_any();
  void skip_statement();
  void expect_symbol(std::string_view symbol);
  void expect(std::string_view word);
  // With a schema before it, or without; that of a temporary table or of PostgreSQL's own is kept.
  std::string take_name();

  void wrong();  // a syntax error here
  void fail(Failure failure);
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] std::size_t parameters() const { return parameters_; }
  void forget_parameters() { parameters_ = 0; }

  // ---- what they say ----
  Expression expression() { return binary(0); }
  std::vector<Expression> list();  // in parentheses, perhaps none
  std::optional<Type> type();
  [[nodiscard]] bool sees_query() const;
  Query query();

 private:
  // Words that end an item or cannot be a column.
  static bool is_reserved(std::string_view word);

  Expression binary(int level);
  Expression unary();
  Expression postfix();
  Expression primary();
  Expression word();
  Expression call(std::string name);
  void items(Query& query);
  void source(Query& query);
  void tail(Query& query);
  void not_understood(Query& query);

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;  // of parentheses, lest a long text overrun the stack
  std::size_t parameters_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace poolproof::world::postgres
