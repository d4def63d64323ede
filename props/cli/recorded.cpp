#include "props/cli/recorded.hpp"

#include <fmt/format.h>

#include <sstream>

#include "props/check/corpus.hpp"
#include "props/cli/options.hpp"

namespace poolproof::cli {
namespace {

std::string read_file(const std::string& file) {
  try {
    return check::text_of(file);
  } catch (const std::runtime_error&) {
    throw UsageError(fmt::format(
        "'{}' is neither a token (they begin with pp1:) nor a file that can be read", file));
  }
}

// The first word of the text that looks like a token.
std::string token_in(const std::string& text, const std::string& file) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t begin = word.find(explore::kTokenPrefix);
    if (begin != std::string::npos)
      return word.substr(begin, word.find_first_of("\",", begin) - begin);
  }
  throw UsageError(fmt::format("{}: holds no token (they begin with pp1:)", file));
}

explore::Token read_token(const std::string& text) {
  auto parsed = explore::parse_token(text);
  if (const auto* const why = std::get_if<std::string>(&parsed)) throw UsageError(*why);
  return std::get<explore::Token>(std::move(parsed));
}

}  // namespace

Recorded read_recorded(const std::string& token_or_file) {
  if (token_or_file.starts_with(explore::kTokenPrefix)) return {read_token(token_or_file), {}};
  const std::string text = read_file(token_or_file);
  if (!check::is_regression(text)) return {read_token(token_in(text, token_or_file)), {}};
  auto parsed = check::parse_regression(text);
  if (const auto* const why = std::get_if<std::string>(&parsed)) {
    throw UsageError(fmt::format("{}: damaged: {}", token_or_file, *why));
  }
  auto& regression = std::get<check::Regression>(parsed);
  const explore::Token token = regression.token;
  return {token, std::move(regression)};
}

}  // namespace poolproof::cli
