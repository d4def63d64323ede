// The simulated machine: tasks, time, locks, network and a PostgreSQL server, put together. Code
// that runs in its tasks and calls the C library's threads, locks, clocks and sockets gets the
// machine's instead, unchanged and unrecompiled: the executable defines those symbols itself
// (interpose/) and the dynamic linker binds libpq's and libstdc++'s calls to them. Outside a task
// each goes on to the real function.
#pragma once

#include <functional>

#include "props/world/clocks.hpp"
#include "props/world/entropy.hpp"
#include "props/world/faults.hpp"
#include "props/world/memory/memory.hpp"
#include "props/world/muffle.hpp"
#include "props/world/net.hpp"
#include "props/world/postgres/server.hpp"
#include "props/world/scheduler.hpp"
#include "props/world/sync.hpp"
#include "props/world/threads.hpp"

namespace poolproof::world {

// Who watches a run.
class Observer : public TimeObserver,
                 public RaceObserver,
                 public FaultObserver,
                 public postgres::ServerObserver {};

// While it runs, the environment is empty and standard error is kept from the terminal. Kept and
// used for many runs; each starts from the same clean state. One per OS thread at a time.
class Machine {
 public:
  explicit Machine(CarrierKind carrier = CarrierKind::fiber);

  // Runs `root` as the first task. Everything in the run is decided by `chooser`.
  Ending run(Chooser& chooser, Observer& observer, std::function<void()> root);

  // The machine in one of whose tasks this code runs; null outside. Asked at each malloc, and at
  // each access to memory by code that tells of them.
  static Machine* inside() {
    Machine* const machine = running_;
    return machine != nullptr && machine->scheduler.inside() ? machine : nullptr;
  }
  // The same, also for what the machine, its observer or its chooser does on a task's stack.
  static Machine* beneath() {
    Machine* const machine = running_;
    return machine != nullptr && machine->scheduler.running() ? machine : nullptr;
  }

  // From inside a task or an event: nothing goes wrong any more, and what has is mended. What was
  // lost stays lost.
  void heal();

  // For a handler of a signal that the code of a task has raised: ends the run, as a misuse, with
  // that sentence.
  [[noreturn]] void crash(std::string what) { scheduler.misuse(std::move(what)); }

  // What the code in the tasks wrote last to standard error, which is kept from the terminal.
  std::string last_words() { return muffle_.last_line(); }

  const CarrierKind carrier;
  Scheduler scheduler;
  Memory memory{scheduler};
  Sync sync{scheduler};
  Threads threads{scheduler};
  Faults faults{scheduler};
  Clocks clocks{scheduler, faults};
  Entropy entropy{scheduler};
  Net net{scheduler, faults};
  postgres::Server server{scheduler, faults};

 private:
  friend class Outside;

  static inline constinit thread_local Machine* running_ = nullptr;

  Muffle muffle_;
};

}  // namespace poolproof::world
