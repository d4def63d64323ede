// What commands take that play a recorded run again: a token, or a file that holds one.
#pragma once

#include <optional>
#include <string>

#include "props/check/regression.hpp"

namespace poolproof::cli {

struct Recorded {
  explore::Token token;
  std::optional<check::Regression> regression;  // if it is a file of that kind
};

// Throws UsageError.
Recorded read_recorded(const std::string& token_or_file);

}  // namespace poolproof::cli
