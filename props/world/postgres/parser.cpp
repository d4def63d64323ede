#include "props/world/postgres/parser.hpp"

#include <algorithm>
#include <array>

namespace poolproof::world::postgres {
namespace {

using Kind = Expression::Kind;

constexpr std::size_t kDeepest = 50;

// Weakest first; NOT stands between AND and the comparisons.
constexpr int kAnd = 1;
constexpr int kComparison = 2;
constexpr int kLevels = 6;
constexpr std::array<std::array<std::string_view, 8>, kLevels> kOperators{
    {{"or"},
     {"and"},
     {"=", "<>", "!=", "<", ">", "<=", ">=", "is"},
     {"||"},
     {"+", "-"},
     {"*", "/", "%"}}};

// Words that end an item or cannot be a column.
constexpr std::array<std::string_view, 24> kReserved{
    "select", "from",  "where", "group", "having", "order", "limit",     "offset",
    "union",  "fetch", "for",   "as",    "on",     "and",   "or",        "not",
    "then",   "end",   "else",  "when",  "into",   "using", "returning", "window"};

// Functions that are called without parentheses.
constexpr std::array<std::string_view, 9> kBareFunctions{
    "current_user",      "session_user",    "user",
    "current_role",      "current_date",    "current_time",
    "current_timestamp", "current_catalog", "current_schema"};

}  // namespace

bool Parser::is_reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

// ---- tokens ----

const Token& Parser::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

bool Parser::at_end() const { return peek().kind == Token::Kind::end || sees_symbol(";"); }

bool Parser::sees(std::string_view word) const {
  return peek().kind == Token::Kind::word && peek().text == word;
}

bool Parser::sees_symbol(std::string_view symbol) const {
  return peek().kind == Token::Kind::symbol && peek().text == symbol;
}

bool Parser::take(std::string_view word) {
  if (failure_ || !sees(word)) return false;
  ++at_;
  return true;
}

bool Parser::take(std::initializer_list<std::string_view> words) {
  const std::size_t from = at_;
  for (const std::string_view each : words) {
    if (take(each)) continue;
    at_ = from;
    return false;
  }
  return true;
}

bool Parser::take_symbol(std::string_view symbol) {
  if (failure_ || !sees_symbol(symbol)) return false;
  ++at_;
  return true;
}

const Token& Parser::take_any() {
  const Token& token = peek();
  if (!at_end()) ++at_;
  return token;
}

void Parser::skip_statement() {
  while (!at_end()) ++at_;
}

void Parser::expect_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) wrong();
}

void Parser::expect(std::string_view word) {
  if (!take(word)) wrong();
}

std::string Parser::take_name() {
  const bool named = peek().kind == Token::Kind::quoted ||
                     (peek().kind == Token::Kind::word && !is_reserved(peek().text));
  if (!named) {
    wrong();
    return {};
  }
  std::string name = take_any().text;
  while (take_symbol(".")) {
    if (name == "pg_catalog" || name == "information_schema") {
      name += ".";
    } else {
      name.clear();
    }
    name += take_any().text;
  }
  return name;
}

void Parser::wrong() {
  const bool is_end = peek().kind == Token::Kind::end;
  fail({"42601", is_end ? "syntax error at end of input"
                        : "syntax error at or near \"" + std::string(peek().source) + "\""});
}

void Parser::fail(Failure failure) {
  if (!failure_) failure_ = std::move(failure);
}

// ---- expressions ----

Expression Parser::binary(int level) {
  if (level == kLevels) return unary();
  if (level == kAnd + 1 && sees("not")) {
    take_any();
    return {.kind = Kind::unary, .text = "not", .arguments = {binary(level)}};
  }
  Expression left = binary(level + 1);
  for (;;) {
    const auto& operators = kOperators[static_cast<std::size_t>(level)];
    const auto* const found = std::find_if(
        operators.begin(), operators.end(),
        [&](std::string_view each) { return !each.empty() && (sees_symbol(each) || sees(each)); });
    if (failure_ || found == operators.end()) return left;
    take_any();
    if (level == kComparison && *found == "is") {
      const bool negated = take("not");
      const std::string what = take_any().text;
      if (what != "null" && what != "true" && what != "false") wrong();
      left = {.kind = Kind::unary,
              .text = (negated ? "is not " : "is ") + what,
              .arguments = {std::move(left)}};
      continue;
    }
    Expression right = binary(level + 1);
    left = {.kind = Kind::binary,
            .text = std::string(*found == "!=" ? "<>" : *found),
            .arguments = {std::move(left), std::move(right)}};
  }
}

Expression Parser::unary() {
  if (take_symbol("+")) return unary();
  if (!take_symbol("-")) return postfix();
  Expression of = unary();
  if (of.kind == Kind::literal && (is_integer(of.type) || of.type == Type::numeric)) {
    of.text = "-" + of.text;
    return of;
  }
  return {.kind = Kind::unary, .text = "-", .arguments = {std::move(of)}};
}

