// WAKE, EARLY, LATE and FAIR: who is served, and when.
#include "model/laws_of_steps.hpp"

namespace poolproof::model {
namespace {

// When the acquires under way must end.
std::map<CallerId, Time> deadlines(const State& state) {
  std::map<CallerId, Time> due;
  for (const Preparing& each : state.preparing) due.emplace(each.caller, each.deadline);
  for (const Waiter& waiter : state.waiters) due.emplace(waiter.caller, waiter.deadline);
  for (const Draining& each : state.draining) due.emplace(each.caller, each.deadline);
  return due;
}

// The same before the step, with the one that its event begins.
std::map<CallerId, Time> deadlines(const Transition& t) {
  std::map<CallerId, Time> due = deadlines(t.before);
  if (const auto* acquire = as<Acquire>(t.event)) {
    due.emplace(acquire->caller, deadline(t.config, *acquire, t.before.now));
  }
  const auto begins = [&](const auto& chore) {
    due.emplace(chore.caller, deadline_of(t.config, chore, t.before.now));
  };
  if (const auto* maintain = as<Maintain>(t.event)) begins(WarmUp{maintain->caller});
  if (const auto* warm_up = as<WarmUp>(t.event)) begins(*warm_up);
  if (const auto* drain = as<Drain>(t.event)) begins(*drain);
  return due;
}

std::vector<CallerId> callers(const std::deque<Waiter>& waiters) {
  std::vector<CallerId> queue(waiters.size());
  std::ranges::transform(waiters, queue.begin(), &Waiter::caller);
  return queue;
}

// The caller that this answer gives a slot to, if only until a hook has thrown.
std::optional<CallerId> served_by(const Answer& answer) {
  if (const auto* granted = as<Granted>(answer)) return granted->caller;
  if (const auto* opening = as<OpenConnection>(answer)) return opening->caller;
  if (const auto* pinging = as<PingConnection>(answer)) return pinging->caller;
  if (const auto* refused = as<HookError>(answer)) return refused->caller;
  if (const auto* unconnected = as<ConnectionError>(answer)) return unconnected->caller;
  return std::nullopt;
}

// Slots there are to take: idle ones, and those that the profile's own count still allows.
bool is_available_for(const PoolConfig& config, const State& state, std::size_t callers) {
  if (!capacity(config)) return true;
  const int room = config.profile == Profile::strict
                       ? *capacity(config) - static_cast<int>(slots(state))
                       : config.max_overflow - state.overflow;
  return static_cast<int>(state.idle.size()) + room >= static_cast<int>(callers);
}

}  // namespace

// A step takes no time, so nobody may be left asleep at its end if there is anything to have beyond
// what those who have been notified will take.
bool wake_holds(const Transition& t) {
  const State& after = t.step.after;
  const auto notified =
      static_cast<std::size_t>(std::ranges::count(after.waiters, true, &Waiter::notified));
  return notified == after.waiters.size() || !is_available_for(t.config, after, notified + 1);
}

// An acquire that does not wait may be refused at once.
bool early_holds(const Transition& t) {
  const std::map<CallerId, Time> due = deadlines(t);
  const auto* acquire = as<Acquire>(t.event);
  const bool does_not_wait = acquire && acquire->timeout == Duration::zero();
  return std::ranges::all_of(t.step.answers, [&](const Answer& answer) {
    const auto* ended = as<TimedOut>(answer);
    if (!ended || (does_not_wait && ended->caller == acquire->caller)) return true;
    const auto asked = due.find(ended->caller);
    return asked != due.end() && asked->second <= t.step.after.now;
  });
}

// Whoever is still under way has the deadline that it asked for, and it lies ahead. QueuePool's
// waiters are late until they run, and its connects as late as they like: nothing is demanded of
// it.
bool late_holds(const Transition& t) {
  if (t.config.profile == Profile::sqlalchemy) return true;
  const std::map<CallerId, Time> asked = deadlines(t);
  return std::ranges::all_of(deadlines(t.step.after), [&](const auto& under_way) {
    const auto& [caller, due] = under_way;
    const auto found = asked.find(caller);
    return found != asked.end() && found->second == due && due > t.step.after.now;
  });
}

// Replays the queue, a newcomer at its end. Whoever gets a slot may leave no one behind who came
// before and has waited for as long as patience, unless there is a slot left for each of those.
bool fair_holds(const Transition& t) {
  std::vector<CallerId> queue = callers(t.before.waiters);
  const auto* acquire = as<Acquire>(t.event);
  const bool has_a_lease = acquire && t.before.out.contains(acquire->caller);
  if (acquire && !has_a_lease) queue.push_back(acquire->caller);
  const auto is_impatient = [&](CallerId caller) {
    const auto waiter = std::ranges::find(t.before.waiters, caller, &Waiter::caller);
    return waiter != t.before.waiters.end() && t.before.now - waiter->since >= t.config.patience;
  };
  const auto serve = [&](CallerId caller) {
    const auto place = std::ranges::find(queue, caller);
    if (place == queue.end()) return true;  // had a slot already
    const auto robbed = static_cast<std::size_t>(std::count_if(queue.begin(), place, is_impatient));
    queue.erase(place);
    return robbed == 0 || is_available_for(t.config, t.step.after, robbed);
  };
  for (const Answer& answer : t.step.answers) {
    if (const auto served = served_by(answer); served && !serve(*served)) return false;
    if (const auto* ended = as<TimedOut>(answer)) std::erase(queue, ended->caller);
    if (const auto* ended = as<Cancelled>(answer)) std::erase(queue, ended->caller);
    if (const auto* ended = as<Closed>(answer)) std::erase(queue, ended->caller);
    if (const auto* ended = as<InUse>(answer)) std::erase(queue, ended->caller);
  }
  return queue == callers(t.step.after.waiters);
}

}  // namespace poolproof::model
