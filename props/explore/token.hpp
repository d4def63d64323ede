// A token names one run for good: `pp1:` and then, in base64url, a version, the bounds, the seed,
// the tape and a checksum. It replays without the search that found it. The version counts what a
// choice on the tape means: a token of another version names a run of another poolproof.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "props/explore/tape.hpp"
#include "props/scenario/bounds.hpp"

namespace poolproof::explore {

struct Token {
  scenario::Bounds bounds;
  Tape tape;
  std::uint64_t seed = 0;  // decides where the tape no longer fits
  std::uint32_t hash = 0;  // of the run as it was: a replay that differs can say so

  friend bool operator==(const Token&, const Token&) = default;
};

inline constexpr std::string_view kTokenPrefix = "pp1:";

std::string to_text(const Token& token);

// The token, or in one line what is wrong with the text.
std::variant<Token, std::string> parse_token(std::string_view text);

}  // namespace poolproof::explore
