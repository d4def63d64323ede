// What the user fixed about the runs of a search. Everything else is drawn anew for each run.
#pragma once

#include <optional>
#include <string>

#include "model/config.hpp"
#include "props/scenario/duration.hpp"
#include "props/world/faults.hpp"

namespace poolproof::scenario {

// A duration, or no limit.
using Limit = std::optional<Duration>;

struct Bounds {
  // Of the pool; what is not given is drawn from a few small values.
  std::optional<int> pool_size;
  std::optional<int> max_overflow;  // -1: no limit
  std::optional<Limit> timeout;
  std::optional<Limit> recycle;
  std::optional<bool> use_lifo;
  std::optional<bool> pre_ping;
  std::optional<model::ResetOnReturn> reset_on_return;
  std::optional<Duration> patience;
  std::optional<model::PoolClass> pool_class;
  std::optional<Duration> recycle_jitter;
  std::optional<Limit> idle_timeout;
  std::optional<int> min_idle;
  std::optional<Duration> connect_backoff;

  int callers = 4;
  int ops = 3;  // loans a caller takes at most, one after the other
  world::FaultSet faults = world::FaultSet{}.set();

  world::TimeMode time = world::TimeMode::racing;
  Duration time_bound{};  // of bounded time

  friend bool operator==(const Bounds&, const Bounds&) = default;
};

// Each caller is a task and each task a stack; and a choice between tasks is a small number.
inline constexpr int kMostCallers = 64;
inline constexpr int kMostOps = 1000;

// Whether they ask for what only a pool with a class and upkeep can do.
bool fix_class_or_upkeep(const Bounds& bounds);

// `otherwise`, with what the bounds fix of the pool in place of its own.
model::PoolConfig fixed_in(const Bounds& bounds, model::PoolConfig otherwise);

// What is wrong with `bounds`, in one line that names the option; nullopt if nothing is.
std::optional<std::string> problem(const Bounds& bounds);

}  // namespace poolproof::scenario
