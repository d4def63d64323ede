#include "props/world/machine.hpp"

#include <sys/single_threaded.h>
#include <unistd.h>

#include <utility>

#include "props/world/interpose/outside.hpp"

namespace poolproof::world {
// A carrier's own OS thread is inside this machine, and no other.
Machine::Machine(CarrierKind carrier)
    : carrier(carrier), scheduler(carrier, [this] { running_ = this; }) {
  scheduler.at_end_of_task([this] { threads.end_of_thread(); });
}

Outside::Outside() : left_(std::exchange(Machine::running_, nullptr)) {}
Outside::~Outside() { Machine::running_ = left_; }

void Machine::heal() {
  faults.allow({});
  server.heal();
  net.heal();
}

Ending Machine::run(Chooser& chooser, Observer& observer, std::function<void()> root) {
  faults.reset(observer);
  clocks.reset();
  entropy.reset();
  sync.reset();
  threads.reset();
  net.reset(server);
  server.reset(observer);
  if (Memory::announced() > 0) memory.begin(observer);
  running_ = this;
  // Tasks are threads to the code in them, but not to glibc. Where it says that there is only one,
  // libstdc++ leaves out what they need: ~stop_callback would wait for ever.
  __libc_single_threaded = 0;
  muffle_.begin();
  // What a user has set for libpq must not change a run; libpq looks up some thirty names a
  // connect.
  char* nothing[] = {nullptr};
  char** const environment = std::exchange(environ, nothing);
  const Ending ending = scheduler.run(chooser, observer, std::move(root));
  environ = environment;
  muffle_.end();
  running_ = nullptr;
  return ending;
}

}  // namespace poolproof::world
