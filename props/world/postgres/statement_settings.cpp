// Statements about transactions and settings.
#include <algorithm>
#include <cctype>

#include "props/world/postgres/statement_parser.hpp"

namespace poolproof::world::postgres {

using Kind = Statement::Kind;

// ---- transactions ----

void StatementParser::modes(Statement& statement) {
  for (;;) {
    if (parser_.take({"isolation", "level"})) {
      std::string level = parser_.take_any().text;
      if (level != "serializable") level += " " + parser_.take_any().text;
      if (level != "serializable" && level != "repeatable read" && level != "read committed" &&
          level != "read uncommitted") {
        parser_.wrong();
      }
      statement.isolation = level;
    } else if (parser_.take({"read", "only"})) {
      statement.access = Statement::Access::read_only;
    } else if (parser_.take({"read", "write"})) {
      statement.access = Statement::Access::read_write;
    } else if (!parser_.take({"not", "deferrable"}) && !parser_.take("deferrable") &&
               !parser_.take_symbol(",")) {
      return;
    }
  }
}

void StatementParser::chain(Statement& statement) {
  if (!parser_.take("work")) parser_.take("transaction");
  if (parser_.take({"and", "no", "chain"})) return;
  if (parser_.take({"and", "chain"})) statement.local = true;
}

bool StatementParser::transaction(const std::string& word, Statement& statement) {
  if (parser_.take("begin")) {
    statement.kind = Kind::begin;
    if (!parser_.take("work")) parser_.take("transaction");
    modes(statement);
  } else if (parser_.take({"start", "transaction"})) {
    statement.kind = Kind::begin;
    statement.tag = "START TRANSACTION";
    modes(statement);
  } else if (parser_.take("commit") || parser_.take("end")) {
    statement.kind = Kind::commit;
    statement.tag = "COMMIT";
    chain(statement);
  } else if (word == "rollback" || word == "abort") {
    parser_.take_any();
    statement.kind = Kind::rollback;
    statement.tag = "ROLLBACK";
    if (!parser_.sees("to")) chain(statement);
    if (parser_.take("to")) {
      parser_.take("savepoint");
      statement.kind = Kind::rollback_to;
      statement.name = parser_.take_name();
    }
  } else if (parser_.take("savepoint")) {
    statement.kind = Kind::savepoint;
    statement.name = parser_.take_name();
  } else if (parser_.take("release")) {
    parser_.take("savepoint");
    statement.kind = Kind::release;
    statement.name = parser_.take_name();
  } else {
    return false;
  }
  return true;
}

// ---- settings ----

std::string StatementParser::setting_name() {
  std::string name = parser_.take_any().text;
  while (parser_.take_symbol(".")) name += "." + parser_.take_any().text;
  return name;
}

// Several values are one list; words that are not plain are put in quotes.
std::string StatementParser::setting_values(bool list) {
  std::string result;
  do {
    if (!result.empty()) result += ", ";
    const bool negative = parser_.take_symbol("-");
    const Token& token = parser_.take_any();
    if (token.kind == Token::Kind::symbol || token.kind == Token::Kind::end) parser_.wrong();
    const bool plain = std::all_of(token.text.begin(), token.text.end(), [](unsigned char each) {
      return std::islower(each) != 0 || std::isdigit(each) != 0 || each == '_';
    });
    result += negative ? "-" : "";
    result += list && !plain ? "\"" + token.text + "\"" : token.text;
  } while (parser_.take_symbol(","));
  return result;
}

void StatementParser::set(Statement& statement) {
  statement.kind = Kind::set;
  statement.local = parser_.take("local");
  const bool session = !statement.local && parser_.take("session");
  if (session && parser_.take({"characteristics", "as", "transaction"})) {
    modes(statement);
    statement.name = "default_transaction_read_only";
    statement.value = statement.access == Statement::Access::read_only ? "on" : "off";
    if (!statement.isolation.empty()) {
      statement.name = "default_transaction_isolation";
      statement.value = statement.isolation;
    }
    return;
  }
  if (parser_.take("transaction")) {
    statement.kind = Kind::set_transaction;
    modes(statement);
    return;
  }
  if (session && parser_.take("authorization")) {
    statement.name = "session_authorization";
  } else if (parser_.take({"time", "zone"})) {
    statement.name = "TimeZone";
    statement.by_default = parser_.take("local");
  } else if (parser_.take("names")) {
    statement.name = "client_encoding";
  } else if (parser_.take("role")) {
    statement.name = "role";
  } else {
    if (parser_.peek().kind != Token::Kind::word && parser_.peek().kind != Token::Kind::quoted) {
      return parser_.wrong();
    }
    statement.name = setting_name();
    if (!parser_.take_symbol("=") && !parser_.take("to")) return parser_.wrong();
  }
  if (statement.by_default || parser_.take("default")) {
    statement.by_default = true;
  } else {
    statement.value = setting_values(statement.name == "search_path");
  }
}

bool StatementParser::setting(const std::string& word, Statement& statement) {
  if (parser_.take("set")) {
    set(statement);
  } else if (parser_.take("reset")) {
    statement.kind = parser_.take("all") ? Kind::reset_all : Kind::reset;
    if (statement.kind == Kind::reset) named_setting(statement);
  } else if (parser_.take("show")) {
    statement.kind = parser_.take("all") ? Kind::show_all : Kind::show;
    if (statement.kind == Kind::show) named_setting(statement);
  } else if (word == "discard") {
    parser_.take_any();
    statement.kind = Kind::discard;
    statement.name = parser_.take_any().text;
    if (statement.name == "temporary") statement.name = "temp";
    if (statement.name != "all" && statement.name != "plans" && statement.name != "sequences" &&
        statement.name != "temp") {
      parser_.wrong();
    }
    statement.alone = statement.name == "all";
    statement.tag = "DISCARD " + in_capitals(statement.name);
  } else {
    return false;
  }
  return true;
}

void StatementParser::named_setting(Statement& statement) {
  if (parser_.take({"time", "zone"})) {
    statement.name = "TimeZone";
  } else if (parser_.take({"transaction", "isolation", "level"})) {
    statement.name = "transaction_isolation";
  } else if (parser_.take({"session", "authorization"})) {
    statement.name = "session_authorization";
  } else if (parser_.at_end()) {
    parser_.wrong();
  } else {
    statement.name = setting_name();
  }
}

}  // namespace poolproof::world::postgres
