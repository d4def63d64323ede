#include "props/world/memory/shadow.hpp"

#include <algorithm>
#include <utility>

namespace poolproof::world::memory {
namespace {

constexpr std::size_t kFirstTable = 1024;

}  // namespace

Shadow::Shadow() : table_(kFirstTable) {}

// The entry of that page, or the free one where it belongs.
Shadow::Entry& Shadow::entry(Address number) {
  const std::size_t mask = table_.size() - 1;
  std::size_t index = hash(number) & mask;
  while (table_[index].page != nullptr && table_[index].number != number) {
    index = (index + 1) & mask;
  }
  return table_[index];
}

void Shadow::grow() {
  std::vector<Entry> old = std::exchange(table_, std::vector<Entry>(table_.size() * 2));
  for (Entry& each : old) {
    if (each.page != nullptr) entry(each.number) = std::move(each);
  }
}

// The page if this run has asked for it.
Shadow::Page* Shadow::fresh(Address number) {
  Page* const page = entry(number).page.get();
  return page != nullptr && page->run == run_ ? page : nullptr;
}

Shadow::Cell& Shadow::make(Address address) {
  const Address number = address / kBytesOfPage;
  Entry* found = &entry(number);
  if (found->page == nullptr) {
    if (++used_ * 2 > table_.size()) {
      grow();
      found = &entry(number);
    }
    *found = {number, std::make_unique<Page>()};
  }
  Page& page = *found->page;
  if (page.run != run_) {
    page.cells.fill({});
    page.run = run_;
  }
  return cell_of(page, address);
}

Shadow::Cell* Shadow::find(Address address) {
  Page* const page = fresh(address / kBytesOfPage);
  return page == nullptr ? nullptr : &cell_of(*page, address);
}

void Shadow::clear(Address begin, std::size_t size) {
  const Address end = begin + size;
  while (begin < end) {
    const Address next = std::min(end, (begin / kBytesOfPage + 1) * kBytesOfPage);
    if (Page* const page = fresh(begin / kBytesOfPage)) {
      std::fill(&cell_of(*page, begin), &cell_of(*page, next - 1) + 1, Cell{});
    }
    begin = next;
  }
}

}  // namespace poolproof::world::memory
