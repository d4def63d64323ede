// Generators for the tests of this room. For tests only; may include props and RapidCheck, after
// GoogleTest.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <ostream>
#include <vector>

#include "props/explore/tape.hpp"
#include "props/explore/token.hpp"

namespace poolproof::explore {

inline std::ostream& operator<<(std::ostream& out, const Tape& tape) {
  for (const auto& stream : tape.streams) {
    out << "[";
    for (const int number : stream) out << " " << number;
    out << " ]";
  }
  return out;
}

inline std::ostream& operator<<(std::ostream& out, const Token& token) {
  return out << to_text(token) << " " << token.tape;
}

inline Tape any_tape() {
  Tape tape;
  for (auto& stream : tape.streams) {
    stream = *rc::gen::container<std::vector<std::uint8_t>>(
        rc::gen::weightedOneOf<std::uint8_t>({{6, rc::gen::just<std::uint8_t>(0)},
                                              {3, rc::gen::inRange<std::uint8_t>(0, 5)},
                                              {1, rc::gen::arbitrary<std::uint8_t>()}}));
  }
  return tape;
}

}  // namespace poolproof::explore
