// A token names one run for good: `pp1:` and then, in base64url, a version, what of the bounds is
// not the default, the tape, a fingerprint of the run and a checksum. It replays without the search
// that found it, and no seed is in it: past its end a tape goes on with the plainest choices, and
// so it does where a choice no longer fits (the code has changed). So it does not matter who found
// a run: the same one has the same token. The version counts what a choice on the tape means: a
// token of another version names a run of another poolproof.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "props/explore/fingerprint.hpp"
#include "props/explore/tape.hpp"
#include "props/scenario/bounds.hpp"

namespace poolproof::explore {

struct Token {
  scenario::Bounds bounds;
  Tape tape;
  std::optional<Fingerprint> run{};  // as it was; none if it took its process with it

  friend bool operator==(const Token&, const Token&) = default;
};

inline constexpr std::string_view kTokenPrefix = "pp1:";

// One text for each token but for the zeros at the end of its tape, which mean nothing.
std::string to_text(const Token& token);

// The token, or in one line what is wrong with the text: any text that to_text does not write.
std::variant<Token, std::string> parse_token(std::string_view text);

}  // namespace poolproof::explore
