// The laws as predicates over one step. Each derives what it demands from the state before, the
// event and the answers, on its own: a law that asked step() would agree with its mistakes.
#include <algorithm>
#include <array>
#include <set>

#include "model/laws.hpp"

namespace poolproof::model {
namespace {

template <class T>
const T* as(const Event& event) {
  return std::get_if<T>(&event);
}

template <class T>
const T* as(const Answer& answer) {
  return std::get_if<T>(&answer);
}

bool is_within(std::size_t count, std::optional<int> limit) {
  return !limit || count <= static_cast<std::size_t>(*limit);
}

// Every connection in the state; one that is in two places is there twice.
std::vector<Connection> connections(const State& state) {
  std::vector<Connection> all;
  const auto add = [&](const Slot& slot) {
    if (slot.connection) all.push_back(*slot.connection);
  };
  for (const Slot& slot : state.idle) add(slot);
  for (const auto& [caller, slot] : state.out) add(slot);
  return all;
}

std::set<ConnectionId> connection_ids(const State& state) {
  std::set<ConnectionId> ids;
  for (const Connection& connection : connections(state)) ids.insert(connection.id);
  return ids;
}

// Who has a slot: by a lease, or by a connect under way.
std::set<CallerId> holders(const State& state) {
  std::set<CallerId> callers;
  for (const auto& [caller, slot] : state.out) callers.insert(caller);
  for (const Opening& opening : state.opening) callers.insert(opening.caller);
  return callers;
}

// When the acquires under way must end.
std::map<CallerId, Time> deadlines(const State& state) {
  std::map<CallerId, Time> due;
  for (const Opening& opening : state.opening) due.emplace(opening.caller, opening.deadline);
  for (const Waiter& waiter : state.waiters) due.emplace(waiter.caller, waiter.deadline);
  return due;
}

// The same, with the one that `event` begins.
std::map<CallerId, Time> deadlines(const State& state, const Event& event) {
  std::map<CallerId, Time> due = deadlines(state);
  if (const auto* acquire = as<Acquire>(event)) {
    due.emplace(acquire->caller, deadline(*acquire, state.now));
  }
  return due;
}

std::vector<CallerId> callers(const std::deque<Waiter>& waiters) {
  std::vector<CallerId> queue(waiters.size());
  std::ranges::transform(waiters, queue.begin(), &Waiter::caller);
  return queue;
}

const Connection* leased_to(const State& state, CallerId caller) {
  const auto lease = state.out.find(caller);
  if (lease == state.out.end() || !lease->second.connection) return nullptr;
  return &*lease->second.connection;
}

// Counts what the server sees after every answer, not only at the end: a connect that begins
// before the close that makes room for it is one too many. A connect under way counts.
bool cap_holds(const Transition& t) {
  std::size_t seen = connections(t.before).size() + t.before.opening.size();
  if (as<ConnectFailed>(t.event)) --seen;
  for (const Answer& answer : t.step.answers) {
    if (as<OpenConnection>(answer)) ++seen;
    if (as<CloseConnection>(answer) || as<AbandonConnect>(answer)) --seen;
    if (!is_within(seen, capacity(t.config))) return false;
  }
  return is_within(slots(t.step.after), capacity(t.config)) &&
         is_within(t.step.after.idle.size(), idle_limit(t.config));
}

bool dup_holds(const Transition& t) {
  const bool each_is_in_one_place =
      connection_ids(t.step.after).size() == connections(t.step.after).size();
  const auto goes_to_its_holder = [&](const Answer& answer) {
    const auto* granted = as<Granted>(answer);
    if (!granted) return true;
    const Connection* leased = leased_to(t.step.after, granted->caller);
    return leased && leased->id == granted->connection;
  };
  return each_is_in_one_place && std::ranges::all_of(t.step.answers, goes_to_its_holder);
}

// The books balance at every step, so they do when all leases are back: a connection goes only
// by a close, and a caller's hold on a slot only by its release or the end of its acquire.
bool leak_holds(const Transition& t) {
  std::set<ConnectionId> open = connection_ids(t.before);
  std::set<CallerId> holding = holders(t.before);
  if (const auto* release = as<Release>(t.event)) holding.erase(release->caller);
  for (const Answer& answer : t.step.answers) {
    if (const auto* granted = as<Granted>(answer)) {
      open.insert(granted->connection);
      holding.insert(granted->caller);
    }
    if (const auto* opening = as<OpenConnection>(answer)) holding.insert(opening->caller);
    if (const auto* close = as<CloseConnection>(answer)) open.erase(close->connection);
    if (const auto* ended = as<TimedOut>(answer)) holding.erase(ended->caller);
    if (const auto* ended = as<ConnectionError>(answer)) holding.erase(ended->caller);
  }
  return open == connection_ids(t.step.after) && holding == holders(t.step.after);
}

// A step takes no time, so nobody may be left waiting at its end if there is anything to have.
bool wake_holds(const Transition& t) {
  const State& after = t.step.after;
  const bool nothing_to_have =
      after.idle.empty() && !is_within(slots(after) + 1, capacity(t.config));
  return after.waiters.empty() || nothing_to_have;
}

bool early_holds(const Transition& t) {
  const std::map<CallerId, Time> due = deadlines(t.before, t.event);
  return std::ranges::all_of(t.step.answers, [&](const Answer& answer) {
    const auto* ended = as<TimedOut>(answer);
    if (!ended) return true;
    const auto asked = due.find(ended->caller);
    return asked != due.end() && asked->second <= t.step.after.now;
  });
}

// Whoever is still under way has the deadline that it asked for, and it lies ahead. At the very
// deadline only a connect may be under way, and only until time is next told (by whatever amount):
// an acquire with timeout 0 has that long.
bool late_holds(const Transition& t) {
  const State& after = t.step.after;
  const std::map<CallerId, Time> due = deadlines(t.before, t.event);
  const bool time_was_told = as<Advance>(t.event) != nullptr;
  const auto is_as_asked = [&](const auto& under_way) {
    const auto asked = due.find(under_way.first);
    return asked != due.end() && asked->second == under_way.second;
  };
  const auto waits_in_time = [&](const Waiter& waiter) { return waiter.deadline > after.now; };
  const auto connects_in_time = [&](const Opening& opening) {
    return time_was_told ? opening.deadline > after.now : opening.deadline >= after.now;
  };
  return std::ranges::all_of(deadlines(after), is_as_asked) &&
         std::ranges::all_of(after.waiters, waits_in_time) &&
         std::ranges::all_of(after.opening, connects_in_time);
}

// Replays the queue, a newcomer at its end. Whoever gets a slot must be the first in it.
bool fair_holds(const Transition& t) {
  std::vector<CallerId> queue = callers(t.before.waiters);
  if (const auto* acquire = as<Acquire>(t.event)) queue.push_back(acquire->caller);
  const auto serve = [&](CallerId caller) {
    const auto place = std::ranges::find(queue, caller);
    if (place == queue.end()) return true;  // was connecting, so it was served before
    if (place != queue.begin()) return false;
    queue.erase(place);
    return true;
  };
  for (const Answer& answer : t.step.answers) {
    if (const auto* granted = as<Granted>(answer); granted && !serve(granted->caller)) return false;
    if (const auto* opening = as<OpenConnection>(answer); opening && !serve(opening->caller)) {
      return false;
    }
    if (const auto* ended = as<TimedOut>(answer)) std::erase(queue, ended->caller);
  }
  return queue == callers(t.step.after.waiters);
}

// One just made is granted whatever its age: the next connect would be no faster.
bool may_be_granted(const Transition& t, const Granted& granted) {
  if (const auto* connected = as<Connected>(t.event);
      connected && connected->caller == granted.caller) {
    return granted.connection == t.before.next_connection;
  }
  const Connection* leased = leased_to(t.step.after, granted.caller);
  const bool was_open = connection_ids(t.before).contains(granted.connection);
  const bool is_closed =
      std::ranges::count(t.step.answers, Answer{CloseConnection{granted.connection}}) > 0;
  return was_open && !is_closed && leased &&
         (!t.config.recycle || t.step.after.now - leased->born <= *t.config.recycle);
}

// Causes: its holder says that it is broken; it comes back to a full pool that nobody waits for;
// it is too old.
bool may_be_closed(const Transition& t, ConnectionId id) {
  const auto all = connections(t.before);
  const auto closed = std::ranges::find(all, id, &Connection::id);
  if (closed == all.end()) return false;

  const auto is_leased_to = [&](CallerId caller) {
    const Connection* leased = leased_to(t.before, caller);
    return leased && leased->id == id;
  };
  if (const auto* invalidate = as<Invalidate>(t.event)) return is_leased_to(invalidate->caller);

  const auto* release = as<Release>(t.event);
  const bool is_surplus = release && is_leased_to(release->caller) && t.before.waiters.empty() &&
                          !is_within(t.before.idle.size() + 1, idle_limit(t.config));
  return is_surplus || (t.config.recycle && t.step.after.now - closed->born > *t.config.recycle);
}

bool age_holds(const Transition& t) {
  return std::ranges::all_of(t.step.answers, [&](const Answer& answer) {
    if (const auto* granted = as<Granted>(answer)) return may_be_granted(t, *granted);
    if (const auto* close = as<CloseConnection>(answer)) return may_be_closed(t, close->connection);
    return true;
  });
}

constexpr std::array kModelLaws{
    Law{LawId::cap, cap_holds},   Law{LawId::dup, dup_holds},     Law{LawId::leak, leak_holds},
    Law{LawId::wake, wake_holds}, Law{LawId::early, early_holds}, Law{LawId::late, late_holds},
    Law{LawId::fair, fair_holds}, Law{LawId::age, age_holds},
};

}  // namespace

std::span<const Law> model_laws() { return kModelLaws; }

std::optional<LawId> broken_law(const Transition& transition) {
  const auto broken =
      std::ranges::find_if(kModelLaws, [&](const Law& law) { return !law.holds(transition); });
  if (broken == kModelLaws.end()) return std::nullopt;
  return broken->id;
}

}  // namespace poolproof::model
