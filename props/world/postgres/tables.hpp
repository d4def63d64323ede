// Tables as far as the simulated server has them: columns, and rows in the order of their
// insertion.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/postgres/values.hpp"

namespace poolproof::world::postgres {

struct Table {
  std::string name;
  std::vector<Column> columns = {};
  std::vector<Row> rows = {};
  bool dropped_at_commit = false;
};

// There are never many.
class Tables {
 public:
  [[nodiscard]] Table* find(std::string_view name) {
    const auto found = std::find_if(tables_.begin(), tables_.end(),
                                    [&](const Table& each) { return each.name == name; });
    return found == tables_.end() ? nullptr : &*found;
  }
  void add(Table table) { tables_.push_back(std::move(table)); }
  void drop(std::string_view name) {
    std::erase_if(tables_, [&](const Table& each) { return each.name == name; });
  }
  void drop_at_commit() {
    std::erase_if(tables_, [](const Table& each) { return each.dropped_at_commit; });
  }
  void clear() { tables_.clear(); }
  [[nodiscard]] bool empty() const { return tables_.empty(); }

 private:
  std::vector<Table> tables_;
};

}  // namespace poolproof::world::postgres
