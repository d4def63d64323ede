#include "props/explore/bytes.hpp"

#include <algorithm>
#include <array>

namespace poolproof::explore {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// In half a byte: 15 says that the number itself follows.
constexpr std::uint64_t kEscape = 15;

// More choices than any run takes; a damaged length must not allocate without bound.
constexpr std::uint64_t kMostChoices = 1'000'000;

}  // namespace

// ---- writing ----

void ByteWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

void ByteWriter::sparse(const std::vector<std::uint8_t>& values) {
  const auto count = [](auto first, auto last) {
    return static_cast<std::uint64_t>(std::distance(first, last));
  };
  number(count(values.begin(), values.end()));
  for (auto at = values.begin(); at != values.end();) {
    const auto next = std::find_if(at, values.end(), [](std::uint8_t value) { return value != 0; });
    const std::uint64_t zeros = count(at, next);
    const std::uint64_t value = next == values.end() ? 0 : *next;
    bytes_ += static_cast<char>(std::min(zeros, kEscape) << 4 | std::min(value, kEscape));
    if (zeros >= kEscape) number(zeros);
    if (value >= kEscape) number(value);
    at = next == values.end() ? next : next + 1;
  }
}

// ---- reading ----

std::uint8_t ByteReader::byte() {
  if (rest_.empty()) {
    failed_ = true;
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::uint64_t ByteReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t group = byte();
    value |= static_cast<std::uint64_t>(group & 0x7f) << shift;
    if ((group & 0x80) == 0) return value;
  }
  failed_ = true;
  return 0;
}

std::vector<std::uint8_t> ByteReader::sparse() {
  std::vector<std::uint8_t> values;
  const std::uint64_t size = number();
  if (size > kMostChoices) failed_ = true;
  while (!failed_ && values.size() < size) {
    const std::uint8_t both = byte();
    const std::uint64_t zeros = both >> 4 == kEscape ? number() : both >> 4;
    const std::uint64_t value = (both & 15) == kEscape ? number() : both & 15;
    failed_ |= zeros > size - values.size() || value > 255;
    if (failed_) break;
    values.resize(values.size() + zeros);
    if (values.size() < size) values.push_back(static_cast<std::uint8_t>(value));
  }
  return values;
}

// ---- text ----

std::uint32_t checksum(std::string_view bytes) {
  std::uint32_t hash = 0x811c9dc5;
  for (const char each : bytes) hash = (hash ^ static_cast<std::uint8_t>(each)) * 0x01000193;
  return hash;
}

std::string to_base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char each : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(each);
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) text += kAlphabet[bits << (6 - held) & 63];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char each : text) {
    const std::size_t value = kAlphabet.find(each);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> held);
    }
  }
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace poolproof::explore
