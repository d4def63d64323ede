// A map from numbers that each run finds empty, at no cost: a table with open addressing whose
// entries remember of which run they are. It is never walked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "props/explore/dpor/stirred.hpp"

namespace poolproof::explore::dpor {

template <class Value>
class RunMap {
 public:
  // A run begins.
  void clear() {
    ++run_;
    used_ = 0;
  }

  // The value of that number, and whether it is new; then it is whatever an earlier run left there,
  // so that its memory can be used again. Valid until the next call.
  std::pair<Value&, bool> at(std::uint64_t number) {
    if (2 * used_ >= table_.size()) grow();
    Entry& entry = find_entry(number);
    const bool is_new = entry.run != run_;
    if (is_new) {
      entry.run = run_;
      entry.number = number;
      ++used_;
    }
    return {entry.value, is_new};
  }

  // Null if that number has none.
  Value* find(std::uint64_t number) {
    Entry& entry = find_entry(number);
    return entry.run == run_ ? &entry.value : nullptr;
  }

 private:
  struct Entry {
    std::uint64_t run = 0;
    std::uint64_t number = 0;
    Value value{};
  };

  // Its own, or the one that it would get.
  Entry& find_entry(std::uint64_t number) {
    const std::size_t mask = table_.size() - 1;
    std::size_t at = stirred(number) & mask;
    while (table_[at].run == run_ && table_[at].number != number) at = (at + 1) & mask;
    return table_[at];
  }

  void grow() {
    std::vector<Entry> before(2 * table_.size());
    before.swap(table_);
    for (Entry& each : before) {
      if (each.run == run_) find_entry(each.number) = std::move(each);
    }
  }

  std::uint64_t run_ = 1;
  std::vector<Entry> table_ = std::vector<Entry>(256);
  std::size_t used_ = 0;
};

}  // namespace poolproof::explore::dpor
