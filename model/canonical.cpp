#include "model/canonical.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace poolproof::model {
namespace {

Time from_now(Time when, Time now) { return when == kNever ? kNever : Time(when - now); }

// What orders leases when their callers and the numbers of their connections must not.
auto age_of(const std::optional<Connection>& connection) {
  return connection
             ? std::optional(std::tuple(connection->born, connection->retired, connection->fresh))
             : std::nullopt;
}

// Those who have a lease or a detached connection, the oldest connection first.
std::vector<CallerId> holders_by_age(const State& state) {
  std::vector<CallerId> leases;
  for (const auto& [caller, slot] : state.out) leases.push_back(caller);
  std::ranges::stable_sort(
      leases, {}, [&](CallerId caller) { return age_of(state.out.at(caller).connection); });
  for (const auto& [caller, connection] : state.detached) leases.push_back(caller);
  return leases;
}

CallerId name_in(const std::vector<CallerId>& order, CallerId caller) {
  return CallerId{static_cast<std::uint32_t>(std::ranges::find(order, caller) - order.begin())};
}

}  // namespace

Duration tick_of(const PoolConfig& config) {
  auto common = config.patience.count();
  if (config.timeout) common = std::gcd(common, config.timeout->count());
  if (config.recycle) common = std::gcd(common, config.recycle->count());
  if (config.idle_timeout) common = std::gcd(common, config.idle_timeout->count());
  common = std::gcd(common, config.recycle_jitter.count());
  common = std::gcd(common, config.connect_backoff.count());
  return Duration(common > 1 ? common / 2 : common);
}

std::vector<CallerId> Canonical::order(const State& state, int callers) {
  std::vector<CallerId> order;
  for (const Preparing& each : state.preparing) order.push_back(each.caller);
  for (const Waiter& waiter : state.waiters) order.push_back(waiter.caller);
  for (const Draining& each : state.draining) order.push_back(each.caller);
  for (const CallerId holder : holders_by_age(state)) order.push_back(holder);
  const auto add = [&](CallerId caller) {
    if (std::ranges::find(order, caller) == order.end()) order.push_back(caller);
  };
  for (const Slot& slot : state.idle) {
    if (slot.owner) add(*slot.owner);
  }
  for (int i = 0; i < callers; ++i) add(CallerId{static_cast<std::uint32_t>(i)});
  return order;
}

State Canonical::operator()(const State& state) const {
  State named = state;
  named.next_connection = ConnectionId{1};
  named.now = Time{};
  named.out.clear();
  named.detached.clear();
  named.shared.clear();
  const std::vector<CallerId> names = order(state, 0);

  for (Preparing& each : named.preparing) {
    each.caller = name_in(names, each.caller);
    each.deadline = from_now(each.deadline, state.now);
    each.began = each.slot.connection ? Time{} : born_from_now(each.began, state.now);
    each.slot = renamed(each.slot, named, state.now, names);
  }
  for (Waiter& waiter : named.waiters) {
    waiter.caller = name_in(names, waiter.caller);
    waiter.deadline = from_now(waiter.deadline, state.now);
    waiter.since = since_from_now(waiter.since, state.now);
  }
  for (Draining& each : named.draining) {
    each = {name_in(names, each.caller), from_now(each.deadline, state.now)};
  }
  for (const auto& [caller, leases] : state.shared) {
    named.shared.emplace(name_in(names, caller), leases);
  }
  if (state.pause != Duration::zero()) {
    named.not_before = std::max(Time{}, Time(state.not_before - state.now));
  }
  for (Slot& slot : named.idle) {
    const Time since = slot.idle_since;
    slot = renamed(slot, named, state.now, names);
    if (!config_.idle_timeout || !slot.connection) continue;
    slot.idle_since = Time(-std::min(state.now - since, *config_.idle_timeout + tick_));
  }
  for (const CallerId holder : holders_by_age(state)) {
    if (const auto lease = state.out.find(holder); lease != state.out.end()) {
      named.out.emplace(name_in(names, holder), renamed(lease->second, named, state.now, names));
    } else {  // out of the pool: what the connection was there no longer matters
      const Slot detached{Connection{state.detached.at(holder).id, state.now}};
      named.detached.emplace(name_in(names, holder),
                             *renamed(detached, named, state.now, names).connection);
    }
  }
  if (config_.profile == Profile::sqlalchemy) {
    named.invalidated = Time(state.invalidated - state.now);
  }
  return named;
}

// Takes the next number from `named`.
Slot Canonical::renamed(Slot slot, State& named, Time now,
                        const std::vector<CallerId>& order) const {
  if (slot.owner) slot.owner = name_in(order, *slot.owner);
  slot.idle_since = Time{};
  if (!slot.connection) return slot;
  const auto next = static_cast<std::uint32_t>(named.next_connection);
  named.next_connection = ConnectionId{next + 1};
  slot.connection->id = ConnectionId{next};
  slot.connection->born = born_from_now(slot.connection->born, now);
  return slot;
}

// Strict: without recycle no age matters; with it, none beyond the first tick that is too old.
// QueuePool compares births with the stamp of its generation.
Time Canonical::born_from_now(Time born, Time now) const {
  if (config_.profile == Profile::sqlalchemy) return Time(born - now);
  if (!config_.recycle) return Time{};
  return Time(-std::min(now - born, *config_.recycle + tick_));
}

Time Canonical::since_from_now(Time since, Time now) const {
  return Time(-std::min<Duration>(now - since, config_.patience));
}

}  // namespace poolproof::model
