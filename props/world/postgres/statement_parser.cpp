#include "props/world/postgres/statement_parser.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

// Commands that are known by name only. PostgreSQL does most of them for whom it lets.
constexpr std::array<std::string_view, 17> kOthers{
    "alter",   "analyze", "analyse",  "call",   "checkpoint", "cluster",
    "comment", "do",      "grant",    "load",   "merge",      "refresh",
    "reindex", "revoke",  "security", "vacuum", "reassign"};

}  // namespace

std::string StatementParser::in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
  return text;
}

std::vector<Statement> StatementParser::all() {
  std::vector<Statement> statements;
  while (!parser_.failure()) {
    while (parser_.take_symbol(";")) {
    }
    if (parser_.peek().kind == Token::Kind::end) break;
    parser_.forget_parameters();
    statements.push_back(whole());
    if (!parser_.at_end()) parser_.wrong();
  }
  if (parser_.failure()) {
    statements.clear();
    statements.push_back({.kind = Kind::wrong, .failure = parser_.failure()});
  }
  if (statements.empty()) statements.push_back({.kind = Kind::empty});
  return statements;
}

Statement StatementParser::whole() {
  Statement statement = one();
  statement.parameters = parser_.parameters();
  return statement;
}

Statement StatementParser::one() {
  if (parser_.sees_query() || parser_.sees_symbol("(")) return select();
  const std::string word = parser_.peek().text;
  const Token& first = parser_.peek();
  if (first.kind != Token::Kind::word) {
    parser_.wrong();
    return {};
  }
  Statement statement{.tag = in_capitals(word)};
  if (transaction(word, statement) || setting(word, statement) || table(word, statement) ||
      named(word, statement) || notification(word, statement)) {
    return statement;
  }
  other(word, statement);
  return statement;
}

Statement StatementParser::select() {
  Statement statement{.kind = Kind::select, .tag = "SELECT"};
  const bool wrapped = parser_.take_symbol("(");
  Query query = parser_.query();
  if (wrapped) parser_.expect_symbol(")");
  statement.writes = query.locks;
  statement.query = std::make_shared<const Query>(std::move(query));
  return statement;
}

void StatementParser::other(const std::string& word, Statement& statement) {
  if (std::find(kOthers.begin(), kOthers.end(), word) == kOthers.end()) return parser_.wrong();
  parser_.take_any();
  if (word == "vacuum") statement.alone = true;
  if (word == "analyse") statement.tag = "ANALYZE";
  statement.writes = word == "alter" || word == "comment" || word == "grant" || word == "revoke" ||
                     word == "merge" || word == "refresh";
  if (word == "alter" && !parser_.at_end()) {
    statement.tag.append(" ").append(in_capitals(parser_.take_any().text));
  }
  parser_.skip_statement();
}

// ---- statements by name ----

bool StatementParser::named(const std::string& word, Statement& statement) {
  if (word == "prepare" && parser_.peek(1).text != "transaction") {
    prepare(statement);
  } else if (parser_.take("execute")) {
    statement.kind = Kind::execute;
    statement.name = parser_.take_name();
    if (parser_.sees_symbol("(")) statement.arguments = parser_.list();
  } else if (parser_.take("deallocate")) {
    parser_.take("prepare");
    statement.kind = Kind::deallocate;
    if (parser_.take("all")) {
      statement.tag = "DEALLOCATE ALL";
    } else {
      statement.name = parser_.take_name();
    }
  } else if (parser_.take("declare")) {
    declare(statement);
  } else if (word == "fetch" || word == "move") {
    fetch(word, statement);
  } else if (parser_.take("close")) {
    statement.kind = Kind::close;
    statement.tag = "CLOSE CURSOR";
    if (parser_.take("all")) {
      statement.tag = "CLOSE CURSOR ALL";
    } else {
      statement.name = parser_.take_name();
    }
  } else {
    return false;
  }
  return true;
}

void StatementParser::prepare(Statement& statement) {
  parser_.take("prepare");
  statement.kind = Kind::prepare;
  statement.name = parser_.take_name();
  if (parser_.take_symbol("(")) {
    do {
      statement.types.push_back(parser_.type().value_or(Type::text));
    } while (parser_.take_symbol(","));
    parser_.expect_symbol(")");
  }
  parser_.expect("as");
  statement.inner = std::make_shared<const Statement>(whole());
  parser_.forget_parameters();
}

void StatementParser::declare(Statement& statement) {
  statement.kind = Kind::declare;
  statement.tag = "DECLARE CURSOR";
  statement.name = parser_.take_name();
  while (parser_.take("binary") || parser_.take("insensitive") || parser_.take("asensitive") ||
         parser_.take({"no", "scroll"}) || parser_.take("scroll")) {
  }
  parser_.expect("cursor");
  statement.held = parser_.take({"with", "hold"});
  parser_.take({"without", "hold"});
  parser_.expect("for");
  statement.inner = std::make_shared<const Statement>(select());
}

void StatementParser::fetch(const std::string& word, Statement& statement) {
  parser_.take_any();
  statement.kind = Kind::fetch;
  statement.held = word == "move";
  if (parser_.take("backward") || parser_.take("prior") || parser_.take("last") ||
      parser_.take("first")) {
    statement.backward = true;
  } else if (!parser_.take("next")) {
    parser_.take("forward");
  }
  if (parser_.take("all")) {
    statement.count = Statement::kAll;
  } else if (parser_.peek().kind == Token::Kind::integer) {
    statement.count = to_integer(parser_.take_any().text).value_or(0);
  }
  if (!parser_.take("from")) parser_.take("in");
  statement.name = parser_.take_name();
}

// ---- notifications ----

bool StatementParser::notification(const std::string& word, Statement& statement) {
  if (word == "listen" || word == "unlisten") {
    parser_.take_any();
    statement.kind = word == "listen" ? Kind::listen : Kind::unlisten;
    if (word == "listen" || !parser_.take_symbol("*")) statement.name = parser_.take_name();
  } else if (parser_.take("notify")) {
    statement.kind = Kind::notify;
    statement.name = parser_.take_name();
    if (parser_.take_symbol(",")) {
      if (parser_.peek().kind != Token::Kind::string) return parser_.wrong(), true;
      statement.value = parser_.take_any().text;
    }
  } else {
    return false;
  }
  return true;
}

}  // namespace poolproof::world::postgres
