#include "props/world/machine.hpp"

#include <unistd.h>

#include <utility>

namespace poolproof::world {
namespace {

constinit thread_local Machine* running = nullptr;

}  // namespace

Machine::Machine() = default;

Machine* Machine::inside() {
  return running != nullptr && running->scheduler.inside() ? running : nullptr;
}

Ending Machine::run(Chooser& chooser, Observer& observer, std::function<void()> root) {
  faults.reset();
  threads.reset();
  net.reset(server);
  server.reset(observer);
  running = this;
  muffle_.begin();
  // What a user has set for libpq must not change a run; libpq looks up some thirty names a
  // connect.
  char* nothing[] = {nullptr};
  char** const environment = std::exchange(environ, nothing);
  const Ending ending = scheduler.run(chooser, observer, std::move(root));
  environ = environment;
  muffle_.end();
  running = nullptr;
  return ending;
}

}  // namespace poolproof::world
