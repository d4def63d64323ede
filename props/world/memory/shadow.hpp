// What is remembered of each eight bytes of memory: two list heads that mean nothing here. Pages
// come into being when they are first asked for and are kept; a new run finds them all empty at no
// cost, for each remembers of which run it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace poolproof::world::memory {

using Address = std::uintptr_t;

class Shadow {
 public:
  static constexpr std::size_t kBytesOfCell = 8;

  struct Cell {
    std::uint32_t accesses = 0;
    std::uint32_t clocks = 0;
  };

  Shadow();

  // Empties everything.
  void forget() { ++run_; }

  // The cell that holds this byte. Valid until forget().
  Cell& at(Address address) {
    Cell* const known = at_once(address);
    return known != nullptr ? *known : make(address);
  }
  // The same; null if it takes more than a look. Needs no memory.
  Cell* at_once(Address address) {
    const Address number = address / kBytesOfPage;
    const Entry& first = table_[hash(number) & (table_.size() - 1)];
    const bool is_it = first.number == number && first.page != nullptr && first.page->run == run_;
    return is_it ? &cell_of(*first.page, address) : nullptr;
  }
  // The same; null if nothing has been asked for near it.
  Cell* find(Address address);

  // Empties the cells that these bytes lie in.
  void clear(Address begin, std::size_t size);

 private:
  static constexpr std::size_t kBytesOfPage = 4096;
  static constexpr std::size_t kCells = kBytesOfPage / kBytesOfCell;

  struct Page {
    std::uint64_t run = 0;
    std::array<Cell, kCells> cells;
  };
  struct Entry {
    Address number = 0;
    std::unique_ptr<Page> page;
  };

  static std::size_t hash(Address number) { return (number * 0x9e3779b97f4a7c15) >> 32; }
  static Cell& cell_of(Page& page, Address address) {
    return page.cells[address % kBytesOfPage / kBytesOfCell];
  }
  Cell& make(Address address);
  Entry& entry(Address number);
  Page* fresh(Address number);
  void grow();

  std::uint64_t run_ = 1;
  std::vector<Entry> table_;  // open addressing; a power of two, at most half full
  std::size_t used_ = 0;
};

}  // namespace poolproof::world::memory
