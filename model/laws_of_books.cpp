// CAP, DUP, LEAK and HOOK: what is counted.
#include "model/laws_of_steps.hpp"

namespace poolproof::model {
namespace {

// With the detached ones.
std::set<ConnectionId> open_ids(const State& state) {
  std::set<ConnectionId> ids;
  for (const Connection& each : connections(state)) ids.insert(each.id);
  for (const auto& [caller, each] : state.detached) ids.insert(each.id);
  return ids;
}

// Who has a slot or a connection: by a lease, detached, or on the way to one.
std::set<CallerId> holders(const State& state) {
  std::set<CallerId> callers;
  for (const auto& [caller, slot] : state.out) callers.insert(caller);
  for (const auto& [caller, connection] : state.detached) callers.insert(caller);
  for (const Preparing& each : state.preparing) callers.insert(each.caller);
  return callers;
}

std::size_t connects_under_way(const State& state) {
  return static_cast<std::size_t>(std::ranges::count_if(
      state.preparing, [](const Preparing& each) { return !each.slot.connection; }));
}

// Whose acquire ends without a lease by this answer.
std::optional<CallerId> ends_without(const Answer& answer) {
  if (const auto* ended = as<TimedOut>(answer)) return ended->caller;
  if (const auto* ended = as<ConnectionError>(answer)) return ended->caller;
  if (const auto* ended = as<HookError>(answer)) return ended->caller;
  if (const auto* ended = as<GivenUp>(answer)) return ended->caller;
  if (const auto* ended = as<Cancelled>(answer)) return ended->caller;
  if (const auto* ended = as<Closed>(answer)) return ended->caller;
  if (const auto* ended = as<Done>(answer)) return ended->caller;
  return std::nullopt;
}

// Who has a lease and shares keeps it when another acquire comes to nothing.
bool keeps_its_leases(const Transition& t, CallerId caller) {
  const auto again = std::ranges::find(t.before.preparing, caller, &Preparing::caller);
  return t.before.out.contains(caller) || (again != t.before.preparing.end() && again->shared > 0);
}

// Strict's HookErrors end an acquire. QueuePool's may leave a lease out.
bool still_holds(const Transition& t, const Answer& answer, CallerId caller) {
  if (shares(t.config) && keeps_its_leases(t, caller)) return true;
  return as<HookError>(answer) && t.before.out.contains(caller) &&
         t.step.after.out.contains(caller);
}

// The books balance at every step, so they do when all leases are back: a connection goes only
// by a close, and a caller's hold on a slot only by its release or the end of its acquire.
bool books_balance(const Transition& t) {
  std::set<ConnectionId> open = open_ids(t.before);
  std::set<CallerId> holding = holders(t.before);
  if (as<Connected>(t.event)) open.insert(t.before.next_connection);
  const auto* release = as<Release>(t.event);
  if (release && !t.before.shared.contains(release->caller)) holding.erase(release->caller);
  const auto* invalidate = as<Invalidate>(t.event);
  if (t.config.profile == Profile::sqlalchemy && invalidate &&
      !t.step.after.out.contains(invalidate->caller)) {
    holding.erase(invalidate->caller);
  }
  for (const Answer& answer : t.step.answers) {
    if (const auto* granted = as<Granted>(answer)) holding.insert(granted->caller);
    if (const auto* opening = as<OpenConnection>(answer)) holding.insert(opening->caller);
    if (const auto* pinging = as<PingConnection>(answer)) holding.insert(pinging->caller);
    if (const auto* close = as<CloseConnection>(answer)) open.erase(close->connection);
    if (const auto caller = ends_without(answer); caller && !still_holds(t, answer, *caller)) {
      holding.erase(*caller);
    }
  }
  const bool no_slot_is_lost =
      t.config.profile == Profile::strict ||
      t.step.after.overflow + t.config.pool_size == static_cast<int>(slots(t.step.after));
  return open == open_ids(t.step.after) && holding == holders(t.step.after) && no_slot_is_lost;
}

}  // namespace

// Counts what the server sees after every answer, not only at the end: a connect that begins
// before the close that makes room for it is one too many. A connect under way counts.
bool cap_holds(const Transition& t) {
  std::size_t seen = connections(t.before).size() + connects_under_way(t.before);
  if (as<ConnectFailed>(t.event) || as<Detach>(t.event)) --seen;
  for (const Answer& answer : t.step.answers) {
    if (as<OpenConnection>(answer)) ++seen;
    if (as<AbandonConnect>(answer)) --seen;
    if (const auto* close = as<CloseConnection>(answer)) {
      if (!is_detached(t.before, close->connection)) --seen;
    }
    if (!is_within(seen, capacity(t.config))) return false;
  }
  return is_within(slots(t.step.after), capacity(t.config)) &&
         is_within(t.step.after.idle.size(), idle_limit(t.config));
}

bool dup_holds(const Transition& t) {
  const State& after = t.step.after;
  const bool each_is_in_one_place =
      open_ids(after).size() == connections(after).size() + after.detached.size();
  const auto goes_to_its_holder = [&](const Answer& answer) {
    const auto* granted = as<Granted>(answer);
    if (!granted) return true;
    const auto leased = leased_to(after, granted->caller);
    return leased && leased->id == granted->connection;
  };
  return each_is_in_one_place && std::ranges::all_of(t.step.answers, goes_to_its_holder);
}

// What is lost when nothing fails is a leak; what is lost because something did breaks HOOK.
bool leak_holds(const Transition& t) { return t.failures != Failures{} || books_balance(t); }

bool hook_holds(const Transition& t) { return t.failures == Failures{} || books_balance(t); }

}  // namespace poolproof::model