Expression Parser::postfix() {
  Expression left = primary();
  while (take_symbol("::")) {
    const auto to = type();
    if (!to) return left;
    left = {.kind = Kind::cast, .type = *to, .arguments = {std::move(left)}};
  }
  return left;
}

Expression Parser::primary() {
  const Token& token = peek();
  if (failure_) return {};
  switch (token.kind) {
    case Token::Kind::integer: {
      take_any();
      const auto number = to_integer(token.text);
      const Type of = !number ? Type::numeric : *number <= INT32_MAX ? Type::int4 : Type::int8;
      return {.text = number ? std::to_string(*number) : token.text, .type = of};
    }
    case Token::Kind::real: take_any(); return {.text = token.text, .type = Type::numeric};
    case Token::Kind::string: take_any(); return {.text = token.text};
    case Token::Kind::parameter: {
      take_any();
      const auto number = static_cast<std::size_t>(to_integer(token.text).value_or(0));
      if (number == 0 || number > UINT16_MAX) {
        fail({"42P02", "there is no parameter $" + token.text});
        return {};
      }
      parameters_ = std::max(parameters_, number);
      return {.kind = Kind::parameter, .number = number};
    }
    case Token::Kind::word:
    case Token::Kind::quoted: return word();
    default: break;
  }
  if (take_symbol("*")) return {.kind = Kind::star};
  if (!take_symbol("(")) {
    wrong();
    return {};
  }
  if (++depth_ > kDeepest) fail({"54001", "stack depth limit exceeded"});
  Expression inner = failure_ ? Expression{} : expression();
  expect_symbol(")");
  --depth_;
  return inner;
}

Expression Parser::word() {
  const bool quoted = peek().kind == Token::Kind::quoted;
  const std::string& text = peek().text;
  if (!quoted && is_reserved(text)) {
    wrong();
    return {};
  }
  if (take("null")) return {.null = true};
  if (!quoted && (text == "true" || text == "false")) {
    return {.text = take_any().text == "true" ? "t" : "f", .type = Type::boolean};
  }
  if (!quoted && text == "cast" && peek(1).text == "(") {
    take_any();
    take_any();
    Expression of = expression();
    expect("as");
    const auto to = type();
    expect_symbol(")");
    return {.kind = Kind::cast, .type = to.value_or(Type::text), .arguments = {std::move(of)}};
  }
  if (!quoted && peek(1).kind == Token::Kind::string) {  // date '2000-01-01'
    if (const auto to = type_named(text)) {
      take_any();
      return {.kind = Kind::cast, .type = *to, .arguments = {{.text = take_any().text}}};
    }
  }
  std::string name = take_any().text;
  bool star = false;
  while (!failure_ && take_symbol(".")) {
    star = sees_symbol("*");
    name = take_any().text;
  }
  if (star) return {.kind = Kind::star};
  if (take_symbol("(")) return call(std::move(name));
  const bool bare = !quoted && std::find(kBareFunctions.begin(), kBareFunctions.end(), name) !=
                                   kBareFunctions.end();
  return {.kind = bare ? Kind::call : Kind::column, .text = std::move(name)};
}

// Its opening parenthesis has been taken.
Expression Parser::call(std::string name) {
  Expression result{.kind = Kind::call, .text = std::move(name)};
  if (take_symbol(")")) return result;
  do {
    result.arguments.push_back(expression());
  } while (take_symbol(","));
  expect_symbol(")");
  return result;
}

std::vector<Expression> Parser::list() {
  std::vector<Expression> result;
  expect_symbol("(");
  if (take_symbol(")")) return result;
  do {
    result.push_back(expression());
  } while (take_symbol(","));
  expect_symbol(")");
  return result;
}

std::optional<Type> Parser::type() {
  if (peek().kind != Token::Kind::word && peek().kind != Token::Kind::quoted) {
    wrong();
    return std::nullopt;
  }
  std::string name = take_any().text;
  if (take_symbol(".")) name = take_any().text;
  if (name == "double" && take("precision")) name = "float8";
  if (name == "character" && take("varying")) name = "varchar";
  if (name == "character") name = "bpchar";
  if (name == "serial") name = "int4";
  if (name == "bigserial") name = "int8";
  if (take_symbol("(")) {  // its length is not kept
    take_any();
    if (take_symbol(",")) take_any();
    expect_symbol(")");
  }
  if (name == "timestamp" || name == "time") {
    if (take({"with", "time", "zone"})) name += "tz";
    take({"without", "time", "zone"});
  }
  if (take_symbol("[")) {
    expect_symbol("]");
    return Type::text;
  }
  const auto found = type_named(name);
  if (!found && !failure_) fail({"42704", "type \"" + name + "\" does not exist"});
  return found;
}

}  // namespace poolproof::world::postgres
