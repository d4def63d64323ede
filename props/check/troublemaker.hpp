// Makes happen what a scenario has planned to go wrong: lies in wait for the moments of its
// ambushes, and lets its storms break loose in their time.
#pragma once

#include <vector>

#include "props/check/observation.hpp"
#include "props/scenario/troubles.hpp"
#include "props/world/machine.hpp"

namespace poolproof::check {

class Troublemaker {
 public:
  explicit Troublemaker(world::Machine& machine) : machine_(machine) {}

  // `planned` is kept until end().
  void begin(const scenario::Troubles& planned);
  // What was planned and is still to come does not.
  void end();

  // Whether some ambush is still to come.
  [[nodiscard]] bool lurks() const { return waiting_ > 0; }
  // It has come, in a call of that caller. What is waiting for it strikes before anybody goes on.
  void reached(scenario::Moment moment, CallerId caller);
  // Of the ambush that strikes just now; kNobody if none does.
  [[nodiscard]] CallerId in_call_of() const { return caller_; }

 private:
  struct Waiting {
    scenario::Ambush ambush;
    int left;
  };

  void strike_all_due();
  void strike(const scenario::Ambush& ambush);
  void begin(const scenario::Storm& storm);
  void close_door(world::postgres::Server::Door door, world::FaultKind because, Duration after);

  world::Machine& machine_;
  std::vector<Waiting> ambushes_;
  std::size_t waiting_ = 0;
  std::vector<scenario::Ambush> due_;
  CallerId caller_ = kNobody;
  bool over_ = false;
};

}  // namespace poolproof::check
