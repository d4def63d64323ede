// How tokens are packed: single bits, six of which make a character of base64url (RFC 4648, section
// 5, without padding). Numbers are written in Exp-Golomb codes, which are short where numbers are
// small: a token holds some twenty of them, too few for a code that learns to pay for itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof::explore {

class BitWriter {
 public:
  void bit(bool value) { bits_.push_back(value); }
  // The lowest `count` bits of `value`, at most 64, the highest of them first.
  void fixed(std::uint64_t value, unsigned count);
  // Below 2^63. Takes order + 1 bits below 2^order, two more below three times that, and so on.
  void number(std::uint64_t value, unsigned order = 0);
  // A list of small numbers among which zeros are frequent. Those at its end are not kept.
  void sparse(const std::vector<std::uint8_t>& values);

  [[nodiscard]] const std::vector<bool>& bits() const { return bits_; }
  // The last character is filled up with zeros.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<bool> bits_;
};

// Reads what a BitWriter wrote. After the first thing that does not fit all further reads fail.
class BitReader {
 public:
  // A character that no BitWriter writes is something that does not fit.
  explicit BitReader(std::string_view text);

  bool bit();
  std::uint64_t fixed(unsigned count);
  std::uint64_t number(unsigned order = 0);
  std::vector<std::uint8_t> sparse();

  [[nodiscard]] bool failed() const { return failed_; }
  // Whether nothing is left but the zeros that fill up the last character.
  [[nodiscard]] bool at_end() const;
  // Those that have been read.
  [[nodiscard]] std::vector<bool> taken() const;

 private:
  std::vector<bool> bits_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

// Whether every character is one of base64url.
bool is_base64url(std::string_view text);

// CRC-16 (polynomial 0x1021, from 0xffff): against typing errors and cut lines, not against
// forgers. A wrong character, or two neighbours in the wrong order, it always sees; other damage it
// takes for sound once in 65,536 times.
std::uint16_t checksum(const std::vector<bool>& bits);

}  // namespace poolproof::explore
