// One machine and the server on it: whether it runs, and what it says to those who come while it
// does not. Knows nothing of sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace poolproof::world::postgres {

// Why a client is not let in: the SQLSTATE and text of a FATAL error.
struct Refusal {
  std::string_view sqlstate;
  std::string message;
};

class Host {
 public:
  enum class State : std::uint8_t {
    running,
    stopping,    // a shutdown that is not over
    down,        // nobody listens
    starting,    // after a start
    recovering,  // after a crash: it starts again by itself
  };

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool listens() const { return state_ != State::down; }
  [[nodiscard]] bool runs() const { return state_ == State::running; }

  // Moves on. Whatever the host was to do later is no longer to be done: see era().
  void become(State state) {
    state_ = state;
    ++era_;
  }
  // Changes with each move: what was planned in another era does not happen.
  [[nodiscard]] std::uint32_t era() const { return era_; }

  // What a client hears, as soon as it has said who it is.
  [[nodiscard]] std::optional<Refusal> refusal() const;

  bool wanted = false;   // to be started as soon as it is down
  bool standby = false;  // in recovery, read-only
  int taken = 0;         // places: sessions, and those whose process has not exited yet

 private:
  State state_ = State::running;
  std::uint32_t era_ = 0;
};

}  // namespace poolproof::world::postgres
