// Reads statements from tokens: see statements.hpp.
#pragma once

#include <string>
#include <vector>

#include "props/world/postgres/parser.hpp"
#include "props/world/postgres/statements.hpp"

namespace poolproof::world::postgres {

class StatementParser {
 public:
  explicit StatementParser(const std::vector<Token>& tokens) : parser_(tokens) {}

  std::vector<Statement> all();

 private:
  static std::string in_capitals(std::string text);

  Statement whole();
  Statement one();
  Statement select();

  // Each of these reads a statement if the word is one of theirs.
  bool transaction(const std::string& word, Statement& statement);
  bool setting(const std::string& word, Statement& statement);
  bool table(const std::string& word, Statement& statement);
  bool named(const std::string& word, Statement& statement);
  bool notification(const std::string& word, Statement& statement);

  void other(const std::string& word, Statement& statement);

  // ---- transactions and settings ----
  void modes(Statement& statement);
  void chain(Statement& statement);
  std::string setting_name();
  std::string setting_values(bool list);
  void set(Statement& statement);
  void named_setting(Statement& statement);

  // ---- tables ----
  void names(Statement& statement);
  void where(Statement& statement);
  void returning(Query& query);
  void create(Statement& statement);
  void column(Statement& statement);
  void object(Statement& statement);
  void drop(Statement& statement);
  void insert(Statement& statement);
  void update(Statement& statement);
  void copy(Statement& statement);

  // ---- statements by name ----
  void prepare(Statement& statement);
  void declare(Statement& statement);
  void fetch(const std::string& word, Statement& statement);

  Parser parser_;
};

}  // namespace poolproof::world::postgres
