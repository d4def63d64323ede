// How tokens are packed: numbers in as many 7-bit groups as they need (LEB128), lists with their
// length, base64url (RFC 4648, section 5, without padding) around the whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof::explore {

class ByteWriter {
 public:
  void number(std::uint64_t value);
  // A list of small numbers among which zeros are frequent: half a byte for each run of zeros, half
  // for the number after it.
  void sparse(const std::vector<std::uint8_t>& values);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what a ByteWriter wrote. After the first thing that does not fit all further reads fail.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number();
  std::vector<std::uint8_t> sparse();

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return !failed_ && rest_.empty(); }

 private:
  std::uint8_t byte();

  std::string_view rest_;
  bool failed_ = false;
};

// FNV-1a, 32 bits: against typing errors and cut lines, not against forgers.
std::uint32_t checksum(std::string_view bytes);

std::string to_base64url(std::string_view bytes);
// Nothing if to_base64url writes no such text: another character, an impossible length, or bits
// left over that are not 0 (else two texts would mean the same).
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace poolproof::explore
