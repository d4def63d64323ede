// One statement on its way: what it was given, what it has come to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "props/world/postgres/advisory_locks.hpp"
#include "props/world/postgres/statements.hpp"
#include "props/world/time.hpp"

namespace poolproof::world::postgres {

struct Execution {
  const Statement* statement = nullptr;
  std::vector<Value> parameters = {};
  std::vector<std::int16_t> formats = {};

  // The results of the functions with effects that it has called: when it goes on after a wait it
  // is evaluated anew, and these are not called again.
  std::vector<Value> called = {};
  std::vector<Column> columns = {};  // none: it is a command
  bool has_rows = false;             // those columns have been found, perhaps none
  std::vector<Row> rows = {};
  std::size_t sent = 0;  // of the rows
  std::string tag = {};
  bool finished = false;   // the rows are all there, or the command is done
  bool describes = false;  // the columns go to the client before the first row
  bool described = false;  // they did
};

// Why a statement is not done.
struct Wait {
  enum class For : std::uint8_t { nothing, time, lock };
  For what = For::nothing;
  Duration time{};
  LockRequest lock{};
};

enum class Outcome : std::uint8_t { done, failed, waiting, copying };

}  // namespace poolproof::world::postgres
