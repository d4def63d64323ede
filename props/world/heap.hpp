// Who hears of the blocks of memory that are handed out inside tasks.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace poolproof::world {

// How many there are now who want to hear of all: while it is 0, which is nearly always, malloc
// asks only whether a block is watched.
inline constinit thread_local int heap_listeners = 0;

// Addresses that somebody has names for, which a new block makes void. A sieve: it may take another
// block for one that holds such an address, but lets none through that does. Pages are 4 KiB, each
// a word of 64 lines; those 64 pages apart share one. One for all machines of a process, as tasks
// may be threads: of two that run at once each may take the other's away.
class HeapWatch {
 public:
  void clear() {
    for (auto& each : pages_) each.store(0, std::memory_order_relaxed);
  }

  void add(const void* address) {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    auto& page = pages_[page_of(at)];
    page.store(page.load(std::memory_order_relaxed) | (first_lines(at) & last_lines(at)),
               std::memory_order_relaxed);
  }

  // It is asked at each malloc, and most pages are empty.
  [[nodiscard]] bool meets(const void* block, std::size_t size) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(block);
    const std::uintptr_t end = begin + size;
    const bool one_page = begin >> kPageBits == end >> kPageBits;
    return (word(begin) != 0 || !one_page) && meets_closely(begin, end);
  }

 private:
  static constexpr unsigned kLineBits = 6;
  static constexpr unsigned kPageBits = 12;
  static constexpr std::uintptr_t kPage = 1U << kPageBits;
  static constexpr std::size_t kPages = 64;

  static std::size_t page_of(std::uintptr_t at) { return at >> kPageBits & (kPages - 1); }
  // Of its page, from its line on; up to its line.
  static std::uint64_t first_lines(std::uintptr_t at) {
    return ~std::uint64_t{0} << (at >> kLineBits & 63U);
  }
  static std::uint64_t last_lines(std::uintptr_t at) {
    return ~std::uint64_t{0} >> (63U - (at >> kLineBits & 63U));
  }
  // The end as well: nobody minds.
  [[nodiscard]] bool meets_closely(std::uintptr_t begin, std::uintptr_t end) const {
    std::uint64_t lines = first_lines(begin);
    std::uintptr_t at = begin;
    for (; at >> kPageBits != end >> kPageBits; at += kPage, lines = ~std::uint64_t{0}) {
      if ((word(at) & lines) != 0 || at - begin > kPages * kPage) return true;
    }
    return (word(end) & lines & last_lines(end)) != 0;
  }
  [[nodiscard]] std::uint64_t word(std::uintptr_t at) const {
    return pages_[page_of(at)].load(std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint64_t>, kPages> pages_{};
};

inline constinit HeapWatch heap_watch;

}  // namespace poolproof::world
