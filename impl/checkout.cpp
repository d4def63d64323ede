// The way out of the pool. One deadline bounds all of it.
//
//   idle --- too old, retired ---> closed ---.
//     |                                      v
//     +--- ping, if wanted --- dead ---> connect, first_connect and connect hooks
//     v                                      |
//   checkout hooks <-------------------------'
//     |       '--- dead ---> connect once more
//     v
//   lease
#include <chrono>
#include <utility>

#include "impl/sessions.hpp"

namespace poolproof {
namespace {

using std::chrono::steady_clock;
using Kind = AcquireError::Kind;

// How many connections in a row may be called dead, by ping or checkout hook, before an acquire is
// given up.
constexpr int kMostRefusals = 2;

AcquireError of(ConnectError error) {
  switch (error.kind) {
    case ConnectError::Kind::failed: break;
    case ConnectError::Kind::timed_out: return {Kind::timeout, std::move(error.message)};
    case ConnectError::Kind::cancelled: return {Kind::cancelled, std::move(error.message)};
  }
  return {Kind::connect_failed, std::move(error.message)};
}

AcquireError thrown_by(HookList hooks, std::exception_ptr thrown) {
  std::string message = std::string("a ") + name_of(hooks) + " hook threw: " + words_of(thrown);
  return {Kind::hook_failed, std::move(message), std::move(thrown)};
}

bool is_shut(Generation generation) { return (generation & kShut) != 0; }

AcquireError closed() { return {Kind::closed, "the pool is closed"}; }

// Whether a checkout hook says by what it throws that the connection is dead; and if so, whether
// all are.
std::optional<bool> says_disconnected(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Disconnected& verdict) {
    return verdict.all;
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

bool Sessions::must_be_replaced(const Slot& slot) const {
  if (!slot.connection.is_open()) return false;
  return !is_current(slot) || (options_.recycle && is_too_old(slot, steady_clock::now()));
}

bool Sessions::is_over(const Slot& slot, steady_clock::time_point now) const {
  return !is_current(slot) || is_too_old(slot, now);
}

bool Sessions::is_too_old(const Slot& slot, steady_clock::time_point now) const {
  return options_.recycle && now - slot.born > *options_.recycle - slot.less_life;
}

bool Sessions::takes_no_time(const Slot& slot) const {
  return slot.connection.is_open() && !options_.pre_ping && !must_be_replaced(slot);
}

Sessions::Failure Sessions::prepare(Slot& slot, Deadline deadline, const std::stop_token& stop) {
  if (must_be_replaced(slot)) close(slot);
  auto verdict = Verdict::alive;
  if (slot.connection.is_open() && options_.pre_ping) {
    if (auto failure = ping(slot, deadline, stop, verdict)) return failure;
  }
  for (int refusals = 0;;) {
    if (verdict == Verdict::alive) {
      if (!slot.connection.is_open()) {
        if (auto failure = connect(slot, deadline, stop)) return failure;
      }
      if (auto failure = show(slot, verdict)) return failure;
      if (verdict == Verdict::alive) return std::nullopt;
    }
    close_broken(slot);
    if (verdict == Verdict::all_dead) retire_all();
    if (is_shut(generation_.load())) return give_up(slot, closed());
    if (++refusals == kMostRefusals) {
      return give_up(slot, {Kind::given_up, "two connections in a row were said to be dead"});
    }
    verdict = Verdict::alive;  // of the one that comes next, until it is shown
  }
}

// Asks a connection from the pool for an answer. One that is dead speaks for all that are as old:
// most likely the server was restarted.
Sessions::Failure Sessions::ping(Slot& slot, Deadline deadline, const std::stop_token& stop,
                                 Verdict& verdict) {
  switch (slot.connection.ping(deadline, stop)) {
    case Connection::Ping::alive: break;
    case Connection::Ping::dead: verdict = Verdict::all_dead; return std::nullopt;
    case Connection::Ping::timed_out:
      close_broken(slot);
      return give_up(slot, {Kind::timeout, "the server had not answered a ping at the deadline"});
    case Connection::Ping::cancelled:
      close_broken(slot);
      return give_up(slot, {Kind::cancelled, "the acquire was called off while it was pinging"});
  }
  if (must_be_replaced(slot)) close(slot);  // it may have been retired meanwhile
  return std::nullopt;
}

Sessions::Failure Sessions::open(Slot& slot, Deadline deadline) {
  slot.owner = {};
  auto failure = connect(slot, deadline, {});
  if (!failure && options_.idle_timeout) slot.idle_since = steady_clock::now();
  return failure;
}

// Ends with an open connection that the hooks have let pass, or in failure. A connect that began
// before its generation was retired is made again: it may have reached the server that was before.
Sessions::Failure Sessions::connect(Slot& slot, Deadline deadline, const std::stop_token& stop) {
  // The object may have been another slot before, see Slots::vanish().
  if (slot.origin == Slot::Origin::fresh) slot.slot_info.reset();
  Generation generation = generation_.load();
  if (is_shut(generation)) return give_up(slot, closed());
  if (auto refusal = backoff_.refusal()) {
    return give_up(slot, {Kind::connect_failed, *std::move(refusal)});
  }
  while (true) {
    slot.generation = generation;
    slot.born = steady_clock::now();  // before the connect: an age includes the time that took
    auto made = Connection::connect(options_.conninfo, deadline, stop);
    if (!made) {
      ++figures_.of(slot).failed_connects;
      if (made.error().kind == ConnectError::Kind::failed) backoff_.failed(made.error().message);
      return give_up(slot, of(std::move(made).error()));
    }
    ++figures_.of(slot).connects;
    backoff_.succeeded();
    generation = generation_.load();
    // No hook has seen one that is not to be used, and none is told of its end.
    if (generation != slot.generation) {
      ++figures_.of(slot).closes;
      if (is_shut(generation)) return give_up(slot, closed());
      continue;
    }
    slot.connection = *std::move(made);
    slot.less_life = draw_.up_to(options_.recycle_jitter);
    return introduce(slot, deadline, stop);
  }
}

// Shows a connection just made to the hooks for that.
Sessions::Failure Sessions::introduce(Slot& slot, Deadline deadline, const std::stop_token& stop) {
  const auto fail = [&](AcquireError error) {
    close(slot);
    return give_up(slot, std::move(error));
  };
  if (hooks_.any(&PoolHooks::first_connect)) {
    switch (first_connect_.enter(deadline, stop)) {
      case FirstTime::Entry::done: break;
      case FirstTime::Entry::timed_out:
        return fail({Kind::timeout, "a first_connect hook was still running at the deadline"});
      case FirstTime::Entry::cancelled:
        return fail({Kind::cancelled, "the acquire was called off during a first_connect hook"});
      case FirstTime::Entry::mine:
        if (auto thrown = hooks_.call(&PoolHooks::first_connect, slot)) {
          first_connect_.failed();
          return fail(thrown_by(&PoolHooks::first_connect, std::move(thrown)));
        }
        first_connect_.done();
    }
  }
  if (auto thrown = hooks_.call(&PoolHooks::connect, slot)) {
    return fail(thrown_by(&PoolHooks::connect, std::move(thrown)));
  }
  slot.origin = Slot::Origin::pooled;
  return std::nullopt;
}

// Shows the hooks what is about to be leased.
Sessions::Failure Sessions::show(Slot& slot, Verdict& verdict) {
  auto thrown = hooks_.call(&PoolHooks::checkout, slot);
  if (!thrown) return std::nullopt;
  if (const auto all = says_disconnected(thrown)) {
    verdict = *all ? Verdict::all_dead : Verdict::dead;
    return std::nullopt;
  }
  close_broken(slot, thrown);
  return give_up(slot, thrown_by(&PoolHooks::checkout, std::move(thrown)));
}

// A fresh slot vanishes and nobody hears of it; a pooled one comes back EMPTY.
AcquireError Sessions::give_up(Slot& slot, AcquireError error) {
  if (slot.origin == Slot::Origin::pooled) hooks_.announce(&PoolHooks::checkin, slot);
  return error;
}

}  // namespace poolproof
