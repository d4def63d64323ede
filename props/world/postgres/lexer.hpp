// Cuts SQL text into tokens, as PostgreSQL's scanner does with standard_conforming_strings on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/values.hpp"

namespace poolproof::world::postgres {

struct Token {
  enum class Kind : std::uint8_t {
    word,       // an identifier or key word, in lower case
    quoted,     // a quoted identifier, as it was written
    string,     // a literal, without its quotes
    integer,    // digits
    real,       // a number of another form
    parameter,  // $1: its text is 1
    symbol,
    end,
  };
  Kind kind;
  std::string text;
  std::string_view source;  // as written: what a syntax error is "at or near"
};

// Ends with an `end`. A failure is a literal or comment that is not closed.
std::optional<Failure> cut(std::string_view sql, std::vector<Token>& tokens);

}  // namespace poolproof::world::postgres
