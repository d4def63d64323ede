// What a run may have come to inside the pool, as far as the model knows: one state of the model,
// and where each call of a caller stands in it. For refinement.hpp.
//
// A call takes effect at one instant between its beginning and its end, which nobody sees; and so
// do the ends of connects and pings. What the model does at once, yet nobody is promised that it
// is, may take a call some time: closing connections, whose slots are free only then; and a chore
// may retire what there is before it closes what is idle. A HIDDEN step is one of these. What
// is seen is a SIGHT: it does not change the model's state, but says which guesses are wrong.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/pool_model.hpp"
#include "props/check/observation.hpp"

namespace poolproof::check {

// Where a caller's call stands in the model.
enum class Effect : std::uint8_t {
  none,       // there is no call
  to_come,    // it has begun, and not yet taken effect
  retired,    // a chore that has retired all there is, and not yet taken out what is idle
  under_way,  // an acquire that the model has not answered yet
  closing,    // a release or a chore that closes what it has taken out: its slots are not free yet
  done,       // it has taken effect, and may end
};

struct Standpoint {
  Effect effect = Effect::none;
  Outcome outcome = Outcome::ok;  // of an acquire that is done

  friend auto operator<=>(const Standpoint&, const Standpoint&) = default;
};

struct Guess {
  model::State pool;
  std::vector<Standpoint> callers;
  // The server's session of each connection whose end has not been seen.
  std::vector<std::pair<model::ConnectionId, SessionId>> sessions;

  friend auto operator<=>(const Guess&, const Guess&) = default;
};

// What all guesses have in common, for it was seen.
struct Known {
  struct Call {
    PoolCall call = PoolCall::none;
    scenario::Remark remark = scenario::Remark::none;
    scenario::Chore chore = scenario::Chore::none;
    Time began{};                  // if time matters to the pool
    bool waits = true;             // an acquire that was given any time
    bool is_due = false;           // its deadline has come
    bool is_called_off = false;    // somebody has cancelled it
    SessionId opened{kNoSession};  // for this acquire, last

    friend auto operator<=>(const Call&, const Call&) = default;
  };
  std::vector<Call> calls;
  Time now{};            // if time matters to the pool
  bool trouble = false;  // something went wrong: from then on connects, pings and resets may fail

  friend auto operator<=>(const Known&, const Known&) = default;
};

// A step of the model that is not seen.
struct Hidden {
  enum class Kind : std::uint8_t {
    call,            // the caller's call takes effect
    retire,          // a chore does in part
    slow_call,       // a chore does, but the slots of what it closes are free only later
    break_off,       // a release closes its connection: it cannot be reset
    close_overflow,  // a release closes its connection: nobody waits for it, and it may not stay
    free_slot,       // the next of those that a slow chore, or such a release, has closed
    connected,       // caller
    connect_failed,  // caller
    ping_succeeded,  // caller
    ping_failed,     // caller
    give_up,         // the caller's acquire ends: its deadline has come, or it was called off
    turn_back,       // or it was about to connect, and the pool is closed
    replace,         // the caller has taken what was idle, and finds it retired meanwhile
    wake,            // caller
    time,            // to that instant
  };
  Kind kind;
  std::size_t caller = 0;
  std::size_t slot = 0;  // of free_slot: which
  Known::Call known{};
  Time to{};

  friend auto operator<=>(const Hidden&, const Hidden&) = default;
};

// All that may happen to that guess.
std::vector<Hidden> hidden_steps(const model::PoolConfig& config, const Guess& guess,
                                 const Known& known);

// REQUIRES: it is one of them.
Guess after(const model::PoolConfig& config, const Guess& guess, const Hidden& step);

// Something that was seen, with nothing in it that does not matter, so that it is often the same.
struct Sight {
  enum class Kind : std::uint8_t {
    call_begins,  // call
    call_ends,    // outcome, of an acquire
    opens,        // caller, session: the server sees a connection made for this acquire
    ends,         // session: the client has ended it
    is_killed,    // session: the server has
    speaks,       // caller, session: his lease is on it
    sleeps,       // caller: in acquire, until somebody wakes it
    deadline,     // caller: of its acquire
    called_off,   // caller: its acquire
    trouble,      // something goes wrong
    time,         // now
    rests,        // nothing can run
    is_over,      // all leases are back
  };
  Kind kind;
  std::size_t caller = 0;
  SessionId session{kNoSession};
  Outcome outcome{};
  Known::Call call{};
  Time now{};

  friend auto operator<=>(const Sight&, const Sight&) = default;
};

// That guess when it has been seen; nullopt if it could not have been.
std::optional<Guess> seen(const Guess& guess, const Known& known, const Sight& sight);
void take_in(Known& known, const Sight& sight);

// "caller 2's acquire returns with a lease".
std::string to_string(const Sight& sight, const Known& known);

}  // namespace poolproof::check
