// The laws as predicates over one step, and what they all look up. Each derives what it demands
// from the state before, the event and the answers, on its own: a law that asked step() would agree
// with its mistakes. Inside model/ only.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "model/laws.hpp"

namespace poolproof::model {

// laws_of_books.cpp
bool cap_holds(const Transition& t);
bool dup_holds(const Transition& t);
bool leak_holds(const Transition& t);
bool hook_holds(const Transition& t);

// laws_of_service.cpp
bool wake_holds(const Transition& t);
bool early_holds(const Transition& t);
bool late_holds(const Transition& t);
bool fair_holds(const Transition& t);

// laws_of_connections.cpp
bool age_holds(const Transition& t);
bool dead_holds(const Transition& t);
bool clean_holds(const Transition& t);
bool life_holds(const Transition& t);

template <class T>
const T* as(const Event& event) {
  return std::get_if<T>(&event);
}

template <class T>
const T* as(const Answer& answer) {
  return std::get_if<T>(&answer);
}

template <class T>
bool is_among(const std::vector<Answer>& answers, const T& wanted) {
  return std::ranges::find(answers, Answer(wanted)) != answers.end();
}

inline bool is_within(std::size_t count, std::optional<int> limit) {
  return !limit || count <= static_cast<std::size_t>(*limit);
}

// Every connection of the pool, detached ones apart; one that is in two places is there twice.
inline std::vector<Connection> connections(const State& state) {
  std::vector<Connection> all;
  const auto add = [&](const Slot& slot) {
    if (slot.connection) all.push_back(*slot.connection);
  };
  for (const Slot& slot : state.idle) add(slot);
  for (const auto& [caller, slot] : state.out) add(slot);
  for (const Preparing& each : state.preparing) add(each.slot);
  return all;
}

inline std::optional<Connection> connection(const State& state, ConnectionId id) {
  for (const Connection& each : connections(state)) {
    if (each.id == id) return each;
  }
  return std::nullopt;
}

inline std::optional<Connection> leased_to(const State& state, CallerId caller) {
  const auto lease = state.out.find(caller);
  return lease == state.out.end() ? std::nullopt : lease->second.connection;
}

inline bool is_detached(const State& state, ConnectionId id) {
  return std::ranges::any_of(state.detached,
                             [&](const auto& each) { return each.second.id == id; });
}

inline bool is_idle(const State& state, ConnectionId id) {
  return std::ranges::any_of(
      state.idle, [&](const Slot& slot) { return slot.connection && slot.connection->id == id; });
}

inline bool is_older_than_recycle(const PoolConfig& config, const Connection& connection, Time at) {
  return config.recycle && at - connection.born > *config.recycle - connection.less_life;
}

}  // namespace poolproof::model
