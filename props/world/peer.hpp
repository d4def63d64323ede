// The far end of a connection: an object in the same process that hears what was sent, at once
// unless the network is slow, and answers over its Line, at once or later.
#pragma once

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "props/world/net/address.hpp"
#include "props/world/place.hpp"
#include "props/world/time.hpp"

namespace poolproof::world {

// A peer's way to its client. What is written arrives in order, each piece after its delay and
// nothing before what was written earlier.
class Line {
 public:
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  virtual ~Line() = default;

  virtual void write(std::string_view bytes, Duration delay = {}) = 0;
  // No more will come: the client reads an end of file after what was written before. The peer is
  // gone: what the client sends from then on is answered by RST.
  virtual void end(Duration delay = {}) = 0;
  // RST: once what has arrived before is read, the client's next read or write says ECONNRESET,
  // those after it end of file and EPIPE.
  virtual void reset(Duration delay = {}) = 0;
  // Half-open: from now on nothing gets through in either direction, and neither end is told. A
  // client that waits does so for ever, unless it has sent something: then its kernel gives up in
  // the end, with ETIMEDOUT after a quarter of an hour or TCP_USER_TIMEOUT.
  virtual void silence() = 0;
  // The network is whole again, but the far end has forgotten the connection: what the client sends
  // next, or has sent into the silence, is answered by RST. No effect on a line that is not silent.
  virtual void heal() = 0;
  // How much has arrived that the client has not read.
  [[nodiscard]] virtual std::size_t unread() const = 0;
};

// The far end of one connection. Called from inside the task that sends or closes, or, where the
// network is slow, from an event.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  // A task is about to send, read, wait or close here; others may still run before it does.
  virtual void used() = 0;
  virtual void receive(std::string_view bytes) = 0;
  // The client has closed its end. Word of it gets here with hang_up(), later on a slow network and
  // perhaps never on a silent line; this is for those who judge the client.
  virtual void left() {}
  // The client has closed or shut down its end; nothing is called after that, but left() may be.
  virtual void hang_up() = 0;
  [[nodiscard]] virtual Place place() const { return {}; }
};

// What comes of calling somebody.
struct Reception {
  Reception(std::unique_ptr<Peer> peer) : peer(std::move(peer)) {}  // NOLINT: as a plain answer

  // An errno of connect().
  static Reception refused(int error, Duration after = {}) {
    Reception reception(nullptr);
    reception.error = error;
    reception.after = after;
    return reception;
  }

  std::unique_ptr<Peer> peer;  // null: refused
  int error = ECONNREFUSED;    // of a refusal
  Duration after{};            // until the client hears of either; Unix sockets hear at once
};

// Whoever can be called.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  // `line` lives until the next run.
  virtual Reception accept(const Address& address, Line& line) = 0;
};

}  // namespace poolproof::world
