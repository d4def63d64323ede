#include "props/check/pool_options.hpp"

#include <algorithm>
#include <utility>

#include "props/scenario/scenario.hpp"

namespace poolproof::check {
namespace {

using explore::Tape;
using world::Stream;

constexpr std::uint8_t kMostValues = 8;

// The pool in words; nothing if there are not as many values as that tape asks for.
std::string drawn(const scenario::Bounds& bounds, const Tape& tape) {
  explore::Plainest plainest;
  explore::Replay choices(tape, plainest);
  std::string pool = model::to_string(scenario::draw(bounds, choices).pool);
  return choices.fits() ? pool : "";
}

// "pool_size 1, timeout 50ms": a part for each option.
std::vector<std::string> parts_of(std::string_view text) {
  constexpr std::string_view kBetween = ", ";
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(kBetween);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + kBetween.size());
  }
  return parts;
}

// What of one pool is not said of another: nothing if they differ in more than one option.
std::string difference(const std::string& one, const std::string& other) {
  const auto others = parts_of(other);
  std::string text;
  for (std::string& part : parts_of(one)) {
    if (std::find(others.begin(), others.end(), part) != others.end()) continue;
    if (!text.empty()) return "";
    text = std::move(part);
  }
  return text;
}

}  // namespace

std::vector<PoolOption> pool_options(const scenario::Bounds& bounds, const Tape& tape) {
  std::vector<PoolOption> options;
  const std::string pool = drawn(bounds, tape);
  for (std::size_t i = 0; i < scenario::kChoicesOfPool; ++i) {
    PoolOption option;
    std::vector<std::string> seen{pool};
    for (std::uint8_t value = 0; value < kMostValues; ++value) {
      Tape other = tape;
      auto& numbers = other.of(Stream::workload);
      numbers.resize(std::max(numbers.size(), i + 1));
      if (std::exchange(numbers[i], value) == value) continue;
      std::string changed = drawn(bounds, other);
      if (changed.empty()) break;
      if (std::find(seen.begin(), seen.end(), changed) != seen.end()) continue;
      if (option.text.empty()) option.text = difference(pool, changed);
      seen.push_back(std::move(changed));
      option.others.push_back(std::move(other));
    }
    if (!option.text.empty()) options.push_back(std::move(option));
  }
  return options;
}

}  // namespace poolproof::check
