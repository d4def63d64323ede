#include "props/explore/bits.hpp"

#include <algorithm>
#include <bit>

namespace poolproof::explore {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned kBitsOfCharacter = 6;

// Of numbers, so that their codes fit into 64 bits.
constexpr unsigned kMostBits = 63;

// More choices than any run takes; a damaged gap must not allocate without bound.
constexpr std::uint64_t kMostChoices = 1'000'000;

// The order of the gaps of a list is written before them: gaps are short between the choices of a
// schedule, and long between faults.
constexpr unsigned kBitsOfOrder = 3;

// A number that is not 0, and how many zeros stand before it.
struct Deviation {
  std::uint64_t gap;
  std::uint8_t value;
};

std::vector<Deviation> deviations(const std::vector<std::uint8_t>& values) {
  std::vector<Deviation> found;
  std::uint64_t gap = 0;
  for (const std::uint8_t value : values) {
    if (value == 0) {
      ++gap;
      continue;
    }
    found.push_back({gap, value});
    gap = 0;
  }
  return found;
}

std::size_t size_of(std::uint64_t number, unsigned order) {
  return static_cast<std::size_t>(2 * std::bit_width((number >> order) + 1) - 1) + order;
}

// With which they take the fewest bits; the lowest such, so that a list is written in one way only.
unsigned best_order(const std::vector<Deviation>& list) {
  const auto cost = [&](unsigned order) {
    std::size_t sum = 0;
    for (const Deviation& each : list) sum += size_of(each.gap, order);
    return sum;
  };
  unsigned best = 0;
  for (unsigned order = 1; order < 1U << kBitsOfOrder; ++order) {
    if (cost(order) < cost(best)) best = order;
  }
  return best;
}

}  // namespace

// ---- writing ----

void BitWriter::fixed(std::uint64_t value, unsigned count) {
  for (unsigned left = count; left > 0; --left) bit((value >> (left - 1) & 1) != 0);
}

// What is above the lowest bits, plus one, after as many zeros as it has bits below its highest;
// then the lowest.
void BitWriter::number(std::uint64_t value, unsigned order) {
  const std::uint64_t above = (value >> order) + 1;
  unsigned zeros = 0;
  while (above >> zeros > 1) ++zeros;
  fixed(0, zeros);
  fixed(above, zeros + 1);
  fixed(value, order);
}

void BitWriter::sparse(const std::vector<std::uint8_t>& values) {
  const std::vector<Deviation> list = deviations(values);
  number(list.size());
  if (list.empty()) return;
  const unsigned order = best_order(list);
  fixed(order, kBitsOfOrder);
  for (const Deviation& each : list) {
    number(each.gap, order);
    number(each.value - std::uint64_t{1});
  }
}

std::string BitWriter::text() const {
  std::string text;
  for (std::size_t begin = 0; begin < bits_.size(); begin += kBitsOfCharacter) {
    std::size_t index = 0;
    for (std::size_t at = begin; at < begin + kBitsOfCharacter; ++at) {
      index = index << 1 | static_cast<std::size_t>(at < bits_.size() && bits_[at]);
    }
    text += kAlphabet[index];
  }
  return text;
}

// ---- reading ----

BitReader::BitReader(std::string_view text) {
  for (const char each : text) {
    const std::size_t index = kAlphabet.find(each);
    failed_ |= index == std::string_view::npos;
    for (unsigned left = kBitsOfCharacter; left > 0; --left) {
      bits_.push_back((index >> (left - 1) & 1) != 0);
    }
  }
}

bool BitReader::bit() {
  failed_ |= at_ == bits_.size();
  return !failed_ && bits_[at_++];
}

std::uint64_t BitReader::fixed(unsigned count) {
  std::uint64_t value = 0;
  for (unsigned left = count; left > 0; --left) value = value << 1 | (bit() ? 1U : 0U);
  return value;
}

std::uint64_t BitReader::number(unsigned order) {
  unsigned zeros = 0;
  while (!failed_ && !bit()) ++zeros;
  failed_ |= zeros + order > kMostBits;
  if (failed_) return 0;
  const std::uint64_t above = (std::uint64_t{1} << zeros | fixed(zeros)) - 1;
  const std::uint64_t value = above << order | fixed(order);
  return failed_ ? 0 : value;
}

std::vector<std::uint8_t> BitReader::sparse() {
  std::vector<std::uint8_t> values;
  std::uint64_t left = number();
  const auto order = left > 0 ? static_cast<unsigned>(fixed(kBitsOfOrder)) : 0;
  for (; left > 0 && !failed_; --left) {
    const std::uint64_t gap = number(order);
    const std::uint64_t value = number() + 1;
    failed_ |= value > 255 || gap >= kMostChoices - std::min(kMostChoices, values.size() + 1);
    if (failed_) break;
    values.resize(values.size() + gap);
    values.push_back(static_cast<std::uint8_t>(value));
  }
  return values;
}

bool BitReader::at_end() const {
  if (failed_ || bits_.size() - at_ >= kBitsOfCharacter) return false;
  return std::none_of(bits_.begin() + static_cast<std::ptrdiff_t>(at_), bits_.end(),
                      [](bool bit) { return bit; });
}

std::vector<bool> BitReader::taken() const {
  return {bits_.begin(), bits_.begin() + static_cast<std::ptrdiff_t>(at_)};
}

// ---- text ----

bool is_base64url(std::string_view text) {
  return text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

std::uint16_t checksum(const std::vector<bool>& bits) {
  std::uint32_t sum = 0xffff;
  for (const bool bit : bits) {
    const bool high = (sum >> 15 & 1) != 0;
    sum = sum << 1 & 0xffff;
    if (high != bit) sum ^= 0x1021;
  }
  return static_cast<std::uint16_t>(sum);
}

}  // namespace poolproof::explore
