// Where in the source an acquire stands, for a report on who holds what.
// (std::source_location by hand: clang 14 cannot compile libstdc++'s.)
#pragma once

#include <string>

#include <poolproof/export.hpp>

namespace poolproof {

struct Place {
  const char* file = "";  // lives as long as the program
  int line = 0;

  // As a default argument: the place of the call.
  static constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }

  bool operator==(const Place&) const = default;
};

// "orders.cpp:42"
[[nodiscard]] POOLPROOF_API std::string to_string(const Place& place);

}  // namespace poolproof
