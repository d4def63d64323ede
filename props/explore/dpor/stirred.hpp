// A stir of all bits: what differs in one comes out different everywhere.
#pragma once

#include <cstdint>

namespace poolproof::explore::dpor {

constexpr std::uint64_t stirred(std::uint64_t value) {
  value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27U) * 0x94d049bb133111eb;
  return value ^ value >> 31U;
}

}  // namespace poolproof::explore::dpor
