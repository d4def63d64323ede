// The synchronisation primitives of the simulated machine, over the scheduler. What their standards
// leave open is a choice: who gets a lock that was freed (whoever is scheduled first), which waiter
// a signal wakes, whether a wait ends for no reason. Misuse ends the run with a sentence.
#pragma once

#include "props/world/sync/barriers.hpp"
#include "props/world/sync/conditions.hpp"
#include "props/world/sync/futexes.hpp"
#include "props/world/sync/mutexes.hpp"
#include "props/world/sync/onces.hpp"
#include "props/world/sync/rwlocks.hpp"
#include "props/world/sync/semaphores.hpp"
#include "props/world/sync/spinlocks.hpp"

namespace poolproof::world {

// All calls come from inside a task; the results are those of the functions they stand for.
struct Sync {
  explicit Sync(Scheduler& scheduler)
      : mutexes(scheduler),
        conditions(scheduler),
        rwlocks(scheduler),
        semaphores(scheduler),
        barriers(scheduler),
        spinlocks(scheduler),
        onces(scheduler),
        futexes(scheduler) {}

  void reset() {
    conditions.reset();
    barriers.reset();
  }

  sync::Mutexes mutexes;
  sync::Conditions conditions;
  sync::Rwlocks rwlocks;
  sync::Semaphores semaphores;
  sync::Barriers barriers;
  sync::Spinlocks spinlocks;
  sync::Onces onces;
  sync::Futexes futexes;
};

}  // namespace poolproof::world
