#include "props/world/postgres/statements.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "props/world/postgres/functions.hpp"
#include "props/world/postgres/parser.hpp"
#include "props/world/postgres/wire.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Statement::Kind;

std::string in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
  return text;
}

// Commands that are known by name only. PostgreSQL does most of them for whom it lets.
constexpr std::array<std::string_view, 17> kOthers{
    "alter",   "analyze", "analyse",  "call",   "checkpoint", "cluster",
    "comment", "do",      "grant",    "load",   "merge",      "refresh",
    "reindex", "revoke",  "security", "vacuum", "reassign"};

class StatementParser {
 public:
  explicit StatementParser(const std::vector<Token>& tokens) : parser_(tokens) {}

  std::vector<Statement> all() {
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

 private:
  Statement whole() {
    Statement statement = one();
    statement.parameters = parser_.parameters();
    return statement;
  }

  Statement one() {
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

  Statement select() {
    Statement statement{.kind = Kind::select, .tag = "SELECT"};
    const bool wrapped = parser_.take_symbol("(");
    Query query = parser_.query();
    if (wrapped) parser_.expect_symbol(")");
    statement.writes = query.locks;
    statement.query = std::make_shared<const Query>(std::move(query));
    return statement;
  }

  // ---- transactions ----

  void modes(Statement& statement) {
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

  void chain(Statement& statement) {
    if (!parser_.take("work")) parser_.take("transaction");
    if (parser_.take({"and", "no", "chain"})) return;
    if (parser_.take({"and", "chain"})) statement.local = true;
  }

  bool transaction(const std::string& word, Statement& statement) {
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

  std::string setting_name() {
    std::string name = parser_.take_any().text;
    while (parser_.take_symbol(".")) name += "." + parser_.take_any().text;
    return name;
  }

  // Several values are one list; words that are not plain are put in quotes.
  std::string setting_values(bool list) {
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

  void set(Statement& statement) {
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

  bool setting(const std::string& word, Statement& statement) {
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

  void named_setting(Statement& statement) {
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

  // ---- tables ----

  bool table(const std::string& word, Statement& statement) {
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

  void names(Statement& statement) {
    do {
      statement.names.push_back(parser_.take_name());
    } while (parser_.take_symbol(","));
  }

  void where(Statement& statement) {
    auto query = std::make_shared<Query>();
    query->table = statement.name;
    if (parser_.take("where")) query->where = parser_.expression();
    returning(*query);
    statement.query = std::move(query);
  }

  // What the answer has rows of.
  void returning(Query& query) {
    if (!parser_.take("returning")) return;
    do {
      query.items.push_back({parser_.expression(), {}});
      if (parser_.take("as")) query.items.back().name = parser_.take_any().text;
    } while (parser_.take_symbol(","));
  }

  void create(Statement& statement) {
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
  void column(Statement& statement) {
    static constexpr std::array<std::string_view, 5> kConstraints{"primary", "unique", "check",
                                                                  "foreign", "constraint"};
    const bool is_column = std::find(kConstraints.begin(), kConstraints.end(),
                                     parser_.peek().text) == kConstraints.end();
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
  void object(Statement& statement) {
    parser_.take({"or", "replace"});
    while (parser_.take("unique") || parser_.take("materialized")) {
    }
    if (parser_.at_end()) return parser_.wrong();
    const std::string what = parser_.take_any().text;
    statement.tag += " " + in_capitals(what);
    statement.alone = what == "database" || what == "tablespace";
    if (parser_.at_end()) return parser_.wrong();
    parser_.skip_statement();
  }

  void drop(Statement& statement) {
    parser_.take("drop");
    statement.writes = true;
    if (!parser_.take("table")) return object(statement);
    statement.kind = Kind::drop_table;
    statement.tag = "DROP TABLE";
    statement.tolerant = parser_.take({"if", "exists"});
    names(statement);
    if (!parser_.take("cascade")) parser_.take("restrict");
  }

  void insert(Statement& statement) {
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

  void update(Statement& statement) {
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

  void copy(Statement& statement) {
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

  // ---- statements by name ----

  bool named(const std::string& word, Statement& statement) {
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

  void prepare(Statement& statement) {
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

  void declare(Statement& statement) {
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

  void fetch(const std::string& word, Statement& statement) {
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

  bool notification(const std::string& word, Statement& statement) {
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

  void other(const std::string& word, Statement& statement) {
    if (std::find(kOthers.begin(), kOthers.end(), word) == kOthers.end()) return parser_.wrong();
    parser_.take_any();
    if (word == "vacuum") statement.alone = true;
    if (word == "analyse") statement.tag = "ANALYZE";
    statement.writes = word == "alter" || word == "comment" || word == "grant" ||
                       word == "revoke" || word == "merge" || word == "refresh";
    if (word == "alter" && !parser_.at_end()) {
      statement.tag += " " + in_capitals(parser_.take_any().text);
    }
    parser_.skip_statement();
  }

  Parser parser_;
};

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
