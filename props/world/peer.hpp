// The far end of a connection: an object in the same process that hears what was sent at once and
// answers over its Line, at once or later.
#pragma once

#include <string_view>

#include "props/world/place.hpp"
#include "props/world/time.hpp"

namespace poolproof::world {

// A peer's way to its client. What is written arrives in order, each piece after its delay.
class Line {
 public:
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  virtual ~Line() = default;

  virtual void write(std::string_view bytes, Duration delay = {}) = 0;
  // No more will come: the client reads an end of file after what was written before.
  virtual void end(Duration delay = {}) = 0;
};

// The far end of one connection. Called from inside the task that sends or closes.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  // A task is about to send, read, wait or close here; others may still run before it does.
  virtual void used() = 0;
  virtual void receive(std::string_view bytes) = 0;
  // The client closed its end; nothing is called after that.
  virtual void hang_up() = 0;
  [[nodiscard]] virtual Place place() const { return {}; }
};

}  // namespace poolproof::world
