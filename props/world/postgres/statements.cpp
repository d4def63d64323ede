#include "props/world/postgres/statements.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

namespace poolproof::world::postgres {
namespace {

// In lower case, blanks around it removed and those inside made one.
std::string normalised(std::string_view text) {
  std::string result;
  for (const char each : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(each)) != 0;
    if (!blank) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// What stands between `before` and `after` when `text` consists of the three.
std::string_view between(std::string_view before, std::string_view text, std::string_view after) {
  if (text.size() <= before.size() + after.size() || !text.starts_with(before) ||
      !text.ends_with(after)) {
    return {};
  }
  return text.substr(before.size(), text.size() - before.size() - after.size());
}

bool to_number(std::string_view text, std::int64_t& number) {
  if (text.empty()) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

Statement parse_one(std::string_view text) {
  using Kind = Statement::Kind;
  const std::string sql = normalised(text);
  Statement statement{Kind::other, sql.substr(0, sql.find(' '))};
  std::transform(statement.tag.begin(), statement.tag.end(), statement.tag.begin(),
                 [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
  const std::string& tag = statement.tag;
  if (sql.empty()) {
    statement.kind = Kind::empty;
  } else if (tag == "BEGIN" || sql.starts_with("start transaction")) {
    statement.kind = Kind::begin;
  } else if (tag == "COMMIT" || tag == "END") {
    statement.kind = Kind::commit;
  } else if (tag == "ROLLBACK" || tag == "ABORT") {
    statement.kind = Kind::rollback;
  } else if (tag == "SET") {
    statement.kind = Kind::set;
  } else if (sql == "reset all") {
    statement.kind = Kind::reset_all;
  } else if (sql == "discard all") {
    statement.kind = Kind::discard_all;
  } else if (tag == "COPY" && sql.ends_with(" from stdin")) {
    statement.kind = Kind::copy_in;
  } else if (tag == "LISTEN") {
    statement.kind = Kind::listen;
  } else if (sql.starts_with("create temp")) {
    statement.kind = Kind::temporary_table;
  } else if (tag == "PREPARE" && !sql.starts_with("prepare transaction")) {
    statement.kind = Kind::prepare;
  } else if (tag == "DECLARE" && sql.find(" with hold ") != std::string::npos) {
    statement.kind = Kind::cursor_with_hold;
  } else if (sql.starts_with("select pg_advisory_lock(")) {
    statement.kind = Kind::advisory_lock;
  } else if (sql == "select pg_backend_pid()") {
    statement.kind = Kind::backend_pid;
  } else if (sql == "select 1/0") {
    statement.kind = Kind::divide_by_zero;
  } else if (to_number(between("select pg_terminate_backend(", sql, ")"), statement.number)) {
    statement.kind = Kind::terminate;
  } else if (const auto seconds = between("select pg_sleep(", sql, ")"); !seconds.empty()) {
    statement.kind = Kind::sleep;
    statement.duration = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::atof(std::string(seconds).c_str())));
  } else if (to_number(between("select ", sql, ""), statement.number)) {
    statement.kind = Kind::select_number;
  }
  return statement;
}

}  // namespace

std::vector<Statement> parse(std::string_view query) {
  std::vector<Statement> statements;
  while (!query.empty()) {
    const std::size_t end = query.find(';');
    Statement statement = parse_one(query.substr(0, end));
    if (statement.kind != Statement::Kind::empty) statements.push_back(std::move(statement));
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  if (statements.empty()) statements.push_back({Statement::Kind::empty, {}});
  return statements;
}

}  // namespace poolproof::world::postgres
