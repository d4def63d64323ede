// What all sessions of a server have in common.
#pragma once

#include "props/world/postgres/advisory_locks.hpp"
#include "props/world/postgres/tables.hpp"

namespace poolproof::world::postgres {

struct Shared {
  AdvisoryLocks locks;
  Tables tables;  // seen by all at once, committed or not

  void clear() {
    locks.clear();
    tables.clear();
  }
};

}  // namespace poolproof::world::postgres
