#include "props/world/postgres/lexer.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace poolproof::world::postgres {
namespace {

bool is_blank(char each) { return std::isspace(static_cast<unsigned char>(each)) != 0; }
bool is_digit(char each) { return std::isdigit(static_cast<unsigned char>(each)) != 0; }
bool begins_word(char each) {
  return std::isalpha(static_cast<unsigned char>(each)) != 0 || each == '_' ||
         static_cast<unsigned char>(each) >= 0x80;
}
bool continues_word(char each) { return begins_word(each) || is_digit(each) || each == '$'; }

constexpr std::array<std::string_view, 10> kLongSymbols{
    "::", "<=", ">=", "<>", "!=", "||", ":=", "=>", "->", "!~"};

class Cutter {
 public:
  Cutter(std::string_view sql, std::vector<Token>& tokens) : sql_(sql), tokens_(tokens) {}

  std::optional<Failure> cut() {
    while (skip_blanks() && !failure_) next();
    if (!failure_) add(Token::Kind::end, {}, at_);
    return failure_;
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool starts(std::string_view with) const {
    return sql_.substr(at_).starts_with(with);
  }

  void add(Token::Kind kind, std::string text, std::size_t from) {
    tokens_.push_back({kind, std::move(text), sql_.substr(from, at_ - from)});
  }

  // False at the end.
  bool skip_blanks() {
    for (;;) {
      while (is_blank(peek())) ++at_;
      if (starts("--")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (starts("/*")) {
        skip_comment();
      } else {
        return at_ < sql_.size();
      }
    }
  }

  // Comments nest.
  void skip_comment() {
    int depth = 0;
    const std::size_t from = at_;
    do {
      if (starts("/*")) {
        ++depth;
        at_ += 2;
      } else if (starts("*/")) {
        --depth;
        at_ += 2;
      } else if (at_ >= sql_.size()) {
        return unterminated("/* comment", from);
      } else {
        ++at_;
      }
    } while (depth > 0);
  }

  void unterminated(std::string_view what, std::size_t from) {
    failure_ = Failure{"42601", "unterminated " + std::string(what) + " at or near \"" +
                                    std::string(sql_.substr(from)) + "\""};
    at_ = sql_.size();
  }

  void next() {
    const std::size_t from = at_;
    if ((peek() == 'e' || peek() == 'E') && peek(1) == '\'') {
      ++at_;
      return quoted('\'', Token::Kind::string, from, true);
    }
    if (peek() == '\'') return quoted('\'', Token::Kind::string, from, false);
    if (peek() == '"') return quoted('"', Token::Kind::quoted, from, false);
    if (peek() == '$' && is_digit(peek(1))) return parameter(from);
    if (peek() == '$') return dollar_quoted(from);
    if (begins_word(peek())) return word(from);
    if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)))) return number(from);
    const auto* const found = std::find_if(kLongSymbols.begin(), kLongSymbols.end(),
                                           [&](std::string_view each) { return starts(each); });
    at_ += found == kLongSymbols.end() ? 1 : 2;
    add(Token::Kind::symbol, std::string(sql_.substr(from, at_ - from)), from);
  }

  void word(std::size_t from) {
    std::string text;
    for (; continues_word(peek()); ++at_) {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(peek())));
    }
    add(Token::Kind::word, std::move(text), from);
  }

  void number(std::size_t from) {
    bool whole = true;
    while (is_digit(peek())) ++at_;
    if (peek() == '.') {
      whole = false;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    const bool is_signed = peek(1) == '+' || peek(1) == '-';
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(is_signed ? 2 : 1))) {
      whole = false;
      at_ += is_signed ? 2 : 1;
      while (is_digit(peek())) ++at_;
    }
    if (begins_word(peek())) {
      ++at_;
      failure_ = Failure{"42601", "trailing junk after numeric literal at or near \"" +
                                      std::string(sql_.substr(from, at_ - from)) + "\""};
      return;
    }
    add(whole ? Token::Kind::integer : Token::Kind::real,
        std::string(sql_.substr(from, at_ - from)), from);
  }

  void parameter(std::size_t from) {
    ++at_;
    while (is_digit(peek())) ++at_;
    add(Token::Kind::parameter, std::string(sql_.substr(from + 1, at_ - from - 1)), from);
  }

  // Doubled, the closing quote stands for itself.
  void quoted(char quote, Token::Kind kind, std::size_t from, bool escapes) {
    std::string text;
    for (++at_; at_ < sql_.size(); ++at_) {
      if (escapes && peek() == '\\') {
        ++at_;
        text += peek() == 'n' ? '\n' : peek() == 't' ? '\t' : peek();
      } else if (peek() != quote) {
        text += peek();
      } else if (peek(1) == quote) {
        text += quote;
        ++at_;
      } else {
        ++at_;
        return add(kind, std::move(text), from);
      }
    }
    unterminated(quote == '"' ? "quoted identifier" : "quoted string", from);
  }

  void dollar_quoted(std::size_t from) {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && continues_word(sql_[end]) && sql_[end] != '$') ++end;
    if (end >= sql_.size() || sql_[end] != '$') {
      ++at_;
      return add(Token::Kind::symbol, "$", from);
    }
    const std::string_view mark = sql_.substr(from, end + 1 - from);
    const std::size_t close = sql_.find(mark, end + 1);
    if (close == std::string_view::npos) return unterminated("dollar-quoted string", from);
    at_ = close + mark.size();
    add(Token::Kind::string, std::string(sql_.substr(end + 1, close - end - 1)), from);
  }

  std::string_view sql_;
  std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace

std::optional<Failure> cut(std::string_view sql, std::vector<Token>& tokens) {
  return Cutter(sql, tokens).cut();
}

}  // namespace poolproof::world::postgres
