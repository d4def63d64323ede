#include "props/explore/shrink.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace poolproof::explore {
namespace {

using world::Stream;
using Numbers = std::vector<std::uint8_t>;

// What shortens the story most comes first.
constexpr std::array<Stream, world::kStreams> kOrder{
    Stream::program,  Stream::pool,   Stream::faults,  Stream::machine,
    Stream::workload, Stream::waiter, Stream::schedule};

class Shrinker {
 public:
  Shrinker(Tape tape, const StillFails& still_fails)
      : tape_(std::move(tape)), still_fails_(still_fails) {}

  Tape run() {
    while (pass()) {
    }
    tape_.trim();
    return std::move(tape_);
  }

 private:
  bool pass() {
    bool smaller = false;
    for (const Stream stream : kOrder) {
      for (std::size_t chunk = tape_.of(stream).size(); chunk > 0; chunk /= 2) {
        smaller |= drop(stream, chunk);
        smaller |= zero(stream, chunk);
      }
      smaller |= lower(stream);
    }
    return smaller;
  }

  // Takes chunks out, from the end: what follows moves up.
  bool drop(Stream stream, std::size_t chunk) {
    bool smaller = false;
    for (std::size_t end = tape_.of(stream).size(); end >= chunk; end -= chunk) {
      Numbers numbers = tape_.of(stream);
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(end - chunk);
      numbers.erase(first, first + static_cast<std::ptrdiff_t>(chunk));
      smaller |= try_numbers(stream, std::move(numbers));
      end = std::min(end, tape_.of(stream).size() + chunk);
    }
    return smaller;
  }

  bool zero(Stream stream, std::size_t chunk) {
    bool smaller = false;
    for (std::size_t begin = 0; begin < tape_.of(stream).size(); begin += chunk) {
      Numbers numbers = tape_.of(stream);
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last =
          first + static_cast<std::ptrdiff_t>(std::min(chunk, numbers.size() - begin));
      if (std::all_of(first, last, [](std::uint8_t number) { return number == 0; })) continue;
      std::fill(first, last, std::uint8_t{0});
      smaller |= try_numbers(stream, std::move(numbers));
    }
    return smaller;
  }

  bool lower(Stream stream) {
    bool smaller = false;
    for (std::size_t i = 0; i < tape_.of(stream).size(); ++i) {
      while (tape_.of(stream)[i] > 1) {
        Numbers numbers = tape_.of(stream);
        --numbers[i];
        if (!try_numbers(stream, std::move(numbers))) break;
        smaller = true;
      }
    }
    return smaller;
  }

  // Keeps `numbers` if the run still fails with them.
  bool try_numbers(Stream stream, Numbers numbers) {
    std::swap(tape_.of(stream), numbers);
    if (still_fails_(tape_)) return true;
    std::swap(tape_.of(stream), numbers);
    return false;
  }

  Tape tape_;
  const StillFails& still_fails_;
};

}  // namespace

Tape shrink(Tape tape, const StillFails& still_fails) {
  tape.trim();
  return Shrinker(std::move(tape), still_fails).run();
}

}  // namespace poolproof::explore
